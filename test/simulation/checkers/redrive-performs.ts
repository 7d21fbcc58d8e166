/** Of what an operator does (operate.md): a run that was revoked, and is redriven after that, begins all the same, however long it waits first. */
import type { RunRecord } from "../../../shared/ports/job-store.ts";
import type { Seen } from "../history.ts";
import type { CheckerKind } from "./checker.ts";
import { poisonIn, type Subject, subjectOf } from "./message-subject.ts";

interface Redriven {
	/** The revoke that came before it. */
	readonly over: RunRecord;
	readonly messageId: string;
}

export const redrivePerforms: CheckerKind = {
	promise: "operating",
	create(world, broken) {
		/** By run: until its row is another one. */
		const redriven = new Map<string, Redriven>();
		return {
			observe(seen) {
				if (seen.kind === "row") redriven.delete(seen.after.id);
				if (seen.kind === "forgotten") redriven.delete(seen.runId);
				if (seen.kind !== "sent" || poisonIn(seen.body) !== undefined) return;
				const subject = subjectOf(world, seen);
				if (subject === undefined) return;
				if (seen.target.queue === "dead-letter") {
					// Refused; what SQS moved there by its own count comes back.
					if (seen.attributes["millrace-reason"] !== undefined) redriven.delete(subject.runId);
					return;
				}
				const over = world.row(subject.runId);
				if (over !== undefined && isRedriveOf(over, subject, seen.at))
					redriven.set(over.id, { over, messageId: seen.messageId });
			},
			calm() {
				for (const [runId, { over, messageId }] of redriven)
					if (!world.purged.has(runId))
						broken(
							runId,
							`${messageId} redrove ${runId} after generation ${over.generation} of it was revoked, and is gone`,
						);
			},
		};
	},
};

/** What was sent on is none: it was sent before. A run that had failed was revoked as its next generation, which its letter is of. */
function isRedriveOf(row: RunRecord, { generation, body }: Subject, at: Seen["at"]): boolean {
	if (row.state !== "REVOKED" || at <= row.endedAt || (body["hops"] ?? 0) !== 0) return false;
	const isOfLetter = row.generation > 1 && row.attempts === 0;
	return generation === row.generation + 1 || (isOfLetter && generation === row.generation);
}
