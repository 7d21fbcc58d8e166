import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import {
	type ConcurrencyLimit,
	defineJob,
	defineQueueClass,
	defineWorkerGroup,
	singleton,
} from "../../../shared/job/index.ts";

const queueClass = defineQueueClass({ name: "fast", promise: "p" });
const job = (name: string, concurrency: ConcurrencyLimit) =>
	defineJob({
		name,
		description: "d",
		queueClass,
		input: z.strictObject({ customer: z.string() }),
		output: z.unknown(),
		concurrency,
	});

/** What `defineCatalogue` says against jobs with these limits, and a group with this cap. */
function problems(limits: readonly ConcurrencyLimit[], concurrencyMax?: number): readonly string[] {
	try {
		defineCatalogue({
			workerGroups: [
				defineWorkerGroup({
					name: "workers",
					queueClasses: [queueClass],
					...(concurrencyMax === undefined ? {} : { concurrencyMax }),
				}),
			],
			jobs: limits.map((limit, index) => job(`job-${index}`, limit)),
		});
		return [];
	} catch (error) {
		return (error as Error).message.split("\n- ").slice(1);
	}
}

describe("a concurrency limit", () => {
	it.each([
		[{ max: 50 }],
		[singleton()],
		[singleton({ per: "tenant", whenBusy: "skip" })],
		[{ max: 2, per: "input.customer", name: "stripe.v2" }],
	] as const)("%o is sound", (limit) => {
		expect(problems([limit])).toEqual([]);
	});

	it.each([
		[{ max: 0 }, "job job-0: concurrency.max must be a whole number from 1 to 50; got 0"],
		[{ max: 51 }, "job job-0: concurrency.max must be a whole number from 1 to 50; got 51"],
		[{ max: 1.5 }, "job job-0: concurrency.max must be a whole number from 1 to 50; got 1.5"],
		[
			{ max: 1, name: "group/workers" },
			'job job-0: concurrency.name must be 1–100 letters, digits, "_", "-" or ".", a letter first; got "group/workers"',
		],
		[
			{ max: 1, per: "input.client" },
			'job job-0: concurrency.per must be "tenant" or "input.<field>" with a field of the input schema; got "input.client"',
		],
	] as const)("%o is refused", (limit, problem) => {
		expect(problems([limit])).toEqual([problem]);
	});

	it("is the same for all jobs that share its name, or for none", () => {
		const shared = { max: 2, name: "stripe" } as const;
		expect(problems([shared, shared, { max: 1, name: "other" }])).toEqual([]);
		expect(problems([shared, { ...shared, max: 3 }])).toEqual([
			'job job-0: is counted as "stripe" together with job-1, so all must declare the same max and key',
			'job job-1: is counted as "stripe" together with job-0, so all must declare the same max and key',
		]);
		expect(problems([shared, { ...shared, per: "tenant" }])).toHaveLength(2);
	});
});

describe("a worker group's cap", () => {
	it.each([1, 3, 50])("of %i is sound", (cap) => {
		expect(problems([], cap)).toEqual([]);
	});
	it.each([0, 51, 2.5])("of %d is refused", (cap) => {
		expect(problems([], cap)).toEqual([
			`worker group workers: concurrencyMax must be a whole number from 1 to 50; got ${cap}`,
		]);
	});
});
