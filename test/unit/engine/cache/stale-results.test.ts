/** The whole engine on memory adapters: results that are no longer true are given to nobody. */
import { describe, expect, it } from "vitest";
import { JobError } from "../../../../shared/job/index.ts";
import { MillraceError } from "../../../../shared/kernel/errors.ts";
import { epochSeconds } from "../../../../shared/kernel/time.ts";
import type { ResultCache } from "../../../../shared/ports/result-cache.ts";
import { cachedRun, cachedWorld } from "../../../support/cached-world.ts";
import { engineWorld, type Work } from "../../../support/engine-world.ts";

describe("what is no longer true is given to nobody", () => {
	const otherJob: Work = async (_, context) => context.invalidateCache(["n:1"]);

	it("after a job has invalidated its tag, which holds although the job then fails", async () => {
		let nth = 0;
		const world = engineWorld(async (input, context) => {
			if (context.job === "cached") return { nth: ++nth };
			await otherJob(input, context);
			throw new JobError("validation", "after the change");
		});
		for (const message of [
			cachedRun("a"),
			{ job: "work", input: { n: 0 }, id: "change" },
			cachedRun("b"),
			cachedRun("c"),
		]) {
			await world.send(message);
			await world.step();
		}
		expect(world.row("change")).toMatchObject({ state: "FAILURE" });
		expect(world.performed).toEqual(["a#1", "change#1", "b#1"]);
		expect(world.telemetry.named("cache.missed").map(({ why }) => why)).toEqual(["absent", "invalidated"]);
	});

	it("where the tag is invalidated while the result is computed, or between the result and its settle", async () => {
		let invalidate = true;
		const { world, ended } = cachedWorld(async (context) => {
			if (invalidate) await context.invalidateCache(["n:1"]);
			invalidate = false;
		});
		await ended(cachedRun("a"), cachedRun("b"), cachedRun("c"));
		expect(world.performed).toEqual(["a#1", "b#1"]);
		expect(world.row("c")).toMatchObject({ cachedFrom: "b" });
	});

	it("where an attempt goes on from a checkpoint of before the invalidation, over legs and attempts", async () => {
		const { world, ended } = cachedWorld(async (context) => {
			if (context.runId !== "a" || context.cursor !== undefined) return;
			await context.checkpoint({ half: "of before" });
			await world.cache.renew(["tag#everything"], world.clock.now(), epochSeconds(4_000_000_000));
			throw new JobError("database", "in the second half");
		});
		await world.send(cachedRun("a"));
		await world.drain();
		expect(world.performed).toEqual(["a#1", "a#2"]);
		expect(world.row("a")).toMatchObject({ state: "SUCCESS", attempts: 2 });
		await ended(cachedRun("b"));
		expect(world.performed).toEqual(["a#1", "a#2", "b#1"]);
	});

	it("keeps what went on from a checkpoint where nothing was invalidated", async () => {
		const { world, ended } = cachedWorld(async (context) => {
			if (context.runId !== "a" || context.cursor !== undefined) return;
			await context.checkpoint({ half: 1 });
			await world.clock.sleep(55_000);
			await context.checkpoint({ half: 2 });
		});
		await world.send(cachedRun("a"));
		await world.drain();
		expect(world.row("a")).toMatchObject({ state: "SUCCESS", leg: 2 });
		await ended(cachedRun("b"));
		expect(world.row("b")).toMatchObject({ cachedFrom: "a" });
	});

	it("where an attempt is given what an earlier one has kept by ctx.once", async () => {
		const { world, ended } = cachedWorld(async (context) => {
			await context.once("fetch", async () => "of before");
			if (context.runId === "a" && context.attempt === 1) throw new JobError("database", "later");
		});
		await world.send(cachedRun("a"));
		await world.drain();
		await ended(cachedRun("b"), cachedRun("c"));
		expect(world.performed).toEqual(["a#1", "a#2", "b#1"]);
		expect(world.row("c")).toMatchObject({ cachedFrom: "b" });
	});

	it("where what was kept by ctx.once has gone into a checkpoint that another attempt goes on from", async () => {
		const { world, ended } = cachedWorld(async (context) => {
			if (context.runId !== "a" || context.cursor !== undefined) return;
			const read = await context.once("fetch", async () => "of before");
			if (context.attempt === 1) throw new JobError("database", "later");
			await context.checkpoint({ read });
			throw new JobError("database", "later still");
		});
		await world.send(cachedRun("a"));
		await world.drain();
		expect(world.row("a")).toMatchObject({ state: "SUCCESS", attempts: 3 });
		await ended(cachedRun("b"));
		expect(world.performed).toEqual(["a#1", "a#2", "a#3", "b#1"]);
	});

	it("refuses a tag that no job declares, and fails the attempt for good", async () => {
		const world = engineWorld(async (_, context) => context.invalidateCache(["m:1"]));
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		await world.drain();
		expect(world.row("r")).toMatchObject({
			state: "FAILURE",
			error: { excType: "unknown-cache-tag", errorClass: "validation" },
		});
		expect(world.cache.calls.renew).toBe(0);
	});

	it("fails an attempt whose invalidation fails, which is tried again", async () => {
		const { world } = cachedWorld(async (context) => context.invalidateCache(["n:7"]));
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		const down: ResultCache = {
			...world.cache,
			renew: () => Promise.reject(new MillraceError("store-failed", "down")),
		};
		const received = await world.receive();
		await world.deliver(received, { cache: down });
		expect(world.row("r")).toMatchObject({ state: "RETRY", error: { excType: "store-failed" } });
	});
});
