/** Scores and severities against values worked out by hand. */
import { describe, expect, test } from "vitest";
import { judgeMetric, scoreOf, severityOf } from "../../../lambdas/jobs/observability/anomaly-detection.ts";
import { anomalySettingsSchema } from "../../../shared/jobs/observability/anomaly.ts";

// Mean 5, squares 9+1+1+1+0+0+4+16 = 32, 32/7 = 4.5714…, deviation 2.13809.
const history = [2, 4, 4, 4, 5, 5, 7, 9];
const settings = (given: object) =>
	anomalySettingsSchema.parse({ minimum_history: 2, threshold: 3, minimum_relative_change: 0, ...given });

describe("z-score", () => {
	test("is the distance from the mean in standard deviations", () => {
		const { expected, score } = scoreOf("z-score", history, 15);
		expect(expected).toBe(5);
		expect(score).toBeCloseTo(4.67707, 5);
	});

	test("is negative below the mean", () => {
		expect(scoreOf("z-score", history, -5).score).toBeCloseTo(-4.67707, 5);
	});

	test("of the mean itself is 0, also without any variance", () => {
		expect(scoreOf("z-score", history, 5).score).toBe(0);
		expect(scoreOf("z-score", [7, 7, 7], 7).score).toBe(0);
	});

	test("of any change after a history without variance is the largest score", () => {
		expect(scoreOf("z-score", [7, 7, 7], 7.1).score).toBe(1000);
		expect(scoreOf("z-score", [7, 7, 7], 6.9).score).toBe(-1000);
	});

	test("does not depend on the unit, up to the largest numbers there are", () => {
		const large = history.map((value) => value * 1e307);
		expect(scoreOf("z-score", large, 15e307).score).toBeCloseTo(4.67707, 5);
		expect(scoreOf("z-score", large, 15e307).expected).toBeCloseTo(5e307, -300);
	});

	test("is cut at the largest score", () => {
		expect(scoreOf("z-score", history, 1e9).score).toBe(1000);
	});
});

describe("robust", () => {
	test("is the distance from the median in scaled absolute deviations", () => {
		// Median 4.5; deviations 0.5 0.5 0.5 0.5 0.5 2.5 2.5 4.5: half of them 0.5, nine tenths 3.1 (a tenth of the way from 2.5 to 4.5 … 0.3).
		// The larger spread is 3.1 / 1.6449 = 1.884613, against 1.4826 × 0.5 = 0.7413.
		const { expected, score } = scoreOf("robust", history, 15);
		expect(expected).toBe(4.5);
		expect(score).toBeCloseTo(10.5 / 1.884613, 4);
	});

	test("is hardly moved by an outlier in the history", () => {
		const calm = [10, 11, 10, 9, 10, 11, 9, 10, 11, 9, 10, 11, 9, 10];
		expect(scoreOf("robust", [...calm, 1000], 20).score).toBeGreaterThan(5);
		expect(scoreOf("z-score", [...calm, 1000], 20).score).toBeLessThan(0.1);
	});

	test("does not take every second value of a metric that repeats one value for an anomaly", () => {
		const repeating = [...Array(16).fill(5), 6, 4, 6, 4];
		// The median absolute deviation is 0; the 90th percentile of deviations is 1.
		expect(scoreOf("robust", repeating, 6).score).toBeCloseTo(1.6449, 4);
	});
});

describe("severity", () => {
	test.each([
		[5.1, "low"],
		[7.5, "medium"],
		[10, "high"],
		[-15, "critical"],
	])("of score %d at threshold 5 is %s", (score, severity) => {
		expect(severityOf(score, 5)).toBe(severity);
	});
});

describe("a metric", () => {
	test("with too short a history is not judged", () => {
		expect(judgeMetric("rows", 99, [1, 2, 3], settings({ minimum_history: 4 }))).toBeUndefined();
	});

	test("inside the threshold is no anomaly", () => {
		expect(judgeMetric("rows", 11, history, settings({}))).toEqual([]);
	});

	test("outside it is one for each method that finds it", () => {
		const found = judgeMetric("rows", 15, history, settings({ methods: ["z-score", "robust"] }));
		expect(found?.map(({ method, severity, value, expected }) => ({ method, severity, value, expected }))).toEqual([
			{ method: "z-score", severity: "medium", value: 15, expected: 5 },
			{ method: "robust", severity: "medium", value: 15, expected: 4.5 },
		]);
	});

	test("that changed by too small a share is no anomaly, however steady it was", () => {
		const steady = settings({ minimum_relative_change: 0.1 });
		expect(judgeMetric("rows", 109, [100, 100, 100], steady)).toEqual([]);
		expect(judgeMetric("rows", 111, [100, 100, 100], steady)).toHaveLength(1);
	});

	test("is judged by its absolute change when nothing but 0 was expected", () => {
		expect(judgeMetric("errors", 1, [0, 0, 0], settings({ minimum_relative_change: 0.1 }))).toHaveLength(1);
	});
});
