/** Profiles: what each makes of the catalogue's numbers, what they are warned of, and `millrace tune`. */
import { describe, expect, it } from "vitest";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { tune } from "../../shared/client/tune.ts";
import { defineBudget, defineQueueClass, defineWorkerGroup } from "../../shared/job/index.ts";
import { budgetWarnings, profileFlaw, sizesUnder } from "../../shared/job/profile.ts";
import { cliWorld } from "../support/cli-world.ts";
import { createMemoryMappingOperator } from "../support/memory-mapping-operator.ts";

const groups = [
	defineWorkerGroup({
		name: "free",
		queueClasses: [
			defineQueueClass({ name: "hot", promise: "p", maxConcurrency: 20, batchSize: 1 }),
			defineQueueClass({ name: "cold", promise: "p", maxConcurrency: 3, batchSize: 10 }),
		],
		runConcurrency: 5,
	}),
	defineWorkerGroup({
		name: "capped",
		queueClasses: [defineQueueClass({ name: "single", promise: "p", maxConcurrency: 10 })],
		concurrencyMax: 3,
	}),
];
const invocations = (profile: Parameters<typeof sizesUnder>[0]) =>
	Object.fromEntries(
		sizesUnder(profile, groups).flatMap(({ classes }) => classes.map((one) => [one.queueClass, one.invocations])),
	);

describe("a profile", () => {
	it("halves, keeps or doubles what the catalogue says, above AWS's minimum and below a cap", () => {
		expect(invocations("safe")).toEqual({ hot: 10, cold: 2, single: 4 });
		expect(invocations("balanced")).toEqual({ hot: 20, cold: 3, single: 4 });
		expect(invocations("fast")).toEqual({ hot: 40, cold: 6, single: 4 });
		expect(invocations({ custom: { cold: 50 } })).toEqual({ hot: 20, cold: 50, single: 4 });
	});

	it("counts the runs that may perform at once", () => {
		expect(sizesUnder("balanced", groups).map(({ group, invocations: all, runs }) => [group, all, runs])).toEqual([
			["free", 23, 35],
			["capped", 4, 3],
		]);
	});

	it.each([
		["turbo", 'a profile is safe, balanced, fast, or numbers for classes; got "turbo"'],
		[{ custom: { warm: 4 } }, 'there is no queue class "warm"; known: hot, cold, single'],
		[{ custom: { hot: 1 } }, "hot must be a whole number from 2 (AWS's own minimum) to 1000; got 1"],
		[{ custom: { hot: Number.NaN } }, "hot must be a whole number from 2 (AWS's own minimum) to 1000; got NaN"],
		[7, "a custom profile gives numbers for classes"],
	])("%j is refused", (profile, flaw) => {
		expect(profileFlaw(profile, groups)).toBe(flaw);
	});
});

describe("a budget", () => {
	const postgres = defineBudget({
		name: "postgres",
		max: 40,
		uses: [
			{ group: "free", perInvocation: 1 },
			{ group: "capped", perRun: 2 },
		],
	});

	it("that a profile may exceed is warned of, with who takes what", () => {
		expect(budgetWarnings(sizesUnder("balanced", groups), [postgres])).toEqual([]);
		expect(budgetWarnings(sizesUnder("fast", groups), [postgres])).toEqual([
			"postgres has 40 connections, and worker groups may ask for 52 (free up to 46, capped up to 6). Take a smaller profile, cap a group with concurrencyMax, or raise what postgres gives.",
		]);
	});

	it("of a group that is not there is a fault of the catalogue", () => {
		const budgets = [defineBudget({ name: "b", max: 1, uses: [{ group: "gone", perRun: 1 }] })];
		expect(() => defineCatalogue({ workerGroups: groups, jobs: [], budgets })).toThrow(
			"budget b: names no worker group of the catalogue: gone",
		);
	});

	it("is warned of when a platform is tuned beyond it; a dry run changes nothing", async () => {
		const mappings = createMemoryMappingOperator(["hot", "cold", "single"], () => 0);
		const queue = { url: "u", deadLetterUrl: "d" };
		const parts = {
			mappings,
			address: { table: "t", bucket: "b", queues: { hot: queue, cold: queue, single: queue } },
			catalogue: defineCatalogue({ workerGroups: groups, jobs: [], budgets: [postgres] }),
		};
		expect((await tune(parts, "fast", { dryRun: true })).warnings).toHaveLength(1);
		expect(await mappings.size("hot")).toEqual({ invocations: 10 });
		await tune(parts, "fast");
		expect(await mappings.size("hot")).toEqual({ invocations: 40, profile: "fast" });
		expect(await mappings.size("single")).toEqual({ invocations: 4, profile: "fast" });
	});
});

describe("millrace tune", () => {
	it("shows, sets and refuses", async () => {
		const { run } = cliWorld();
		expect((await run("tune")).out.split("\n")).toEqual([
			"queue  worker group  invocations  profile",
			"quick  office                 10  as deployed",
		]);
		expect((await run("tune", "safe")).out.split("\n")).toEqual([
			"Is now safe:",
			"queue  worker group  before  invocations",
			"quick  office            10            5",
		]);
		expect((await run("tune", "custom", "--set", "quick=7", "--json")).json).toMatchObject({
			profile: "custom",
			before: [{ queueClass: "quick", invocations: 5, profile: "safe" }],
			sizes: [{ classes: [{ queueClass: "quick", invocations: 7 }] }],
		});
		expect((await run("tune", "turbo")).err).toMatch(
			/error profile-invalid: The profile can't be taken: a profile is safe, balanced, fast/,
		);
		expect((await run("tune", "custom")).err).toMatch(/Say which classes/);
		expect((await run("tune", "fast", "--set", "quick=7")).err).toMatch(/--set belongs to/);
	});
});
