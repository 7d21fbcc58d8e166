import { describe, expect, it } from "vitest";
import { alternate } from "../../../bench/measure/rounds.ts";
import { percentile, ratios, summarize } from "../../../bench/measure/statistics.ts";

describe("statistics", () => {
	it("takes the median of an odd and of an even number of samples", () => {
		expect(summarize([5, 1, 9])).toEqual({ median: 5, min: 1, max: 9, samples: [5, 1, 9] });
		expect(summarize([1, 2, 3, 10]).median).toBe(2.5);
	});
	it("interpolates percentiles between neighbours", () => {
		expect(percentile([10, 20, 30, 40, 50], 0.5)).toBe(30);
		expect(percentile([0, 100], 0.99)).toBe(99);
		expect(percentile([7], 0.99)).toBe(7);
		expect(percentile([], 0.5)).toBeNaN();
	});
	it("compares two series round by round, not median by median", () => {
		// The second round of both was slow: the medians alone (20 against 30) would hide that ours always took half.
		expect(ratios([10, 40, 20], [20, 80, 40])).toEqual({ median: 0.5, min: 0.5, max: 0.5, samples: [0.5, 0.5, 0.5] });
	});
});

describe("alternate", () => {
	it("measures every subject once a round, in an order that turns by one", async () => {
		const order: string[] = [];
		const subject = (name: string) => ({
			name,
			measure: async (round: number) => {
				order.push(`${name}${round}`);
				return round;
			},
		});
		const measured = await alternate([subject("a"), subject("b"), subject("c")], 3, () => {});
		expect(order).toEqual(["a0", "b0", "c0", "b1", "c1", "a1", "c2", "a2", "b2"]);
		expect(measured.get("b")).toEqual([0, 1, 2]);
	});
});
