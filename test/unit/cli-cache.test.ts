import { expect, it } from "vitest";
import * as z from "zod/mini";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { cacheKeyOf } from "../../shared/engine/cache/cache-keys.ts";
import { defineJob, defineQueueClass, defineWorkerGroup } from "../../shared/job/index.ts";
import { runId } from "../../shared/kernel/ids.ts";
import { cliWorld } from "../support/cli-world.ts";
import { succeeded } from "../support/run-records.ts";

const queueClass = defineQueueClass({ name: "quick", promise: "p" });
const anything = { description: "d", queueClass, output: z.unknown() };
const metrics = defineJob({
	...anything,
	name: "metrics",
	input: z.strictObject({ repository_id: z.int(), days: z._default(z.int(), 30) }),
	resultCache: { seconds: 3600, tags: ["repository:{input.repository_id}", "github"] },
});
const plain = defineJob({ ...anything, name: "plain", input: z.unknown() });

function cachedWorld() {
	const world = cliWorld();
	world.catalogue = defineCatalogue({
		workerGroups: [defineWorkerGroup({ name: "office", queueClasses: [queueClass] })],
		jobs: [metrics, plain],
	});
	const renewed = async (tags: readonly string[]): Promise<readonly boolean[]> => {
		const [answer] = await world.cache.lookMany([{ key: "k", tags }]);
		return (answer?.versions ?? []).map((version) => version !== undefined);
	};
	return { world, renewed };
}

it("invalidates tags", async () => {
	const { world, renewed } = cachedWorld();
	const ran = await world.run("cache", "invalidate", "repository:7", "github");
	expect([ran.code, ran.out]).toEqual([0, "invalidated: repository:7, github"]);
	expect(await renewed(["tag#repository:7", "tag#github", "tag#repository:8"])).toEqual([true, true, false]);
	const json = await world.run("cache", "invalidate", "github", "--json");
	expect(json.json).toEqual({ invalidated: ["github"] });
});

it("clears a job, and one input as its schema reads it", async () => {
	const { world, renewed } = cachedWorld();
	const whole = await world.run("cache", "clear", "metrics", "--json");
	expect([whole.code, whole.json]).toEqual([0, { cleared: { job: "metrics" } }]);
	const one = await world.run("cache", "clear", "metrics", "--input", '{"repository_id":7}', "--tenant", "acme");
	expect([one.code, one.out]).toEqual([0, "cleared: metrics, one input"]);
	const input = { days: 30, repository_id: 7 };
	const keys = ["acme", "other"].map((tenant) => `key#${cacheKeyOf(metrics, { sent: input, input, tenant })}`);
	expect(await renewed(["job#metrics", "job#plain", ...keys])).toEqual([true, false, true, false]);
});

it.each([
	[["cache", "invalidate", "repo:7"], "error unknown-cache-tag"],
	[["cache", "invalidate"], "error usage"],
	[["cache", "clear", "plain"], "error no-result-cache"],
	[["cache", "clear", "metrisc"], "error unknown-job"],
	[["cache", "clear", "metrics", "--input", '{"repository":7}'], "error invalid-input"],
	[["cache", "clear", "metrics", "--tenant", "acme"], "error usage"],
])("refuses %o, and takes nothing away", async (args, error) => {
	const { world } = cachedWorld();
	const ran = await world.run(...args);
	expect(ran.code).toBe(2);
	expect(ran.err).toContain(error);
	expect(world.cache.calls.renew).toBe(0);
});

it("shows of a run whose result it was given", async () => {
	const { world } = cachedWorld();
	const row = succeeded("[1]", { attempts: 0 });
	if (row.state !== "SUCCESS") throw new Error("it succeeded");
	world.records.set("r-1", { ...row, cachedFrom: runId("r-0") });
	expect((await world.run("status", "r-1")).out).toContain("cached    the result of r-0");
	expect((await world.run("status", "r-1", "--json")).json).toMatchObject({
		cached_from: "r-0",
		attempts: 0,
		result: [1],
	});
});
