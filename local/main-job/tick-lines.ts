/** Which schedules fired, and what became of their ticks: told once a tick has been performed, from the messages that a worker was given and what it counted. */
import * as z from "zod/mini";
import { safeLine } from "../../shared/kernel/safe-text.ts";
import type { LocalEvent } from "../local-event.ts";

interface Tick {
	readonly job: string;
	readonly schedule: string;
	/** ISO 8601: the time that it was scheduled for. */
	readonly at: string;
}

const tickSchema = z.object({ job: z.string(), schedule: z.object({ name: z.string(), at: z.string() }) });

/** What a worker counts of a run, as the state that the run is in then. */
const stateOf: Readonly<Record<string, string>> = {
	RunsSucceeded: "SUCCESS",
	RunsFailed: "FAILURE",
	RunsSkipped: "SKIPPED",
	RunsRevoked: "REVOKED",
	AttemptsRetried: "RETRY",
	RunsDeferred: "waits",
};

/** `RunsSucceeded 2, RunsFailed 1` */
export const countWords = (counts: ReadonlyMap<string, number>): string =>
	[...counts].map(([metric, count]) => `${metric} ${count}`).join(", ");

/** What an invocation wrote may be read after it has ended. */
const REMEMBERED_MAX = 200;

export interface TickLines {
	/** Remembers which ticks an invocation performs. */
	note(event: LocalEvent): void;
	/** `undefined` where no run of the job in that invocation is a tick's. `counts`: by metric. */
	describe(requestId: string | undefined, job: string, counts: ReadonlyMap<string, number>): string | undefined;
}

export function createTickLines(): TickLines {
	const performed = new Map<string, readonly Tick[]>();
	return {
		note(event) {
			if (event.type !== "invocation-started") return;
			const ticks = (event.bodies ?? []).flatMap(tickIn);
			if (ticks.length === 0) return;
			performed.set(event.requestId, ticks);
			const [oldest] = performed.keys();
			if (performed.size > REMEMBERED_MAX && oldest !== undefined) performed.delete(oldest);
		},
		describe(requestId = "", job, counts) {
			const ticks = (performed.get(requestId) ?? []).filter((tick) => tick.job === job);
			if (ticks.length === 0 || counts.size === 0) return undefined;
			const named = ticks.map(
				({ schedule, at }) => `schedule ${safeLine(schedule)}, tick of ${safeLine(at.slice(11, 19))}`,
			);
			const [[metric, count] = ["", 0], ...others] = counts;
			const state = stateOf[metric];
			if (others.length === 0 && count === ticks.length && state !== undefined)
				return named.map((tick) => `${tick}: ${state}`).join("; ");
			// Other runs of the job were performed with it, and which of them came to what is not told apart.
			return `${named.join("; ")}; ${job}: ${countWords(counts)}`;
		},
	};
}

function tickIn(body: string): readonly Tick[] {
	// Most messages are none, and some are long.
	if (!body.includes('"schedule"')) return [];
	try {
		const { job, schedule } = tickSchema.parse(JSON.parse(body));
		return [{ job, schedule: schedule.name, at: schedule.at }];
	} catch {
		return [];
	}
}
