/** The sweeper on memory adapters: what it leaves alone, what it repairs, and how one sweep goes on where another stopped. */
import { describe, expect, it } from "vitest";
import { runId } from "../../../../shared/kernel/ids.ts";
import { plusMs } from "../../../../shared/kernel/time.ts";
import type { PerformingRun } from "../../../../shared/ports/job-store.ts";
import { sweepWorld } from "../../../support/sweep-world.ts";

const minutes = 60_000;
const hours = 60 * minutes;

describe("a run that goes on", () => {
	it("while it performs is looked at once for each lease that may have been its last", async () => {
		const world = await sweepWorld();
		await world.put({});
		let looked = 0;
		for (let minute = 0; minute < 360; minute += 1) {
			await world.clock.advance(1 * minutes);
			const row = world.row("r-1") as PerformingRun;
			await world.store.beatMany([{ id: row.id, fence: row.fence, leaseUntil: plusMs(world.clock.now(), 75_000) }]);
			if (minute % 30 !== 29) continue;
			const report = await world.sweep();
			expect(report.findings).toEqual([]);
			looked += report.looked;
		}
		// By the sweeps of minute 90, 150, 210, 270 and 330; those in between come before a lease could be over for so long.
		expect(looked).toBe(5);
		expect(world.row("r-1")?.state).toBe("STARTED");
	});

	it("which has ended well is looked at once, and nothing is remembered of it", async () => {
		const world = await sweepWorld();
		world.mend();
		await world.send({ job: "work", input: { n: 1 }, id: "fine" });
		await world.step();
		await world.clock.advance(61 * minutes);
		expect(await world.sweep()).toMatchObject({ looked: 1, findings: [] });
		expect(world.sweeps.watched.size).toBe(0);
		await world.clock.advance(12 * hours);
		expect(await world.sweep()).toMatchObject({ looked: 0 });
	});

	it("no more is found by a platform's first sweep, days later", async () => {
		const world = await sweepWorld();
		await world.startAndLose("r-1");
		await world.clock.advance(4 * 24 * hours);
		expect(await world.sweep()).toMatchObject({ looked: 1, findings: [{ runId: "r-1", action: "suspected" }] });
		await world.clock.advance(30 * minutes);
		await world.sweep();
		expect(world.row("r-1")).toMatchObject({ state: "SKIPPED", generation: 1 });
	});

	it("after a redrive is found when that is lost", async () => {
		const world = await sweepWorld();
		world.fail();
		await world.send({ job: "work", input: { n: 1 }, id: "r-1" });
		await world.drain();
		expect(world.row("r-1")).toMatchObject({ state: "FAILURE", generation: 1 });
		await world.clock.advance(2 * hours);
		expect(await world.sweep()).toMatchObject({ looked: 1, findings: [] });
		await world.redriveAndLose();
		expect(world.row("r-1")).toMatchObject({ state: "STARTED", generation: 2 });
		for (let round = 0; round < 30; round++) {
			await world.clock.advance(30 * minutes);
			await world.sweep();
		}
		expect(world.row("r-1")).toMatchObject({ state: "SKIPPED", generation: 2 });
	});
});

describe("what a success enqueued", () => {
	it("is sent again when it never began, and only that", async () => {
		const world = await sweepWorld();
		await world.endWell("parent", ["f-1", "f-2"]);
		await world.endWell("f-2", []);
		await world.clock.advance(61 * minutes);
		expect(await world.sweep()).toMatchObject({ findings: [{ runId: "parent", action: "suspected" }] });
		await world.clock.advance(30 * minutes);
		expect(await world.sweep()).toMatchObject({ findings: [{ runId: "parent", action: "sent-again" }] });
		expect(world.queue.messages(world.main).map(({ body }) => JSON.parse(body).id)).toEqual(["f-1"]);

		await world.drain();
		expect(world.performed).toContain("after:f-1");
		await world.clock.advance(1 * hours);
		expect(await world.sweep()).toMatchObject({ findings: [] });
		expect(world.sweeps.watched.has(runId("parent"))).toBe(false);
	});

	it("is left while the queue holds messages: a backlog is no loss", async () => {
		const world = await sweepWorld();
		await world.endWell("parent", ["f-1"]);
		await world.send({ job: "after", id: "f-1" });
		await world.clock.advance(3 * hours);
		for (let round = 0; round < 10; round++) {
			await world.clock.advance(30 * minutes);
			await world.sweep();
		}
		expect(world.queue.messages(world.main)).toHaveLength(1);
	});
});
describe("a sweep", () => {
	it("that is dry tells and writes nothing, however often", async () => {
		const world = await sweepWorld();
		await world.startAndLose("r-1");
		await world.clock.advance(2 * hours);
		const rows = JSON.stringify([...world.store.rows]);
		for (let round = 0; round < 2; round++) {
			expect(await world.sweep({ dryRun: true })).toMatchObject({ dryRun: true, looked: 1, counts: { suspected: 1 } });
			expect([await world.sweeps.place(), world.sweeps.watched.size]).toEqual([undefined, 0]);
			await world.clock.advance(30 * minutes);
		}
		await world.sweep();
		await world.clock.advance(30 * minutes);
		expect(await world.sweep({ dryRun: true })).toMatchObject({ counts: { skipped: 1 } });
		expect(JSON.stringify([...world.store.rows])).toBe(rows);
	});

	it("that may not look at more goes on from there the next time", async () => {
		const world = await sweepWorld();
		for (let nth = 0; nth < 900; nth++) {
			await world.put({ id: runId(`r-${nth}`), startedAt: plusMs(world.clock.now(), nth) });
		}
		await world.clock.advance(2 * hours);
		expect(await world.sweep({ runsMax: 400 })).toMatchObject({ looked: 400, complete: false, behindSeconds: 3_600 });
		expect(await world.sweep({ endsAt: world.clock.now() })).toMatchObject({ looked: 0, complete: false });
		expect(await world.sweep()).toMatchObject({ looked: 500, complete: true, behindSeconds: 0 });
		expect(world.sweeps.watched.size).toBe(900);
	});

	it("begins with the rows of the last day, on a platform that never had one", async () => {
		const world = await sweepWorld();
		await world.put({ id: runId("old"), startedAt: plusMs(world.clock.now(), -24 * hours) });
		await world.clock.advance(30 * minutes);
		expect(await world.sweep()).toMatchObject({ looked: 1 });
	});

	it("goes on past a row that it can't read, and fails when it can read none", async () => {
		const world = await sweepWorld();
		for (let nth = 0; nth < 20; nth++) await world.put({ id: runId(`r-${nth}`) });
		await world.clock.advance(2 * hours);
		world.unreadable.add("r-7");
		expect(await world.sweep()).toMatchObject({ looked: 20, counts: { suspected: 19 } });
		expect(world.sweeps.watched.size).toBe(20);
		await world.clock.advance(30 * minutes);
		for (let nth = 0; nth < 20; nth++) world.unreadable.add(`r-${nth}`);
		await expect(world.sweep()).rejects.toMatchObject({ code: "store-failed" });
	});

	it("writes under the condition that the row is still the one that it saw", async () => {
		const world = await sweepWorld();
		await world.put({});
		await world.clock.advance(2 * hours);
		await world.sweep();
		await world.clock.advance(30 * minutes);
		world.beforeClaim = async () => {
			const row = world.row("r-1") as PerformingRun;
			await world.store.beatMany([{ id: row.id, fence: row.fence, leaseUntil: plusMs(world.clock.now(), 75_000) }]);
		};
		expect(await world.sweep()).toMatchObject({ findings: [] });
		expect(world.row("r-1")?.state).toBe("STARTED");
		expect(world.sweeps.watched.get(runId("r-1"))).toEqual({ id: "r-1", lookAt: world.clock.now() });
	});

	it("beside another one does what one does", async () => {
		const world = await sweepWorld();
		for (let nth = 0; nth < 50; nth++) await world.put({ id: runId(`r-${nth}`) });
		await world.endWell("parent", ["f-1"]);
		await world.clock.advance(2 * hours);
		await Promise.all([world.sweep(), world.sweep()]);
		await world.clock.advance(30 * minutes);
		const [one, other] = await Promise.all([world.sweep(), world.sweep()]);
		expect(one.counts.skipped + other.counts.skipped).toBe(50);
		expect([...world.store.rows.values()].filter(({ state }) => state === "SKIPPED")).toHaveLength(50);
		expect(new Set(world.queue.messages(world.main).map(({ body }) => JSON.parse(body).id))).toEqual(new Set(["f-1"]));
	});
});
