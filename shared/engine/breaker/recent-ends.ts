/**
 * How a worker's attempts have ended since it last told anybody. Successes alone are never told, so they cost nothing; of those before the
 * first failure only a few are remembered, or an hour of them would hide the outage that follows.
 */
import type { BreakerPolicy } from "../../job/breaker.ts";
import type { EpochMs } from "../../kernel/time.ts";

/** A failure among many successes is no news: it is told together with others. */
const LAZY_MS = 10_000;

export interface RecentEnds {
	succeeded(): void;
	failed(now: EpochMs): void;
	/** There is a failure to tell, and it looks like an outage or was not told for some time. */
	isNews(now: EpochMs): boolean;
	/** What there is to tell, which counts as told. */
	take(now: EpochMs): { readonly failures: number; readonly successes: number };
}

export function createRecentEnds({ failuresMin, ratio, windowSeconds }: BreakerPolicy): RecentEnds {
	let failures = 0;
	let successes = 0;
	let firstFailureAt = 0;
	let toldAt = Number.NEGATIVE_INFINITY;
	/** Half as many as would keep `failuresMin` failures from opening. */
	const rememberedMax = Math.ceil((failuresMin * (1 - ratio)) / ratio / 2);
	return {
		succeeded() {
			if (failures > 0 || successes < rememberedMax) successes++;
		},
		failed(now) {
			if (failures > 0 && now - firstFailureAt > windowSeconds * 1000) {
				failures = 0;
				successes = Math.min(successes, rememberedMax);
			}
			if (failures === 0) firstFailureAt = now;
			failures++;
		},
		isNews: (now) => failures > 0 && (failures >= ratio * (failures + successes) || now - toldAt >= LAZY_MS),
		take(now) {
			const taken = { failures, successes };
			failures = 0;
			successes = 0;
			toldAt = now;
			return taken;
		},
	};
}
