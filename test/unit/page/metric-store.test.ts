import { describe, expect, it } from "vitest";
import { createMetricStore } from "../../../local/page/metric-store.ts";

function setup() {
	const world = { nowMs: 1_000_000_000_000 };
	const store = createMetricStore(() => world.nowMs);
	return { world, store };
}
const steps = { count: 3, stepMs: 10_000 };

describe("the store of points", () => {
	it("gives one value a step, oldest first, and none where nothing was measured", () => {
		const { world, store } = setup();
		store.add("a", 1);
		store.add("a", 4);
		world.nowMs += 20_000;
		store.add("a", 7);
		expect(store.series("a", "Sum", steps)).toEqual([5, undefined, 7]);
		expect(store.series("a", "Maximum", steps)).toEqual([4, undefined, 7]);
		expect(store.series("a", "Average", steps)).toEqual([2.5, undefined, 7]);
		expect(store.series("a", "Sum", { count: 2, stepMs: 30_000 })).toEqual([undefined, 12]);
		expect(store.series("b", "Sum", steps)).toEqual([undefined, undefined, undefined]);
	});

	it("knows percentiles over the values of a step", () => {
		const { store } = setup();
		for (let value = 1; value <= 100; value++) store.add("ms", value);
		expect(
			["p50", "p95", "p99"].map((statistic) => store.series("ms", statistic as "p50", { count: 1, stepMs: 10_000 })[0]),
		).toEqual([50, 95, 99]);
	});

	it("keeps an hour, and totals for ever", () => {
		const { world, store } = setup();
		store.add("a", 1);
		for (let slice = 0; slice < 400; slice++) {
			world.nowMs += 10_000;
			store.add("a", 1);
		}
		expect(store.series("a", "Sum", { count: 1, stepMs: 4_010_000 })).toEqual([360]);
		expect(store.total("a", "Sum")).toBe(401);
	});

	it("takes so many metrics and no more, and only numbers", () => {
		const { store } = setup();
		for (let index = 0; index < 2_100; index++) store.add(`job-${index}`, 1);
		store.add("job-1", Number.NaN);
		expect(store.keys("job-")).toHaveLength(2_000);
		expect(store.total("job-1", "Sum")).toBe(1);
		expect(store.total("job-2050", "Sum")).toBeUndefined();
	});
});
