/** INV-05: a duplicate, early, late or concurrent, brings about no second performance once the run is terminal; a bad message under its name does not end it. */
import type { CheckerKind } from "./checker.ts";
import { poisonIn } from "./message-subject.ts";

export const noSecondEffect: CheckerKind = {
	promise: "INV-05",
	create(world, broken) {
		const ended = new Set<string>();
		const poisoned = new Set<string>();
		return {
			observe(seen) {
				if (seen.kind === "accepted" && poisonIn(seen.body) !== undefined) poisoned.add(seen.messageId);
				if (seen.kind === "row") {
					const { id, generation, state } = seen.after;
					if (["SUCCESS", "FAILURE", "REVOKED", "SKIPPED"].includes(state)) ended.add(`${id} ${generation}`);
					if (seen.before !== undefined && seen.before.generation > 0 && poisoned.has(seen.after.carrier))
						broken(
							id,
							`${id}, in generation ${seen.before.generation}, was ended by ${seen.after.carrier}, a bad message under its id`,
						);
				}
				if (seen.kind === "performing") {
					const { runId, generation, worker } = seen.performance;
					if (ended.has(`${runId} ${generation}`))
						broken(runId, `${worker} performs ${runId}, which had ended in generation ${generation}`);
					if (poisonIn(seen.performance.inputJson) !== undefined)
						broken(runId, `${worker} performs ${runId} with a bad input`);
				}
			},
			calm() {
				for (const row of world.rows())
					if (row.state === "SUCCESS" && row.attempts < 1) broken(row.id, `${row.id} succeeded without an attempt`);
			},
		};
	},
};
