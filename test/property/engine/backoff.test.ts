import fc from "fast-check";
import { expect, it } from "vitest";
import { backoffMs } from "../../../shared/engine/backoff.ts";

const policies = fc.record({
	retriesMax: fc.integer({ min: 0, max: 100 }),
	delaySeconds: fc.double({ min: 0, max: 86_400, noNaN: true }),
	factor: fc.double({ min: 1, max: 10, noNaN: true }),
	capSeconds: fc.constant(86_400),
	jitter: fc.constantFrom("full" as const, "none" as const),
	retryOn: fc.constant([]),
	neverOn: fc.constant([]),
});

it("never leaves 0 to the cap, for any policy, attempt and random unit", () => {
	fc.assert(
		fc.property(
			policies,
			fc.integer({ min: 1, max: 101 }),
			fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
			(policy, attempt, unit) => {
				const delay = backoffMs(policy, attempt, unit);
				expect(delay).toBeGreaterThanOrEqual(0);
				expect(delay).toBeLessThanOrEqual(86_400_000);
			},
		),
	);
});

it("grows with the attempt and with the random unit", () => {
	fc.assert(
		fc.property(
			policies,
			fc.integer({ min: 1, max: 100 }),
			fc.double({ min: 0, max: 0.99, noNaN: true }),
			(policy, attempt, unit) => {
				expect(backoffMs(policy, attempt + 1, unit)).toBeGreaterThanOrEqual(backoffMs(policy, attempt, unit));
				expect(backoffMs(policy, attempt, unit + 0.01)).toBeGreaterThanOrEqual(backoffMs(policy, attempt, unit));
			},
		),
	);
});
