import { describe, expect, it } from "vitest";
import { backoffMs } from "../../../shared/engine/backoff.ts";
import { retryPolicy } from "../../../shared/job/retry-policy.ts";

describe("backoffMs", () => {
	it("doubles from the delay to the cap without jitter", () => {
		const policy = retryPolicy({ jitter: "none" });
		expect([1, 2, 3, 4, 5, 6].map((attempt) => backoffMs(policy, attempt, 0.5))).toEqual([
			60_000, 120_000, 240_000, 480_000, 600_000, 600_000,
		]);
	});

	it("spreads evenly between nothing and the delay with full jitter", () => {
		const delays = [0, 0.25, 0.999, 0.999_999_9].map((unit) => backoffMs(retryPolicy(), 2, unit));
		expect(delays).toEqual([0, 30_000, 119_880, 119_999]);
	});

	it("follows the seed's 1, 2, 4, 8, 16 s", () => {
		const policy = retryPolicy({ delaySeconds: 1, retriesMax: 5, jitter: "none" });
		expect([1, 2, 3, 4, 5].map((attempt) => backoffMs(policy, attempt, 0))).toEqual([1000, 2000, 4000, 8000, 16_000]);
	});

	it("stays at the cap when the exponent overflows, and at 0 for no delay", () => {
		expect(backoffMs(retryPolicy({ jitter: "none", factor: 10 }), 400, 0)).toBe(600_000);
		expect(backoffMs(retryPolicy({ jitter: "none", delaySeconds: 0, factor: 10 }), 400, 0)).toBe(0);
	});
});
