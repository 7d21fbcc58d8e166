import { describe, expect, expectTypeOf, it } from "vitest";
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import {
	type BatchItem,
	defineJob,
	defineQueueClass,
	defineWorkerGroup,
	type ImplementationsFor,
	JobError,
	type JobImplementation,
	rateLimit,
	skip,
} from "../../../shared/job/index.ts";

const queueClass = defineQueueClass({ name: "fast", promise: "p" });
const plain = {
	description: "d",
	queueClass,
	input: z.strictObject({ n: z.int() }),
	output: z.strictObject({ pages: z.int() }),
};
type Options = Omit<Parameters<typeof defineJob>[0], "name" | keyof typeof plain>;

/** What `defineCatalogue` says against one job with these options. */
function problems(options: Options, group: { runConcurrency?: number; concurrencyMax?: number } = {}) {
	try {
		defineCatalogue({
			workerGroups: [defineWorkerGroup({ name: "workers", queueClasses: [queueClass], ...group })],
			jobs: [defineJob({ ...plain, ...options, name: "index" })],
		});
		return [];
	} catch (error) {
		return (error as Error).message.split("\n- ").slice(1);
	}
}

describe("a batch job", () => {
	it.each<[Options]>([
		[{ batch: { runsMax: 2 } }],
		[{ batch: { runsMax: 10, waitMs: 0 } }],
		[{ batch: { runsMax: 10, waitMs: 10_000 }, concurrency: { max: 1, per: "input.n" } }],
	])("%o is sound", (options) => {
		expect(problems(options)).toEqual([]);
	});

	it.each<[Options, string]>([
		[{ batch: { runsMax: 1 } }, "batch.runsMax must be a whole number from 2 to 10000; got 1"],
		[{ batch: { runsMax: 2.5 } }, "batch.runsMax must be a whole number from 2 to 10000; got 2.5"],
		[{ batch: { runsMax: 5, waitMs: -1 } }, "batch.waitMs must be a whole number from 0 to 10000; got -1"],
		[
			{ batch: { runsMax: 11 } },
			"batch.runsMax 11 can't come together: it is above the batchSize of its queue class fast (10) and the runConcurrency of its worker group workers (10)",
		],
		[
			{ batch: { runsMax: 5 }, concurrency: { max: 3 } },
			"batch.runsMax 5 can't come together: it is above its own concurrency.max (3)",
		],
		[
			{ batch: { runsMax: 5 }, checkpoints: true },
			"has `batch` and `checkpoints`: runs that perform together can't go on in legs of their own. Make the batch small enough for one leg, or perform the runs one by one",
		],
		[
			{ batch: { runsMax: 5 }, rateLimit: rateLimit("10/s") },
			"has `batch` and `rateLimit`: a rate limit is for single starts, which a batch brings together. Limit the class's maxConcurrency, or perform the runs one by one",
		],
	])("%o is refused", (options, problem) => {
		expect(problems(options)).toEqual([`job index: ${problem}`]);
	});

	it("needs a worker group that performs as many at once", () => {
		expect(problems({ batch: { runsMax: 5 } }, { runConcurrency: 4 })).toEqual([
			"job index: batch.runsMax 5 can't come together: it is above the runConcurrency of its worker group workers (4)",
		]);
		expect(problems({ batch: { runsMax: 5 } }, { concurrencyMax: 2 })).toEqual([
			"job index: batch.runsMax 5 can't come together: it is above the concurrencyMax of its worker group workers (2)",
		]);
	});
});

describe("a debounced job", () => {
	it.each<[Options]>([
		[{ debounce: { seconds: 1 } }],
		[{ debounce: { seconds: 900, per: "tenant", maxSeconds: 86_400 } }],
		[{ debounce: { seconds: 5, per: "input.n", maxSeconds: 5 } }],
	])("%o is sound", (options) => {
		expect(problems(options)).toEqual([]);
	});

	it.each<[Options, string]>([
		[{ debounce: { seconds: 0 } }, "debounce.seconds must be a whole number from 1 to 900; got 0"],
		[{ debounce: { seconds: 901 } }, "debounce.seconds must be a whole number from 1 to 900; got 901"],
		[
			{ debounce: { seconds: 10, maxSeconds: 9 } },
			"debounce.maxSeconds must be a whole number from debounce.seconds (10) to 86400; got 9",
		],
		[
			{ debounce: { seconds: 10, per: "input.m" } },
			'debounce.per must be "tenant" or "input.<field>" with a field of the input schema; got "input.m"',
		],
	])("%o is refused", (options, problem) => {
		expect(problems(options)).toEqual([`job index: ${problem}`]);
	});
});

it("does not compile with the other kind of implementation", () => {
	const one = defineJob({ ...plain, name: "one" });
	const many = defineJob({ ...plain, name: "many", batch: { runsMax: 5 } });
	expectTypeOf(one.batch).toEqualTypeOf<undefined>();
	const catalogue = defineCatalogue({
		workerGroups: [defineWorkerGroup({ name: "workers", queueClasses: [queueClass] })],
		jobs: [one, many],
	});
	type Implementations = ImplementationsFor<typeof catalogue, "workers">;
	expectTypeOf<Parameters<Implementations["one"]>[0]>().toEqualTypeOf<{ n: number }>();
	expectTypeOf<Parameters<Implementations["many"]>[0]>().toEqualTypeOf<readonly BatchItem<typeof many>[]>();
	expectTypeOf<BatchItem<typeof many>["input"]>().toEqualTypeOf<{ n: number }>();

	const performOne: JobImplementation<typeof one> = async ({ n }) => ({ pages: n });
	const performMany: JobImplementation<typeof many> = async (items) =>
		items.map(({ input }) =>
			input.n === 0 ? skip("nothing") : input.n < 0 ? new JobError("api", "no") : { pages: 1 },
		);
	// @ts-expect-error a job with `batch` takes them all
	const oneForMany: JobImplementation<typeof many> = async ({ n }: { n: number }) => ({ pages: n });
	// @ts-expect-error a job without takes one
	const manyForOne: JobImplementation<typeof one> = async (items: readonly BatchItem<typeof many>[]) =>
		items.map(() => ({ pages: 1 }));
	// @ts-expect-error each answer fits the output
	const badAnswers: JobImplementation<typeof many> = async (items) => items.map(() => ({ sheets: 1 }));
	// @ts-expect-error also where the implementations of a group stand together
	const crossed: Implementations = { one: performMany, many: performOne };
	const straight: Implementations = { one: performOne, many: performMany };
	expect([oneForMany, manyForOne, badAnswers, crossed, straight]).toHaveLength(5);
});
