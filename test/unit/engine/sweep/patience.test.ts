/** A queue in which schedules tick within the minute is empty for some seconds of it only: the deployed sweeper looks again for a minute. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import type { SweepReport } from "../../../../shared/engine/sweep/sweep-parts.ts";
import { runId } from "../../../../shared/kernel/ids.ts";
import { epochMs, plusMs } from "../../../../shared/kernel/time.ts";
import { sweepWorld } from "../../../support/sweep-world.ts";

const seconds = 1_000;
const minutes = 60 * seconds;
const hours = 60 * minutes;

async function withLostRun() {
	const world = await sweepWorld();
	await world.startAndLose("r-1");
	await world.clock.advance(2 * hours);
	const { clock, queue, main } = world;
	const tickIn = (delaySeconds: number) => queue.sendMany(main, [{ body: "{}", delaySeconds }]);
	/** Sweeps while time passes; what lies in the queue is taken as soon as it can be. */
	async function sweep(patienceMs: number, endsAt = epochMs(Number.POSITIVE_INFINITY), dryRun = false) {
		const begun = clock.now();
		let swept: { readonly report: SweepReport; readonly tookMs: number } | undefined;
		void world
			.sweep({ patienceMs, endsAt, dryRun })
			.then((report) => (swept = { report, tookMs: clock.now() - begun }));
		for (;;) {
			await nextTurn();
			if (swept !== undefined) return swept;
			await clock.advance(1 * seconds);
			for (const { receiptHandle } of await world.receive()) await queue.remove(main, [receiptHandle]);
		}
	}
	return { world, tickIn, sweep };
}

/** Waits are between 7 and 19 s. */
const between = (fromSeconds: number, toSeconds: number) => ({
	asymmetricMatch: (ms: number) => ms >= fromSeconds * seconds && ms <= toSeconds * seconds,
});

it("suspects and ends a lost run once the tick has left the queue", async () => {
	const { world, tickIn, sweep } = await withLostRun();
	await tickIn(30);
	const first = await sweep(180 * seconds);
	expect(first).toMatchObject({ report: { looked: 1, counts: { suspected: 1, left: 0 } }, tookMs: between(30, 49) });
	await world.clock.advance(30 * minutes);
	await tickIn(30);
	const second = await sweep(180 * seconds);
	expect(second).toMatchObject({
		report: { looked: 1, counts: { skipped: 1, left: 0 }, findings: [{ runId: "r-1", action: "skipped" }] },
		tookMs: between(30, 49),
	});
	expect(world.row("r-1")).toMatchObject({ state: "SKIPPED" });
});

it("waits differently each time: ticks come at the same seconds", async () => {
	const { world, tickIn, sweep } = await withLostRun();
	await tickIn(900);
	const first = await sweep(180 * seconds);
	await world.clock.advance(2 * hours);
	await tickIn(900);
	const second = await sweep(180 * seconds);
	expect(first.tookMs % seconds).not.toBe(second.tookMs % seconds);
});

it("leaves a run that goes on meanwhile, and does not remember it", async () => {
	const { world } = await withLostRun();
	await world.send({ job: "work", input: { n: 1 }, id: "r-1", attempt: 1 });
	world.mend();
	const swept = world.sweep({ patienceMs: 180 * seconds });
	await world.clock.advance(1 * seconds);
	expect(world.sweeps.watched.size).toBe(1);
	await world.step();
	await world.clock.advance(1 * minutes);
	expect(await swept).toMatchObject({ looked: 1, counts: { suspected: 0, skipped: 0, left: 0 } });
	expect(world.row("r-1")).toMatchObject({ state: "SUCCESS" });
	expect(world.sweeps.watched.size).toBe(0);
});

it("looks five times, and leaves what is held still", async () => {
	const { tickIn, sweep } = await withLostRun();
	await tickIn(900);
	expect(await sweep(180 * seconds)).toMatchObject({
		report: { looked: 1, counts: { left: 1 }, findings: [{ runId: "r-1", action: "left" }] },
		tookMs: between(28, 76),
	});
});

it("looks again at those alone that a few messages may carry, and tells of each once", async () => {
	const { world, tickIn, sweep } = await withLostRun();
	await world.put({ id: runId("elsewhere"), job: "other" });
	await world.put({ id: runId("unknown"), job: "gone" });
	await world.clock.advance(2 * hours);
	await tickIn(30);
	const asked: string[][] = [];
	const { getMany } = world.store;
	world.store.getMany = (ids) => {
		asked.push([...ids]);
		return getMany(ids);
	};
	const { report } = await sweep(180 * seconds);
	expect(report.findings.map(({ runId: id, action }) => [id, action]).toSorted()).toEqual([
		["elsewhere", "suspected"],
		["r-1", "suspected"],
		["unknown", "left"],
	]);
	expect(report.counts).toMatchObject({ suspected: 2, left: 1 });
	expect(new Set(asked.slice(1).flat())).toEqual(new Set(["r-1"]));
	expect(asked.length).toBeGreaterThan(1);
});

it("writes nothing by a dry run", async () => {
	const { world, tickIn, sweep } = await withLostRun();
	await tickIn(30);
	const { report } = await sweep(180 * seconds, undefined, true);
	expect(report).toMatchObject({ dryRun: true, counts: { suspected: 1 } });
	expect(world.sweeps.watched.size).toBe(0);
});

it.each<[string, (world: Awaited<ReturnType<typeof sweepWorld>>) => void]>([
	["of a paused class", (world) => (world.feeding = "paused")],
	["that a schedule brings back", (world) => world.scheduled.add("r-1")],
])("does not wait for a run %s", async (_, held) => {
	const { world, sweep } = await withLostRun();
	await sweep(0);
	await world.clock.advance(30 * minutes);
	held(world);
	expect(await sweep(180 * seconds)).toMatchObject({ report: { counts: { left: 1 } }, tookMs: 0 });
});

it.each([
	["without patience", 0, Number.POSITIVE_INFINITY, 1, 0],
	["longer than its patience", 30 * seconds, Number.POSITIVE_INFINITY, 1, 30],
	["up to its end", 180 * seconds, 20 * seconds, 1, 20],
	["for a queue at work", 180 * seconds, Number.POSITIVE_INFINITY, 21, 0],
])("does not wait %s", async (_, patienceMs, endsInMs, messages, tookSecondsMax) => {
	const { world, tickIn, sweep } = await withLostRun();
	for (let sent = 0; sent < messages; sent++) await tickIn(900);
	expect(await sweep(patienceMs, plusMs(world.clock.now(), endsInMs))).toMatchObject({
		report: { counts: { left: 1 } },
		tookMs: between(tookSecondsMax === 0 ? 0 : 7, tookSecondsMax),
	});
});

it("waits for as many as 20 messages", async () => {
	const { tickIn, sweep } = await withLostRun();
	for (let sent = 0; sent < 20; sent++) await tickIn(900);
	expect(await sweep(180 * seconds)).toMatchObject({ tookMs: between(28, 76) });
});

it("waits for nothing where nothing is overdue", async () => {
	const { world, tickIn, sweep } = await withLostRun();
	await sweep(0);
	await world.clock.advance(30 * minutes);
	await sweep(0);
	await tickIn(900);
	expect(await sweep(180 * seconds)).toMatchObject({ report: { counts: { left: 0 } }, tookMs: 0 });
});
