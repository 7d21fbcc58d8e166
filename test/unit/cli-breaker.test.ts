import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { createOperator } from "../../shared/client/operator.ts";
import { defineJob, defineQueueClass, defineWorkerGroup } from "../../shared/job/index.ts";
import { epochMs } from "../../shared/kernel/time.ts";
import { cliWorld } from "../support/cli-world.ts";

/** 2026-11-20T09:00:00.000Z */
const NINE = 1_795_165_200_000;
const open = {
	open: true,
	revision: 1,
	since: epochMs(NINE),
	because: "ApiError: 503\u001B[2J from billing",
	openSeconds: 30,
	nextProbeAt: epochMs(NINE + 30_000),
	probes: 1,
	probing: false,
} as const;

function openWorld() {
	const world = cliWorld();
	world.nowMs = NINE;
	return world;
}

describe("millrace breaker", () => {
	it("shows one that is closed, one that is open, and why", async () => {
		const world = openWorld();
		expect((await world.run("breaker", "quick")).out).toBe("quick: closed");
		await world.breakers.change("quick", open);
		expect((await world.run("breaker", "quick")).out).toBe(
			"quick: open since 2026-11-20T09:00:00.000Z, next try 2026-11-20T09:00:30.000Z: ApiError: 503\\u001b[2J from billing",
		);
		expect((await world.run("breaker", "quick", "--json")).json).toEqual({
			queue: "quick",
			state: "open",
			openSince: "2026-11-20T09:00:00.000Z",
			because: "ApiError: 503\u001B[2J from billing",
			nextProbeAt: "2026-11-20T09:00:30.000Z",
		});
	});

	it("opens one for as long as is said, ten minutes otherwise, and closes it", async () => {
		const world = openWorld();
		expect((await world.run("breaker", "quick", "--open")).out).toBe(
			"quick: open since 2026-11-20T09:00:00.000Z, next try 2026-11-20T09:10:00.000Z: opened by an operator",
		);
		const hour = await world.run("breaker", "quick", "--open", "3600", "--reason", "warehouse is down", "--json");
		expect(hour.json).toMatchObject({ nextProbeAt: "2026-11-20T10:00:00.000Z", because: "warehouse is down" });
		expect(world.breakers.states.get("quick")?.circuit).toMatchObject({ revision: 2, openSeconds: 30, probes: 1 });
		expect((await world.run("breaker", "quick", "--close")).out).toBe("quick: closed");
		expect((await world.run("breaker", "quick", "--close")).out).toBe("quick: closed");
		expect(world.breakers.states.get("quick")?.circuit).toMatchObject({ open: false, revision: 3 });
	});

	it("is shown among the queues, which a store that fails does not hide", async () => {
		const world = openWorld();
		await world.breakers.change("quick", open);
		const shown = await world.run("queues");
		expect(shown.out).toContain(
			"active, breaker open since 2026-11-20T09:00:00.000Z, next try 2026-11-20T09:00:30.000Z",
		);
		expect((await world.run("queues", "--json")).json).toMatchObject({
			queues: [
				{ queue: "old", breaker: { state: "closed" } },
				{ queue: "quick", state: "active", breaker: { state: "open", nextProbeAt: "2026-11-20T09:00:30.000Z" } },
			],
		});
		world.storeFails = true;
		const unknown = await world.run("queues", "--json");
		expect(unknown.code).toBe(0);
		expect(unknown.json).toMatchObject({ queues: [{ breaker: null }, { breaker: null }] });
		expect(unknown.err).toContain("hint: whose breaker is open is not known: no such table");
	});

	it.each([
		[["breaker", "quick", "--open", "soon"], 'error usage: --open must be a whole number from 1 to 86400; got "soon".'],
		[["breaker", "quick", "--open", "0"], 'error usage: --open must be a whole number from 1 to 86400; got "0".'],
		[
			["breaker", "quick", "--open", "86401"],
			'error usage: --open must be a whole number from 1 to 86400; got "86401".',
		],
		[["breaker", "quick", "--open", "--close"], "error usage: Either --open or --close"],
		[["breaker", "quick", "--reason", "why"], "error usage: --reason goes with --open"],
		[["breaker", "quik"], "error queue-class-not-found"],
	])("refuses %o", async (args, error) => {
		const ran = await openWorld().run(...args);
		expect(ran.code).toBe(2);
		expect(ran.err).toContain(error);
	});

	it("says at `call --wait` that it is open", async () => {
		const world = openWorld();
		await world.run("breaker", "quick", "--open", "60", "--reason", "warehouse is down");
		const ran = await world.run("call", "nightly_report", "--id", "r-1", "--wait", "--timeout", "1");
		expect(ran.err.split("\n").slice(0, 3)).toEqual([
			"target: memory",
			"enqueued: r-1",
			"hint: the breaker of queue quick is open since 2026-11-20T09:00:00.000Z, next try 2026-11-20T09:01:00.000Z: warehouse is down; its runs may wait for that, or until `millrace breaker quick --close`",
		]);
		await world.run("breaker", "quick", "--close");
		expect((await world.run("call", "nightly_report", "--id", "r-2", "--wait", "--timeout", "1")).err).not.toContain(
			"hint:",
		);
	});

	it("says that a class has none", async () => {
		const world = openWorld();
		const queueClass = defineQueueClass({ name: "quick", promise: "p", breaker: false });
		world.catalogue = defineCatalogue({
			workerGroups: [defineWorkerGroup({ name: "office", queueClasses: [queueClass] })],
			jobs: [defineJob({ name: "check", description: "d", queueClass, input: z.unknown(), output: z.unknown() })],
		});
		expect((await world.run("breaker", "quick")).out).toBe("quick: off");
		const refused = await world.run("breaker", "quick", "--open");
		expect(refused.code).toBe(2);
		expect(refused.err).toContain("`breaker: false`");
	});
});

it("lets a program open a breaker beside workers that change it", async () => {
	const world = openWorld();
	const { breakers } = world;
	let raced = 0;
	const operator = createOperator({
		...({} as Parameters<typeof createOperator>[0]),
		catalogue: world.catalogue,
		clock: { now: () => epochMs(NINE + 5_000), sleep: async () => {} },
		breakers: {
			...breakers,
			async change(queueClass, circuit) {
				if (raced++ === 0) await breakers.change(queueClass, open);
				return breakers.change(queueClass, circuit);
			},
		},
	});
	expect(await operator.openBreaker("quick", { seconds: 60, reason: "maintenance" })).toEqual({
		queue: "quick",
		state: "open",
		openSince: "2026-11-20T09:00:05.000Z",
		because: "maintenance",
		nextProbeAt: "2026-11-20T09:01:05.000Z",
	});
});
