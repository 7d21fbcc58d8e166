import { expect, it } from "vitest";
import * as z from "zod/mini";
import { invalidateTags } from "../../../../shared/engine/cache/invalidate.ts";
import { defineJob, defineQueueClass } from "../../../../shared/job/index.ts";
import { epochMs } from "../../../../shared/kernel/time.ts";

const queueClass = defineQueueClass({ name: "quick", promise: "p" });
const jobWith = (name: string, tags: readonly string[]) =>
	defineJob({
		name,
		description: "d",
		queueClass,
		input: z.unknown(),
		output: z.unknown(),
		resultCache: { seconds: 60, tags },
	});
const jobs = [
	jobWith("a", ["pipeline:{input.id}", "all"]),
	jobWith("b", ["{tenant}/{input.repo}@{input.branch}", "a.c:{input.x}:aa"]),
];

function setup() {
	const renewed: unknown[] = [];
	const clock = { now: () => epochMs(1_795_165_200_000), sleep: async () => {} };
	const cache = { renew: async (...call: unknown[]) => void renewed.push(call) };
	return {
		renewed,
		invalidate: (tags: readonly string[]) => invalidateTags({ catalogue: { jobs }, clock, cache }, tags),
	};
}

it("gives each tag another version once, which is remembered for 30 days", async () => {
	const { renewed, invalidate } = setup();
	await invalidate(["pipeline:7", "all", "pipeline:7"]);
	expect(renewed).toEqual([[["tag#pipeline:7", "tag#all"], 1_795_165_200_000, 1_797_757_200]]);
});

it.each(["pipeline:", "all", "acme/web@main", "/@", "a/b/c@d@e", "a.c::aa", "a.c:a:aa"])("knows %s", async (tag) => {
	const { renewed, invalidate } = setup();
	await invalidate([tag]);
	expect(renewed).toHaveLength(1);
});

it.each([
	["pipline:7"],
	["pipeline"],
	["ALL"],
	["all "],
	["@/"],
	["a.c:aa"],
	["abc:1:aa"],
	[""],
	["pipeline:\uD800"],
	[7],
	[null],
])("refuses %o, and invalidates nothing", async (tag) => {
	const { renewed, invalidate } = setup();
	await expect(invalidate(["all", tag as string])).rejects.toMatchObject({
		code: "unknown-cache-tag",
		message: expect.stringContaining("Declared are: a.c:{input.x}:aa, all, pipeline:{input.id}, {tenant}/"),
	});
	expect(renewed).toEqual([]);
});

it("says so where no job declares any", async () => {
	const parts = { catalogue: { jobs: [] }, clock: { now: () => epochMs(0), sleep: async () => {} } };
	const cache = { renew: async () => {} };
	await expect(invalidateTags({ ...parts, cache }, ["all"])).rejects.toThrow(
		'No job caches its results under "all". No job declares any.',
	);
});
