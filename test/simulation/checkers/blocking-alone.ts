/** INV-03, of jobs that keep their event loop busy: nobody else performs the run as long as the function may run, for it can't say that it lives. */
import type { Performance } from "../history.ts";
import type { CheckerKind } from "./checker.ts";

export const blockingAlone: CheckerKind = {
	promise: "INV-03",
	create(world, broken) {
		const open = new Map<string, Performance[]>();
		return {
			observe(seen) {
				if (seen.kind !== "performing" || !seen.performance.definition.blocking) return;
				const { performance } = seen;
				const { runId, worker } = performance;
				const others = (open.get(runId) ?? []).filter(({ until }) => until === undefined);
				// An operator may have it performed again by a redrive.
				for (const other of others)
					if (other.invocationEndsAt > seen.at && world.row(runId)?.generation === other.generation)
						broken(
							runId,
							`${worker} performs ${runId} while ${other.worker} does, whose function runs for ${Math.round((other.invocationEndsAt - seen.at) / 1_000)} s more`,
						);
				open.set(runId, [...others, performance]);
			},
		};
	},
};
