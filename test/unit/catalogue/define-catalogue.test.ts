import { describe, expect, expectTypeOf, it } from "vitest";
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import {
	defineJob,
	defineQueueClass,
	defineWorkerGroup,
	type ImplementationsFor,
	retryPolicy,
} from "../../../shared/job/index.ts";
import { MillraceError } from "../../../shared/kernel/errors.ts";

const fast = defineQueueClass({ name: "fast", promise: "p" });
const bulk = defineQueueClass({ name: "bulk", promise: "p" });
const workers = defineWorkerGroup({ name: "workers", queueClasses: [fast] });
const heavy = defineWorkerGroup({ name: "heavy", queueClasses: [bulk] });
const schemas = { description: "d", input: z.strictObject({ n: z.number() }), output: z.string() };
const send = defineJob({ ...schemas, name: "send", aliases: ["send_old"], queueClass: fast, enqueues: ["pack"] });
const pack = defineJob({ ...schemas, name: "pack", queueClass: bulk });

function faultsOf(make: () => unknown): string {
	try {
		make();
	} catch (error) {
		if (error instanceof MillraceError && error.code === "catalogue-invalid") return error.message;
		throw error;
	}
	return "none";
}

describe("defineCatalogue", () => {
	it("finds jobs by name and alias, and the group of a class", () => {
		const catalogue = defineCatalogue({ workerGroups: [workers, heavy], jobs: [send, pack] });
		expect(catalogue.findJob("send_old")).toBe(send);
		expect(catalogue.findJob("toString")).toBeUndefined();
		expect(catalogue.groupOf("bulk")).toBe(heavy);
		expect(catalogue.queueClasses).toEqual([fast, bulk]);
	});

	it("reports every fault at once, each with its subject, value and range", () => {
		const message = faultsOf(() =>
			defineCatalogue({
				workerGroups: [
					defineWorkerGroup({
						name: "Workers",
						queueClasses: [defineQueueClass({ name: "fast", promise: "p", maxConcurrency: 1, batchSize: 20 })],
						timeoutSeconds: 901,
					}),
					defineWorkerGroup({ name: "other", queueClasses: [fast] }),
				],
				jobs: [
					defineJob({
						...schemas,
						name: "9lives",
						queueClass: bulk,
						enqueues: ["nobody"],
						retry: retryPolicy({ retriesMax: -1, capSeconds: 5 }),
					}),
					defineJob({ ...schemas, name: "twin", queueClass: fast }),
					defineJob({ ...schemas, name: "sister", aliases: ["twin"], queueClass: fast }),
				],
			}),
		);
		for (const line of [
			"queue class fast: must feed exactly one worker group; it feeds Workers, other",
			'worker group Workers: name must be 1–40 lower-case letters, digits and hyphens, a letter first; got "Workers"',
			"worker group Workers: timeoutSeconds must be a whole number from 10 to 900; got 901",
			'job 9lives: name must be 1–100 letters, digits, "_", "-" or ".", a letter first; got "9lives"',
			'job 9lives: queue class "bulk" feeds no worker group; known: fast',
			"job 9lives: enqueues names no job of the catalogue: nobody",
			"job 9lives: retry.retriesMax must be a whole number from 0 to 100; got -1",
			"job 9lives: retry.capSeconds must be from retry.delaySeconds (60) to 86400; got 5",
			"job twin: names and aliases are unique over all jobs; also used elsewhere: twin",
		]) {
			expect(message).toContain(`- ${line}`);
		}
	});

	it("refuses a group whose queue addresses would not fit its function's environment", () => {
		const classes = Array.from({ length: 11 }, (_, index) => defineQueueClass({ name: `q${index}`, promise: "p" }));
		const fits = classes.slice(0, 10);
		const withClasses = (queueClasses: typeof classes) =>
			faultsOf(() => defineCatalogue({ workerGroups: [defineWorkerGroup({ name: "w", queueClasses })], jobs: [] }));
		expect(withClasses(fits)).toBe("none");
		expect(withClasses(classes)).toContain("at most 10 queue classes");
	});

	it("refuses time limits that can't be met, with the numbers", () => {
		const withLimits = (softSeconds: number, hardSeconds: number, timeoutSeconds = 900, checkpoints = false) =>
			faultsOf(() =>
				defineCatalogue({
					workerGroups: [defineWorkerGroup({ name: "w", queueClasses: [fast], timeoutSeconds })],
					jobs: [
						defineJob({
							...schemas,
							name: "slow",
							queueClass: fast,
							timeLimits: { softSeconds, hardSeconds },
							checkpoints,
						}),
					],
				}),
			);
		expect(withLimits(3_300, 3_600, 900, true)).toBe("none");
		expect(withLimits(800, 897)).toBe("none");
		expect(withLimits(3_300, 3_600)).toContain(
			"job slow: timeLimits.hardSeconds 3600 can't be met: without checkpoints an attempt is one leg, and a leg of its worker group ends after 897 s.",
		);
		expect(withLimits(60, 60)).toContain(
			"job slow: timeLimits must be from 1 s to 86400 s, soft below hard; got soft 60 and hard 60",
		);
		expect(withLimits(1, 86_401, 900, true)).toContain("got soft 1 and hard 86401");
	});

	it("refuses numbers that AWS would refuse at deploy", () => {
		const withClass = (options: object) =>
			faultsOf(() =>
				defineCatalogue({
					workerGroups: [
						defineWorkerGroup({ name: "w", queueClasses: [defineQueueClass({ name: "q", promise: "p", ...options })] }),
					],
					jobs: [],
				}),
			);
		expect(withClass({ maxConcurrency: 1 })).toContain("maxConcurrency must be a whole number from 2 to 1000; got 1");
		expect(withClass({ batchSize: 11 })).toContain(
			"batchSize 11 is above 10 and so needs a batchWindowSeconds of at least 1; got 0",
		);
		expect(withClass({ batchSize: 11, batchWindowSeconds: 1 })).toBe("none");
		expect(withClass({ batchWindowSeconds: 301 })).toContain("from 0 to 300; got 301");
	});
});

it("knows at compile time which implementations a group needs", () => {
	const catalogue = defineCatalogue({ workerGroups: [workers, heavy], jobs: [send, pack] });
	expectTypeOf<keyof ImplementationsFor<typeof catalogue, "workers">>().toEqualTypeOf<"send">();
	expectTypeOf<keyof ImplementationsFor<typeof catalogue, "heavy">>().toEqualTypeOf<"pack">();
	expectTypeOf<Parameters<ImplementationsFor<typeof catalogue, "workers">["send"]>[0]>().toEqualTypeOf<{ n: number }>();
	// @ts-expect-error a group's job without an implementation does not compile
	const missing: ImplementationsFor<typeof catalogue, "workers"> = {};
	// @ts-expect-error an implementation without a job does not compile
	const extra: ImplementationsFor<typeof catalogue, "workers"> = { send: async () => "x", nobody: async () => "x" };
	expect([missing, extra]).toHaveLength(2);
});
