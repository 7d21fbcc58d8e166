/**
 * INV-13, of legs: the next leg of an attempt goes on from the checkpoint that ended the one before; and there is one: nobody skips what has
 * begun, nor ends it as expired.
 */
import type { RunRecord } from "../../../shared/ports/job-store.ts";
import type { Performance } from "../history.ts";
import type { CheckerKind } from "./checker.ts";

export const legsGoOn: CheckerKind = {
	promise: "INV-13",
	create(_world, broken) {
		const performing = new Map<string, Performance>();
		/** By run, generation, attempt and leg: where it ended. */
		const reached = new Map<string, number | undefined>();
		const placeOf = ({ runId, generation, attempt }: Performance, leg: number): string =>
			`${runId} ${generation} ${attempt} ${leg}`;
		return {
			observe(seen) {
				if (seen.kind === "forgotten")
					for (const place of reached.keys()) if (place.startsWith(`${seen.runId} `)) reached.delete(place);
				if (seen.kind === "performing") {
					const { performance } = seen;
					performing.set(performance.fence, performance);
					const last = placeOf(performance, performance.leg - 1);
					if (reached.has(last) && reached.get(last) !== performance.cursor)
						broken(
							performance.runId,
							`leg ${performance.leg} of ${performance.runId} goes on from ${performance.cursor}; the leg before had come to ${reached.get(last)}`,
						);
				}
				if (seen.kind !== "row") return;
				const { before, after } = seen;
				// A redrive takes its place from the beginning, which has its own policies to come by.
				const goesOn = before?.state === "LEG" && before.nextLeg > 1 && after.generation <= before.generation;
				if (goesOn && asIfItHadNotBegun(after))
					broken(after.id, `${after.id} is ${after.state} between two legs: ${after.reason}`);
				if (after.state !== "LEG") return;
				const performance = performing.get(after.settledBy);
				if (performance !== undefined)
					reached.set(placeOf(performance, performance.leg), performance.reached ?? (performance.cursor as number));
			},
		};
	},
};

/** Only the sweeper, which finds that nothing moves it on, ends a run that waits for its next leg. */
const asIfItHadNotBegun = (row: RunRecord): row is Extract<RunRecord, { readonly reason: string }> =>
	(row.state === "SKIPPED" && row.found === undefined) || (row.state === "REVOKED" && row.reason === "expired");
