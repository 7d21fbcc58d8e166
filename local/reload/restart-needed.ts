/** What of a changed catalogue a running stack does not take up: all that the template says of it, which is read when the stack starts. */
import type { FoundCatalogue } from "./check-catalogue.ts";

const templateParts: Readonly<Record<string, (catalogue: FoundCatalogue) => unknown>> = {
	schedules: ({ card }) => card.schedules,
	"worker groups": ({ workerGroups }) => workerGroups.map(({ queueClasses: _, ...settings }) => settings),
	"queue classes": ({ workerGroups }) =>
		workerGroups.map(({ name: group, queueClasses }) =>
			queueClasses.map(({ name, batchSize, batchWindowSeconds, maxConcurrency }) => ({
				...{ group, name, batchSize, batchWindowSeconds, maxConcurrency },
			})),
		),
};

/** Of a catalogue as it is now: the parts that differ from those at the start. None where they were told as they are now already. */
export function createRestartNotice(start: FoundCatalogue): (now: FoundCatalogue) => readonly string[] {
	const textOf = (catalogue: FoundCatalogue): string[] =>
		Object.values(templateParts).map((part) => JSON.stringify(part(catalogue)));
	const started = textOf(start);
	let told = started.join();
	return (now) => {
		const found = textOf(now);
		if (found.join() === told) return [];
		told = found.join();
		return Object.keys(templateParts).filter((_, index) => found[index] !== started[index]);
	};
}
