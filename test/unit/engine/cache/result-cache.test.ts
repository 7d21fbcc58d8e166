/** The whole engine on memory adapters: runs that are given an earlier result, and what that costs. */
import { describe, expect, it } from "vitest";
import type { WorkerParts } from "../../../../shared/engine/worker-parts.ts";
import { JobError } from "../../../../shared/job/index.ts";
import { MillraceError } from "../../../../shared/kernel/errors.ts";
import type { ResultCache } from "../../../../shared/ports/result-cache.ts";
import { cachedRun, cachedWorld } from "../../../support/cached-world.ts";
import { after, engineWorld, main } from "../../../support/engine-world.ts";

const hour = 3_600_000;

describe("a run of the same job and input", () => {
	it("is given the earlier result inside the period, performs nothing and says whose it is", async () => {
		const { world, ended } = cachedWorld();
		await ended(cachedRun("a"), cachedRun("b", { input: { note: "none", n: 1 } }));
		expect(world.performed).toEqual(["a#1"]);
		expect(world.row("b")).toMatchObject({
			state: "SUCCESS",
			generation: 1,
			attempts: 0,
			result: { kind: "inline", json: '{"nth":1}' },
			followUps: [],
			cachedFrom: "a",
		});
		expect(world.row("a")).not.toHaveProperty("cachedFrom");
		expect(world.telemetry.named("cache.missed").map(({ runId, why }) => [runId, why])).toEqual([["a", "absent"]]);
		expect(world.telemetry.named("cache.hit")).toEqual([
			{ event: "cache.hit", runId: "b", job: "cached", attempt: 0, from: "a" },
		]);
		expect(world.telemetry.named("run.settled").map(({ runId, state }) => [runId, state])).toEqual([
			["a", "SUCCESS"],
			["b", "SUCCESS"],
		]);
	});

	it("performs again when the period is over, which begins with the end of the run", async () => {
		const { world, ended, result } = cachedWorld(() => world.clock.sleep(10_000));
		await ended(cachedRun("a"));
		await world.clock.advance(hour - 1);
		await ended(cachedRun("b"));
		await world.clock.advance(1);
		await ended(cachedRun("c"), cachedRun("d"));
		expect(world.performed).toEqual(["a#1", "c#1"]);
		expect(["b", "c", "d"].map(result)).toEqual([{ nth: 1 }, { nth: 2 }, { nth: 2 }]);
		expect(world.telemetry.named("cache.missed").map(({ why }) => why)).toEqual(["absent", "expired"]);
	});

	it("is told from another input, another tenant and none", async () => {
		const { world, ended } = cachedWorld();
		await ended(
			cachedRun("a"),
			cachedRun("other-input", { input: { n: 2 } }),
			cachedRun("north", { tenant: "north" }),
			cachedRun("south", { tenant: "south" }),
		);
		await ended(cachedRun("a2"), cachedRun("north2", { tenant: "north" }));
		expect(world.performed).toEqual(["a#1", "other-input#1", "north#1", "south#1"]);
		expect(world.row("a2")).toMatchObject({ cachedFrom: "a" });
		expect(world.row("north2")).toMatchObject({ cachedFrom: "north", tenant: "north" });
	});

	it("enqueues nothing again: that was an effect of the first run", async () => {
		const { world, ended } = cachedWorld(async (context) => void context.enqueue(after, 1, { key: "once" }));
		await ended(cachedRun("a"), cachedRun("b"), cachedRun("c"));
		await world.drain();
		expect(world.performed).toEqual(["a#1", expect.stringMatching(/^after:/)]);
	});

	it("is given a large result by its reference, which is read from nowhere", async () => {
		const world = engineWorld(async () => "x".repeat(9_000));
		await world.send(cachedRun("a"));
		await world.step();
		const blobs = { put: () => Promise.reject(new Error("no")), get: () => Promise.reject(new Error("no")) };
		await world.send(cachedRun("b"));
		await world.deliver(await world.receive(), { blobs });
		expect(world.row("b")).toMatchObject({ state: "SUCCESS", result: { kind: "blob", bytes: 9_002 }, cachedFrom: "a" });
		expect(world.performed).toEqual(["a#1"]);
	});

	it("is not given a failure", async () => {
		const { world, ended } = cachedWorld(async (_, nth) => {
			if (nth === 1) throw new JobError("validation", "no");
		});
		await ended(cachedRun("a"), cachedRun("b"));
		expect(world.row("a")).toMatchObject({ state: "FAILURE" });
		expect(world.performed).toEqual(["a#1", "b#1"]);
	});

	it("costs no turn of a rate limit and no slot", async () => {
		const { world } = cachedWorld();
		const messages = Array.from({ length: 5 }, (_, index) => cachedRun(`r${index}`, { job: "cached_alone" }));
		await world.send(messages[0] ?? {});
		await world.step();
		const takenBefore = world.limits.calls.take;
		await world.send(...messages.slice(1));
		await world.step();
		expect(world.performed).toEqual(["r0#1"]);
		expect(world.limits.calls.take).toBe(takenBefore);
		for (const index of [1, 2, 3, 4]) expect(world.row(`r${index}`)).toMatchObject({ cachedFrom: "r0" });
	});

	it("is given what was computed while it waited for its slot", async () => {
		const { world, result } = cachedWorld(() => world.clock.sleep(2_000));
		await world.send(...Array.from({ length: 4 }, (_, index) => cachedRun(`r${index}`, { job: "cached_alone" })));
		await world.drain();
		expect(world.performed).toEqual(["r0#1"]);
		expect(["r0", "r1", "r2", "r3"].map(result)).toEqual(Array.from({ length: 4 }, () => ({ nth: 1 })));
	});
});

describe("a look into the cache", () => {
	it("does not keep from performing a retry and a redrive of a run that had begun, whose results are then given", async () => {
		let failing = true;
		const { world, ended, result } = cachedWorld(async (context) => {
			if (context.runId === "a" && failing) throw new JobError("database", "not yet");
		});
		await ended(cachedRun("a"));
		// Meanwhile another run computes it.
		await ended(cachedRun("b"));
		await world.drain();
		expect(world.row("a")).toMatchObject({ state: "FAILURE", attempts: 3 });
		failing = false;
		await world.redrive();
		await world.drain();
		expect(world.performed).toEqual(["a#1", "b#1", "a#2", "a#3", "a#1"]);
		expect(world.row("a")).toMatchObject({ state: "SUCCESS", generation: 2, attempts: 1 });
		expect(["a", "b"].map(result)).toEqual([{ nth: 5 }, { nth: 2 }]);
		await ended(cachedRun("c"));
		expect(world.row("c")).toMatchObject({ cachedFrom: "a" });
		expect(world.telemetry.named("cache.missed").map(({ runId }) => runId)).toEqual(["a", "b"]);
	});

	it("does not keep from performing a run whose worker was lost, which takes its turn and its place", async () => {
		const { world, ended, result } = cachedWorld(async (_, nth) => {
			if (nth === 1) dying.kill();
		});
		const dying = world.mortalWorker();
		const alone = { job: "cached_alone", input: { n: 1 } };
		await world.send({ ...alone, id: "a" });
		void world.deliver(await world.receive(), dying.worker);
		while (!dying.dead) await world.clock.advance(1_000);
		// Its slot ends with its lease; another run of its input is performed, and comes to an end.
		await world.clock.advance(90_000);
		await ended({ ...alone, id: "b" });
		expect(result("b")).toEqual({ nth: 2 });
		await world.drain();
		expect(world.performed).toEqual(["a#1", "b#1", "a#2"]);
		expect(world.row("a")).toMatchObject({ state: "SUCCESS", attempts: 2, result: { json: '{"nth":3}' } });
		expect(world.row("a")).not.toHaveProperty("cachedFrom");
	});

	it("is not made for a further leg, which has work behind it", async () => {
		const { world, ended, result } = cachedWorld(async (context) => {
			if (context.runId !== "a" || context.cursor !== undefined) return;
			await world.clock.sleep(55_000);
			await context.checkpoint({ half: 1 });
		});
		await ended(cachedRun("a"));
		const furtherLeg = await world.receive();
		await ended(cachedRun("b"));
		expect(world.row("b")).toMatchObject({ state: "SUCCESS", attempts: 1 });
		const looks = world.cache.calls.lookMany;
		await world.deliver(furtherLeg);
		expect(world.performed).toEqual(["a#1", "b#1", "a#1"]);
		expect(["a", "b"].map(result)).toEqual([{ nth: 3 }, { nth: 2 }]);
		expect(world.cache.calls.lookMany).toBe(looks);
	});

	it("changes nothing that has ended: duplicates are acknowledged, however it ended", async () => {
		const { world, ended, result } = cachedWorld();
		await ended(cachedRun("a"), cachedRun("b"), cachedRun("b"), cachedRun("a"));
		expect(world.performed).toEqual(["a#1"]);
		expect(result("a")).toEqual({ nth: 1 });
		expect(world.row("b")).toMatchObject({ attempts: 0, cachedFrom: "a" });
		expect(world.telemetry.named("duplicate.acknowledged").map(({ runId }) => runId)).toEqual(["b", "a"]);
		expect(world.telemetry.named("cache.hit")).toHaveLength(1);
	});

	it("is not made for an expired run", async () => {
		const { world, ended } = cachedWorld();
		await ended(cachedRun("a"));
		await world.send(cachedRun("late", { expiresAt: "2026-11-20T09:00:30.000Z" }));
		await world.clock.advance(60_000);
		await world.step();
		expect(world.row("late")).toMatchObject({ state: "REVOKED", reason: "expired" });
		expect(world.cache.calls.lookMany).toBe(1);
	});
});

describe("a cache that fails", () => {
	const failing = (method: keyof ResultCache) => {
		const { world, result } = cachedWorld();
		const cache = {
			...world.cache,
			[method]: () => Promise.reject(new MillraceError("store-failed", `${method} fails`)),
		};
		const once = async (message: object, parts: Partial<WorkerParts>) => {
			await world.send(message);
			const received = await world.receive();
			const { keptMessageIds } = await world.deliver(received, parts);
			await world.queue.remove(
				main,
				received.map(({ receiptHandle }) => receiptHandle),
			);
			return keptMessageIds;
		};
		return { world, result, cache, once };
	};

	it("is a miss at the lookup, after which nothing is kept", async () => {
		const { world, cache, once, result } = failing("lookMany");
		await once(cachedRun("a"), {});
		expect(await once(cachedRun("b"), { cache })).toEqual([]);
		expect(result("b")).toEqual({ nth: 2 });
		expect(world.cache.calls.fill).toBe(1);
		expect(world.telemetry.named("cache.failed")).toEqual([
			{ event: "cache.failed", what: "lookup", why: "lookMany fails", runId: "b", job: "cached", attempt: 1 },
		]);
	});

	it("leaves a run as it was settled when it is not filled", async () => {
		const { world, cache, once, result } = failing("fill");
		expect(await once(cachedRun("a"), { cache })).toEqual([]);
		expect(result("a")).toEqual({ nth: 1 });
		expect(world.telemetry.named("cache.failed")).toMatchObject([{ what: "fill", why: "fill fails", runId: "a" }]);
		await once(cachedRun("b"), {});
		expect(result("b")).toEqual({ nth: 2 });
	});
});

describe("calls of the cache", () => {
	it("are none for a job without one, whatever becomes of its runs", async () => {
		const world = engineWorld(async (_, { runId }) => {
			if (runId === "failing") throw new JobError("database", "no");
		});
		await world.send(
			...["a", "b", "failing"].map((id) => ({ job: "work", input: { n: 1 }, id })),
			{ job: "limited", id: "l", input: 1 },
			{ job: "long", id: "long", input: 1 },
		);
		await world.drain();
		expect(world.cache.calls).toEqual({ lookMany: 0, fill: 0, renew: 0 });
	});

	it("are one look for a batch, a fill for each that performed, and no settle for a hit", async () => {
		const { world } = cachedWorld();
		const tenRuns = (name: string) =>
			Array.from({ length: 10 }, (_, n) => ({ job: "cached", input: { n }, id: `${name}${n}` }));
		await world.send(...tenRuns("a"));
		await world.step();
		expect(world.cache.calls).toEqual({ lookMany: 1, fill: 10, renew: 0 });
		const { claimMany, settleMany } = world.calls;
		await world.send(...tenRuns("b"));
		await world.step();
		expect(world.cache.calls).toEqual({ lookMany: 2, fill: 10, renew: 0 });
		expect([world.calls.claimMany - claimMany, world.calls.settleMany - settleMany]).toEqual([1, 0]);
		expect(world.performed).toHaveLength(10);
	});
});
