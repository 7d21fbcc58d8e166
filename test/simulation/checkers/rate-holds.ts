/** INV-08: in any stretch of time, no more performances of a limited job start than burst + rate × time. */
import { effectiveRate, type Rate } from "../../../shared/job/rate-limit.ts";
import { largestExcess } from "../../support/rate-excess.ts";
import type { CheckerKind } from "./checker.ts";

export const rateHolds: CheckerKind = {
	promise: "INV-08",
	create(world, broken) {
		const startsOf = new Map<string, number[]>();
		/** Whatever was in force at some time: what was begun under one may end under another. */
		const rates: Rate[] = [];
		return {
			observe(seen) {
				if (seen.kind !== "performing" || seen.performance.leg > 1) return;
				const { definition, tenant, runId, worker } = seen.performance;
				const { rateLimit } = definition;
				if (rateLimit === undefined) return;
				const override = world.limits.states.get("limited")?.override;
				rates.push(effectiveRate(rateLimit, undefined), effectiveRate(rateLimit, override));
				const key = rateLimit.per === undefined ? "all" : String(tenant);
				const starts = startsOf.get(key) ?? [];
				starts.push(seen.at);
				startsOf.set(key, starts);
				const perSecond = Math.max(...rates.map(({ count, periodSeconds }) => count / periodSeconds));
				const burst = Math.max(...rates.map((rate) => rate.burst));
				const excess = largestExcess(starts, { perSecond, burst });
				// A clock that is ahead, until the others have learned it, is ahead with its slots too.
				const allowed = (perSecond * world.settings.skewMsMax * 2) / 1_000 + 1e-6;
				if (excess > allowed)
					broken(
						runId,
						`${worker} starts ${runId}: ${excess.toFixed(2)} starts of ${key} above ${perSecond}/s with burst ${burst}`,
					);
			},
		};
	},
};
