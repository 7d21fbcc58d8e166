/**
 * INV-09: no more runs of a job with a concurrency limit, and of a worker group with a cap, perform at the same time than it says, as far as
 * their leases are alive. Of two versions at work side by side the higher number holds.
 */
import type { Performance } from "../history.ts";
import type { World } from "../world.ts";
import type { CheckerKind } from "./checker.ts";
import { countedUnder } from "./counted-under.ts";

const leaseMarginMs = 15_000;

interface Limit {
	readonly key: string;
	readonly max: number;
}

function limitsOf({ versions }: World, performance: Performance): readonly Limit[] {
	const { job, definition } = performance;
	const limits: Limit[] = [];
	const { concurrency } = definition;
	if (concurrency !== undefined) {
		const known = versions.map(({ catalogue }) => catalogue.findJob(job)?.concurrency?.max ?? 0);
		limits.push({ key: `${job} ${countedUnder(concurrency.per, performance)}`, max: Math.max(...known) });
	}
	const group = versions[0].catalogue.workerGroups.find(({ queueClasses }) =>
		queueClasses.some(({ name }) => name === definition.queueClass.name),
	);
	if (group?.concurrencyMax !== undefined) limits.push({ key: `group ${group.name}`, max: group.concurrencyMax });
	return limits;
}

export const numberHolds: CheckerKind = {
	promise: "INV-09",
	create(world, broken) {
		const open = new Map<string, Performance[]>();
		const leases = new Map<string, number>();
		return {
			observe(seen) {
				if (seen.kind === "row" && "fence" in seen.after) leases.set(seen.after.fence, seen.after.leaseUntil);
				if (seen.kind !== "performing") return;
				const { performance } = seen;
				for (const { key, max } of limitsOf(world, performance)) {
					const now = [...(open.get(key) ?? []).filter(({ until }) => until === undefined), performance];
					open.set(key, now);
					const alive = now.filter(({ fence, skewMs }) => (leases.get(fence) ?? 0) - skewMs - leaseMarginMs > seen.at);
					if (alive.length > max)
						broken(
							performance.runId,
							`${alive.map(({ runId, worker }) => `${runId} by ${worker}`).join(" and ")} perform at once; the limit of ${key} is ${max}`,
						);
				}
			},
		};
	},
};
