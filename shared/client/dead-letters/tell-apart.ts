/**
 * Letters of one run that differ: each would be the run's next generation with an input of its own, and only one can be. A run has two where a
 * message under its id was refused, which anyone who may send to its queue can bring about. Which is meant, the operator says. Pure.
 */
import type { Letter } from "./letter.ts";
import type { LetterSelection } from "./selection.ts";
import type { SentBack } from "./send-back.ts";

const SHOWN_MAX = 5;

export interface ToldApart {
	readonly sendable: readonly Letter[];
	/** One outcome for each run whose letters, asked for by the run's id, differ. */
	readonly unclear: readonly SentBack[];
}

export function tellApart(queueClass: string, letters: readonly Letter[], { ids = [] }: LetterSelection): ToldApart {
	const sendable: Letter[] = [];
	const unclear: SentBack[] = [];
	for (const [runId, ofRun] of Map.groupBy(letters, (letter) => letter.runId)) {
		const byRun = ofRun.filter(({ messageId }) => !ids.includes(messageId));
		if (runId === undefined || !ids.includes(runId) || new Set(byRun.map(({ body }) => body)).size < 2) {
			sendable.push(...ofRun);
			continue;
		}
		sendable.push(...ofRun.filter((letter) => !byRun.includes(letter)));
		unclear.push(
			...byRun.slice(0, SHOWN_MAX).map(
				(letter): SentBack => ({
					letter,
					queueClass,
					error: { message: whichWords(letter, runId, byRun.length), refused: true },
				}),
			),
		);
	}
	return { sendable, unclear };
}

function whichWords({ reason, attempts, failedAt, fields }: Letter, runId: string, count: number): string {
	const generation = typeof fields["generation"] === "number" ? fields["generation"] : 1;
	const facts = `generation ${generation}, ${reason}, attempts ${attempts ?? "unknown"}, failed ${failedAt}`;
	return `one of ${count} letters of run ${runId} that differ (${facts}). Say which by its message id: --id takes that, too. The run's own is one generation above what \`millrace status ${runId} --json\` tells; \`millrace dlq show\` shows each.`;
}
