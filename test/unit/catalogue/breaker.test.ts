import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import { type BreakerPolicy, defineJob, defineQueueClass, defineWorkerGroup } from "../../../shared/job/index.ts";

/** What `defineCatalogue` says against a class with this breaker. */
function problems(breaker: Partial<BreakerPolicy> | false): readonly string[] {
	const queueClass = defineQueueClass({ name: "fast", promise: "p", breaker });
	try {
		defineCatalogue({
			workerGroups: [defineWorkerGroup({ name: "workers", queueClasses: [queueClass] })],
			jobs: [defineJob({ name: "job", description: "d", queueClass, input: z.unknown(), output: z.unknown() })],
		});
		return [];
	} catch (error) {
		return (error as Error).message.split("\n- ").slice(1);
	}
}

describe("a class's breaker", () => {
	it("is there unless it is said otherwise, and takes what is left out from the default", () => {
		expect(defineQueueClass({ name: "fast", promise: "p" }).breaker).toEqual({
			failuresMin: 20,
			ratio: 0.5,
			windowSeconds: 60,
			openSeconds: 30,
			openSecondsMax: 120,
			errorClasses: ["api", "database", "timeout", "rate-limit"],
		});
		expect(defineQueueClass({ name: "fast", promise: "p", breaker: { openSeconds: 5 } }).breaker).toMatchObject({
			openSeconds: 5,
			openSecondsMax: 120,
		});
		expect(defineQueueClass({ name: "fast", promise: "p", breaker: false }).breaker).toBe(false);
	});

	it.each([
		[false],
		[{}],
		[{ failuresMin: 1, ratio: 1, windowSeconds: 1, openSeconds: 1, openSecondsMax: 1 }],
		[{ failuresMin: 10_000, ratio: 0.01, windowSeconds: 3600, openSeconds: 450, openSecondsMax: 450 }],
		[{ errorClasses: ["system"] }],
	] as const)("%o is sound", (breaker) => {
		expect(problems(breaker)).toEqual([]);
	});

	it.each([
		[{ failuresMin: 0 }, "breaker.failuresMin must be a whole number from 1 to 10000; got 0"],
		[{ ratio: 0 }, "breaker.ratio must be above 0 and at most 1; got 0"],
		[{ ratio: 1.1 }, "breaker.ratio must be above 0 and at most 1; got 1.1"],
		[{ windowSeconds: 3601 }, "breaker.windowSeconds must be a whole number from 1 to 3600; got 3601"],
		[{ openSeconds: 0 }, "breaker.openSeconds must be a whole number from 1 to 450; got 0"],
		[
			{ openSeconds: 121 },
			"breaker.openSecondsMax must be a whole number from breaker.openSeconds (121) to 450; got 120",
		],
		[
			{ openSecondsMax: 451 },
			"breaker.openSecondsMax must be a whole number from breaker.openSeconds (30) to 450; got 451",
		],
		[
			{ errorClasses: [] },
			"breaker.errorClasses must be at least one of validation, configuration, authentication, rate-limit, api, database, timeout, worker-lost, system; got none",
		],
	] as const)("%o is refused", (breaker, problem) => {
		expect(problems(breaker)).toEqual([`queue class fast: ${problem}`]);
	});
});
