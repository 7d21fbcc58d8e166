/** A queue in which schedules tick within the minute is empty for some seconds of it only: the deployed sweeper looks again for a minute. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import type { SweepReport } from "../../../../shared/engine/sweep/sweep-parts.ts";
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
	async function sweep(patienceMs: number, endsAt = epochMs(Number.POSITIVE_INFINITY)) {
		const begun = clock.now();
		let swept: { readonly report: SweepReport; readonly tookMs: number } | undefined;
		void world.sweep({ patienceMs, endsAt }).then((report) => (swept = { report, tookMs: clock.now() - begun }));
		for (;;) {
			await nextTurn();
			if (swept !== undefined) return swept;
			await clock.advance(1 * seconds);
			for (const { receiptHandle } of await world.receive()) await queue.remove(main, [receiptHandle]);
		}
	}
	return { world, tickIn, sweep };
}

it("suspects and ends a lost run once the tick has left the queue", async () => {
	const { world, tickIn, sweep } = await withLostRun();
	await tickIn(30);
	const first = await sweep(180 * seconds);
	expect(first).toMatchObject({ report: { looked: 1, counts: { suspected: 1, left: 0 } }, tookMs: 39 * seconds });
	await world.clock.advance(30 * minutes);
	await tickIn(10);
	const second = await sweep(180 * seconds);
	expect(second).toMatchObject({
		report: { looked: 1, counts: { skipped: 1, left: 0 }, findings: [{ runId: "r-1", action: "skipped" }] },
		tookMs: 13 * seconds,
	});
	expect(world.row("r-1")).toMatchObject({ state: "SKIPPED" });
});

it("leaves a run that goes on meanwhile", async () => {
	const { world, sweep } = await withLostRun();
	await world.queue.sendMany(world.main, [
		{ body: JSON.stringify({ job: "work", input: { n: 1 }, id: "r-1", attempt: 1 }) },
	]);
	world.mend();
	const swept = sweep(180 * seconds);
	await world.step();
	expect((await swept).report).toMatchObject({ looked: 1, counts: { suspected: 0, skipped: 0, left: 0 } });
});

it("looks five times, and leaves what is held still", async () => {
	const { tickIn, sweep } = await withLostRun();
	await tickIn(900);
	expect(await sweep(180 * seconds)).toMatchObject({
		report: { looked: 1, counts: { left: 1 }, findings: [{ runId: "r-1", action: "left" }] },
		tookMs: 52 * seconds,
	});
});

it.each([
	["without patience", 0, Number.POSITIVE_INFINITY, 1, 0],
	["longer than its patience", 30 * seconds, Number.POSITIVE_INFINITY, 1, 26],
	["up to its end", 180 * seconds, 20 * seconds, 1, 13],
	["for a queue at work", 180 * seconds, Number.POSITIVE_INFINITY, 21, 0],
])("does not wait %s", async (_, patienceMs, endsInMs, messages, tookSeconds) => {
	const { world, tickIn, sweep } = await withLostRun();
	for (let sent = 0; sent < messages; sent++) await tickIn(900);
	expect(await sweep(patienceMs, plusMs(world.clock.now(), endsInMs))).toMatchObject({
		report: { counts: { left: 1 } },
		tookMs: tookSeconds * seconds,
	});
});

it("waits for nothing where nothing is overdue", async () => {
	const { world, tickIn, sweep } = await withLostRun();
	await sweep(0);
	await world.clock.advance(30 * minutes);
	await sweep(0);
	await tickIn(900);
	expect(await sweep(180 * seconds)).toMatchObject({ report: { counts: { left: 0 } }, tookMs: 0 });
});
