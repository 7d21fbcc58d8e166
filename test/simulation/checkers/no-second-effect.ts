/** INV-05: a duplicate, early, late or concurrent, brings about no second performance once the run is terminal; a bad message under its name does not end it. */
import { isGiven } from "./cache-fresh.ts";
import type { CheckerKind } from "./checker.ts";
import { lateMark, poisonIn } from "./message-subject.ts";

export const noSecondEffect: CheckerKind = {
	promise: "INV-05",
	create(world, broken) {
		/** Runs, and the generations in which they ended. */
		const ended = new Map<string, Set<number>>();
		const poisoned = new Set<string>();
		return {
			observe(seen) {
				if (seen.kind === "accepted" && poisonIn(seen.body) !== undefined) poisoned.add(seen.messageId);
				// What has expired is another run, if it comes again.
				if (seen.kind === "forgotten") ended.delete(seen.runId);
				if (seen.kind === "row") {
					const { id, generation, state } = seen.after;
					if (["SUCCESS", "FAILURE", "REVOKED", "SKIPPED"].includes(state))
						ended.set(id, (ended.get(id) ?? new Set()).add(generation));
					if (seen.before !== undefined && seen.before.generation > 0 && poisoned.has(seen.after.carrier))
						broken(
							id,
							`${id}, in generation ${seen.before.generation}, was ended by ${seen.after.carrier}, a bad message under its id`,
						);
				}
				if (seen.kind === "performing") {
					const { runId, generation, worker } = seen.performance;
					if (ended.get(runId)?.has(generation) === true)
						broken(runId, `${worker} performs ${runId}, which had ended in generation ${generation}`);
					const mark = poisonIn(seen.performance.inputJson);
					if (mark !== undefined && !mark.includes(lateMark))
						broken(runId, `${worker} performs ${runId} with a bad input`);
				}
			},
			calm() {
				for (const row of world.rows())
					if (row.state === "SUCCESS" && row.attempts < 1 && !isGiven(row))
						broken(row.id, `${row.id} succeeded without an attempt`);
			},
		};
	},
};
