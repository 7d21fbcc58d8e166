import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { findCatalogueFaults } from "../../../shared/catalogue/check-catalogue.ts";
import { defineJob, defineQueueClass, defineWorkerGroup, type ResultCachePolicy } from "../../../shared/job/index.ts";

const queueClass = defineQueueClass({ name: "quick", promise: "p" });
const faultsOf = (resultCache: ResultCachePolicy) =>
	findCatalogueFaults({
		workerGroups: [defineWorkerGroup({ name: "office", queueClasses: [queueClass] })],
		jobs: [
			defineJob({
				name: "metrics",
				description: "d",
				queueClass,
				input: z.strictObject({ repository_id: z.int() }),
				output: z.unknown(),
				resultCache,
			}),
		],
		routes: [],
		schedules: [],
		budgets: [],
	}).map(({ problem }) => problem);

describe("a result cache", () => {
	it.each<ResultCachePolicy>([
		{ seconds: 1 },
		{ seconds: 86_400, perTenant: false, version: 3 },
		{ seconds: 60, tags: ["repository:{input.repository_id}", "github", "{tenant}", "a", "b"] },
	])("may be %o", (resultCache) => {
		expect(faultsOf(resultCache)).toEqual([]);
	});

	it.each<[ResultCachePolicy, string]>([
		[{ seconds: 0 }, "resultCache.seconds must be a whole number from 1 to 86400; got 0"],
		[{ seconds: 86_401 }, "resultCache.seconds must be a whole number from 1 to 86400; got 86401"],
		[{ seconds: 60, version: 0 }, "resultCache.version must be a whole number from 1 to 1000000; got 0"],
		[{ seconds: 60, tags: ["a", "b", "c", "d", "e", "f"] }, "resultCache.tags must be at most 5; got 6"],
		[
			{ seconds: 60, tags: ["", "{repository_id}", "fine", "{input.}"] },
			'resultCache.tags must be 1–128 characters each, with braces only in {input.<field>} and {tenant}; got ["","{repository_id}","{input.}"]',
		],
		[
			{ seconds: 60, tags: ["{input.repository}"] },
			"resultCache.tags names no field of the input schema: input.repository",
		],
		[
			{ seconds: 60, tags: ["{tenant}"], perTenant: false },
			"resultCache.tags may name {tenant} only where the cache is per tenant",
		],
	])("may not be %o", (resultCache, problem) => {
		expect(faultsOf(resultCache)).toEqual([problem]);
	});
});
