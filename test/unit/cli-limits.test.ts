import { expect, it } from "vitest";
import * as z from "zod/mini";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { defineJob, defineQueueClass, defineWorkerGroup, rateLimit } from "../../shared/job/index.ts";
import { cliWorld } from "../support/cli-world.ts";

const queueClass = defineQueueClass({ name: "quick", promise: "p" });
const anything = { description: "d", queueClass, input: z.unknown(), output: z.unknown() };

function limitedWorld() {
	const world = cliWorld();
	world.catalogue = defineCatalogue({
		workerGroups: [defineWorkerGroup({ name: "office", queueClasses: [queueClass] })],
		jobs: [
			defineJob({ ...anything, name: "check", rateLimit: rateLimit("15/s") }),
			defineJob({ ...anything, name: "charge", rateLimit: rateLimit("100/m", { burst: 5, per: "tenant" }) }),
		],
	});
	return world;
}

it("lists limiters, also without saying so", async () => {
	const ran = await limitedWorld().run("limits");
	expect(ran.code).toBe(0);
	expect(ran.out.split("\n")).toEqual([
		"limiter  rate             declared         set  per     waiting  jobs",
		"charge   100/m, burst 5   100/m, burst 5        tenant           charge",
		"check    15/s, burst 2.5  15/s, burst 2.5               0        check",
	]);
});

it("sets, multiplies and restores a rate, and shows how it then stands", async () => {
	const world = limitedWorld();
	const set = await world.run("limits", "set", "check", "50/s", "--burst", "10");
	expect(set.out).toContain("50/s, burst 10  15/s, burst 2.5  50/s, burst 10");
	const halved = await world.run("limits", "factor", "charge#north", "0.5");
	expect(halved.out).toContain("charge#north  50/m, burst 3  100/m, burst 5  x 0.5  tenant        0  charge");
	const restored = await world.run("limits", "restore", "check", "--json");
	expect(restored.json).toMatchObject({ limits: [{ limiter: "check", override: null, rate: { count: 15 } }] });
});

it.each([
	[["limits", "set", "chekc", "1/s"], "error unknown-limiter"],
	[["limits", "set", "check", "fast"], "error rate-invalid"],
	[["limits", "set", "check", "1/s", "--burst", "many"], "error usage"],
	[["limits", "factor", "check", "half"], 'error usage: FACTOR must be a number above 0; got "half".'],
])("refuses %o", async (args, error) => {
	const ran = await limitedWorld().run(...args);
	expect(ran.code).toBe(2);
	expect(ran.err).toContain(error);
});
