/** INV-09: no more runs of a job with a concurrency limit perform at the same time than it says, as far as their leases are alive. */
import type { Performance } from "../history.ts";
import type { CheckerKind } from "./checker.ts";

const leaseMarginMs = 15_000;

export const numberHolds: CheckerKind = {
	promise: "INV-09",
	create(_world, broken) {
		const open = new Map<string, Performance[]>();
		const leases = new Map<string, number>();
		return {
			observe(seen) {
				if (seen.kind === "row" && "fence" in seen.after) leases.set(seen.after.fence, seen.after.leaseUntil);
				if (seen.kind !== "performing") return;
				const { performance } = seen;
				const { concurrency } = performance.definition;
				if (concurrency === undefined) return;
				const key = `${performance.job} ${concurrency.per === undefined ? "all" : performance.tenant}`;
				const now = [...(open.get(key) ?? []).filter(({ until }) => until === undefined), performance];
				open.set(key, now);
				const alive = now.filter(({ fence, skewMs }) => (leases.get(fence) ?? 0) - skewMs - leaseMarginMs > seen.at);
				if (alive.length > concurrency.max)
					broken(
						performance.runId,
						`${alive.map(({ runId, worker }) => `${runId} by ${worker}`).join(" and ")} perform at once; the limit is ${concurrency.max}`,
					);
			},
		};
	},
};
