/** INV-03: no two attempts of a run perform at the same time while their leases are alive. */
import type { Performance } from "../history.ts";
import type { CheckerKind } from "./checker.ts";

/** A lease outlives the time it protects by this much, so that clocks may differ. */
const leaseMarginMs = 15_000;

export const oneAtATime: CheckerKind = {
	promise: "INV-03",
	create(_world, broken) {
		const open = new Map<string, Performance[]>();
		const leases = new Map<string, number>();
		return {
			observe(seen) {
				if (seen.kind === "row" && "fence" in seen.after) leases.set(seen.after.fence, seen.after.leaseUntil);
				// What was ended for good gave its lease up, though its code may not have stopped.
				if (seen.kind === "row" && seen.after.state === "FAILURE") leases.delete(seen.after.settledBy);
				if (seen.kind !== "performing") return;
				const { performance } = seen;
				checkLease(performance);
				const others = (open.get(performance.runId) ?? []).filter(({ until }) => until === undefined);
				for (const other of others) {
					const protectedUntil = (leases.get(other.fence) ?? 0) - other.skewMs - leaseMarginMs;
					if (protectedUntil > seen.at)
						broken(
							performance.runId,
							`${performance.runId}: ${performance.worker} performs attempt ${performance.attempt} while ${other.worker} performs attempt ${other.attempt}, whose lease is good for ${Math.round((protectedUntil - seen.at) / 1000)} s more`,
						);
				}
				open.set(performance.runId, [...others, performance]);
			},
		};

		/** By its own clock, a worker holds its run until its function ends, or for a minute after it last said that it lives. */
		function checkLease({ runId, worker, fence, invocationEndsAt, skewMs, claimedAt }: Performance): void {
			const least = Math.min(invocationEndsAt + skewMs, claimedAt + 60_000) + leaseMarginMs;
			const lease = leases.get(fence) ?? 0;
			if (lease < least)
				broken(runId, `${worker} performs ${runId} under a lease that ends ${least - lease} ms too early`);
		}
	},
};
