/** INV-13, as far as one invocation goes: an attempt is told to stop and settled before its function ends. */
import type { Performance } from "../history.ts";
import type { CheckerKind } from "./checker.ts";

/** For the code to end by itself, and for calls that put its result away. */
const graceMs = 15_000;

export const inTime: CheckerKind = {
	promise: "INV-13",
	create(world, broken) {
		const performances = new Map<string, Performance>();
		const settled = new Set<string>();
		/** Workers that a job kept from doing anything else for a while. */
		const computing = new Set<string>();
		/** Begun since nothing goes wrong any more. */
		const undisturbed: Performance[] = [];
		return {
			observe(seen) {
				if (seen.kind === "note" && seen.what === "computes") computing.add(seen.about);
				if (seen.kind === "performing") {
					performances.set(seen.performance.fence, seen.performance);
					if (!world.faults) undisturbed.push(seen.performance);
				}
				if (seen.kind !== "row" || !("settledBy" in seen.after)) return;
				settled.add(seen.after.settledBy);
				const performance = performances.get(seen.after.settledBy);
				if (performance !== undefined && !computing.has(performance.worker))
					checkHardLimit(performance, seen.after.endedAt);
				const isLate = "error" in seen.after && seen.after.error.excType === "attempt-deadline";
				if (isLate && performance?.told === false)
					broken(seen.after.id, `${seen.after.id} was ended by ${performance.worker} without being told to stop`);
			},
			calm() {
				for (const { fence, runId, worker } of undisturbed)
					if (!settled.has(fence))
						broken(runId, `${runId} was performed by ${worker}, to which nothing happened, and not settled by it`);
			},
		};

		/** By the clock of its worker; a leg that begins after the limit ends at once. */
		function checkHardLimit(
			{ definition, startedAt, from, skewMs, runId, worker }: Performance,
			endedAt: number,
		): void {
			const hardSeconds = definition.timeLimits?.hardSeconds;
			if (hardSeconds === undefined) return;
			const limit = Math.max(startedAt + hardSeconds * 1_000, from + skewMs) + graceMs;
			if (endedAt > limit) broken(runId, `${worker} ends ${runId} ${endedAt - limit} ms after its hard time limit`);
		}
	},
};
