/** Runs whose message is gone: when the sweeper ends them, what it waits for, and what becomes of them if their message turns up. */
import { describe, expect, it } from "vitest";
import { runId } from "../../../../shared/kernel/ids.ts";
import { plusMs } from "../../../../shared/kernel/time.ts";
import type { PerformingRun } from "../../../../shared/ports/job-store.ts";
import { sweepWorld } from "../../../support/sweep-world.ts";

const minutes = 60_000;
const hours = 60 * minutes;

describe("a run whose worker died and whose message is gone", () => {
	it("is ended by the second sweep that finds it so, with what was found", async () => {
		const world = await sweepWorld();
		await world.startAndLose("r-1");
		const startedAt = world.clock.now();
		await world.clock.advance(61 * minutes);

		expect(await world.sweep()).toMatchObject({
			looked: 1,
			counts: { suspected: 1, skipped: 0 },
			findings: [{ runId: "r-1", job: "work", state: "STARTED", attempts: 1, action: "suspected" }],
			complete: true,
			behindSeconds: 0,
		});
		expect(world.row("r-1")?.state).toBe("STARTED");
		await world.clock.advance(30 * minutes);
		expect(await world.sweep()).toMatchObject({ looked: 1, counts: { suspected: 0, skipped: 1 } });

		const since = new Date(startedAt + 75_000).toISOString();
		expect(world.row("r-1")).toMatchObject({
			state: "SKIPPED",
			generation: 1,
			attempts: 1,
			reason: `lost: attempt 1 of 3 was performing, its lease over since ${since}, and no message carries the run`,
			found: { state: "STARTED", since: startedAt + 75_000, seenAt: startedAt + 61 * minutes },
			endedAt: startedAt + 91 * minutes,
		});
		expect(world.telemetry.named("run.settled")).toMatchObject([{ runId: "r-1", state: "SKIPPED" }]);
	});

	it("is not ended by two sweeps in quick succession", async () => {
		const world = await sweepWorld();
		await world.startAndLose("r-1");
		await world.clock.advance(2 * hours);
		await world.sweep();
		await world.clock.advance(14 * minutes);
		expect(await world.sweep()).toMatchObject({ looked: 0 });
		await world.clock.advance(1 * minutes);
		expect(await world.sweep()).toMatchObject({ counts: { skipped: 1 } });
	});

	it("ends REVOKED when an operator had wanted it to stop", async () => {
		const world = await sweepWorld();
		await world.startAndLose("r-1");
		await world.store.requestRevoke(world.row("r-1") as PerformingRun, "wrong customer");
		await world.clock.advance(2 * hours);
		await world.sweep();
		await world.clock.advance(30 * minutes);
		expect(await world.sweep()).toMatchObject({ counts: { revoked: 1 } });
		expect(world.row("r-1")).toMatchObject({ state: "REVOKED", reason: "wrong customer" });
	});

	it("is left as long as the queue holds any message, be it in flight or delayed", async () => {
		const world = await sweepWorld();
		await world.startAndLose("r-1");
		await world.clock.advance(2 * hours);
		await world.queue.sendMany(world.main, [{ body: "{}", delaySeconds: 900 }]);
		expect(await world.sweep()).toMatchObject({
			counts: { left: 1 },
			findings: [{ runId: "r-1", why: "the queue of standard holds 1 messages" }],
		});
		await world.clock.advance(30 * minutes);
		await world.receive();
		// Looked at again the later the longer it is overdue: after half of two hours.
		expect(await world.sweep()).toMatchObject({ looked: 0 });
		await world.clock.advance(30 * minutes);
		expect(await world.sweep()).toMatchObject({ counts: { left: 1, suspected: 0 } });
		expect(world.row("r-1")?.state).toBe("STARTED");
	});

	it("is looked at again after six hours, however long it had been overdue when it was left, and ended by the next sweep", async () => {
		const world = await sweepWorld();
		await world.startAndLose("r-1");
		await world.clock.advance(60 * hours);
		await world.send("{}");
		expect(await world.sweep()).toMatchObject({ counts: { left: 1 } });
		await world.queue.purge(world.main);
		await world.clock.advance(6 * hours - 1);
		expect(await world.sweep()).toMatchObject({ looked: 0 });
		await world.clock.advance(1);
		expect(await world.sweep()).toMatchObject({ counts: { suspected: 1 } });
		await world.clock.advance(30 * minutes);
		expect(await world.sweep()).toMatchObject({ counts: { skipped: 1 } });
	});

	it("has to be seen twice anew after the queue held a message in between", async () => {
		const world = await sweepWorld();
		await world.startAndLose("r-1");
		await world.clock.advance(2 * hours);
		expect(await world.sweep()).toMatchObject({ counts: { suspected: 1 } });
		await world.clock.advance(30 * minutes);
		await world.send("{}");
		expect(await world.sweep()).toMatchObject({ counts: { left: 1 } });
		await world.queue.purge(world.main);
		await world.clock.advance(2 * hours);
		expect(await world.sweep()).toMatchObject({ counts: { suspected: 1, skipped: 0 } });
	});

	it("is left while its class is paused", async () => {
		const world = await sweepWorld();
		await world.startAndLose("r-1");
		await world.clock.advance(2 * hours);
		world.feeding = "paused";
		expect(await world.sweep()).toMatchObject({
			counts: { left: 1 },
			findings: [{ why: "the class standard is paused" }],
		});
		await world.clock.advance(2 * hours);
		world.feeding = "active";
		expect(await world.sweep()).toMatchObject({ counts: { suspected: 1 } });
	});

	it("is left while a schedule waits for it, and no longer", async () => {
		const world = await sweepWorld();
		await world.startAndLose("r-1");
		await world.clock.advance(2 * hours);
		await world.sweep();
		await world.clock.advance(30 * minutes);
		world.scheduled.add("r-1");
		expect(await world.sweep()).toMatchObject({ counts: { left: 1 }, findings: [{ why: "a schedule waits for r-1" }] });
		world.scheduled.clear();
		await world.clock.advance(2 * hours);
		expect(await world.sweep()).toMatchObject({ counts: { suspected: 1 } });
	});

	it("is left when its schedule fires while the sweep asks for it", async () => {
		const world = await sweepWorld();
		const body = await world.startAndLose("r-1");
		await world.clock.advance(2 * hours);
		await world.sweep();
		await world.clock.advance(30 * minutes);
		world.scheduled.add("r-1");
		world.beforeWaits = async () => {
			world.scheduled.delete("r-1");
			await world.send(body);
		};
		expect(await world.sweep()).toMatchObject({ counts: { left: 1, skipped: 0 } });
	});

	it("has to be seen twice anew after another worker performed it in between, and died too", async () => {
		const world = await sweepWorld();
		const body = await world.startAndLose("r-1");
		await world.clock.advance(61 * minutes);
		expect(await world.sweep()).toMatchObject({ counts: { suspected: 1 } });
		await world.sendAndLose(body);
		expect(world.row("r-1")).toMatchObject({ attempts: 2 });
		await world.clock.advance(50 * minutes);
		expect(await world.sweep()).toMatchObject({ counts: { suspected: 1, skipped: 0 } });
		await world.clock.advance(30 * minutes);
		expect(await world.sweep()).toMatchObject({ counts: { skipped: 1 } });
	});

	it("is left when its job is in no catalogue any more", async () => {
		const world = await sweepWorld();
		await world.put({ job: "gone" });
		await world.clock.advance(2 * hours);
		expect(await world.sweep()).toMatchObject({
			counts: { left: 1 },
			findings: [{ why: "its job is not in the catalogue" }],
		});
	});

	it("is looked for in the queue of the class it came through", async () => {
		const world = await sweepWorld();
		await world.put({ queueClass: "elsewhere" });
		await world.clock.advance(2 * hours);
		await world.queue.sendMany({ queueClass: "elsewhere", queue: "main" }, [{ body: "{}" }]);
		expect(await world.sweep()).toMatchObject({ findings: [{ why: "the queue of elsewhere holds 1 messages" }] });
	});

	it.each([
		["is ended although a tick waits for it in the same queue", 1, 0, "SKIPPED"],
		["is left while the queue holds one message more than ticks that wait there", 2, 0, "STARTED"],
		[
			"is left where the tick that waited was not heard of for long: who knows whose message it is",
			1,
			200_000,
			"STARTED",
		],
	])("%s", async (_, messages, silentMs, state) => {
		const world = await sweepWorld();
		await world.startAndLose("r-1");
		const startedAt = world.clock.now();
		await world.schedules.admit("nightly", { runId: runId("r-1"), notedAt: startedAt }, undefined);
		for (let n = 0; n < messages; n++) await world.send({ job: "work", id: `tick-${n}` });
		for (let round = 0; round < 4; round++) {
			await world.clock.advance(30 * minutes);
			const notedAt = plusMs(world.clock.now(), -silentMs);
			await world.schedules.noteWaiting("nightly", { runId: runId("tick-0"), notedAt });
			await world.sweep();
		}
		expect(world.row("r-1")?.state).toBe(state);
	});

	it("keeps its end, and yet performs again when its message turns up after all", async () => {
		const world = await sweepWorld();
		const body = await world.startAndLose("r-1");
		await world.clock.advance(2 * hours);
		await world.sweep();
		await world.clock.advance(30 * minutes);
		await world.sweep();
		expect(world.row("r-1")).toMatchObject({ state: "SKIPPED", generation: 1 });
		world.mend();
		await world.send(body);
		await world.step();
		expect(world.row("r-1")).toMatchObject({ state: "SUCCESS", generation: 2, attempts: 1 });
		expect(world.performed.at(-1)).toBe("r-1#1");
	});

	it("is found again when the message that turned up is lost with its worker, too", async () => {
		const world = await sweepWorld();
		const body = await world.startAndLose("r-1");
		await world.clock.advance(2 * hours);
		await world.sweep();
		await world.clock.advance(30 * minutes);
		await world.sweep();
		await world.sendAndLose(body);
		expect(world.row("r-1")).toMatchObject({ state: "STARTED", generation: 2 });
		for (let round = 0; round < 32; round++) {
			await world.clock.advance(30 * minutes);
			await world.sweep();
		}
		expect(world.row("r-1")).toMatchObject({ state: "SKIPPED", generation: 2 });
	});

	it("is taken over by its message's redelivery, though that says an earlier generation", async () => {
		const world = await sweepWorld();
		const body = await world.startAndLose("r-1");
		await world.clock.advance(2 * hours);
		await world.sweep();
		await world.clock.advance(30 * minutes);
		await world.sweep();
		await world.send(body);
		await world.startOnWorkerThatDies();
		expect(world.row("r-1")).toMatchObject({ state: "STARTED", generation: 2, attempts: 1 });
		await world.clock.advance(10 * minutes);
		world.mend();
		await world.step();
		expect(world.row("r-1")).toMatchObject({ state: "SUCCESS", generation: 2, attempts: 2 });
	});
});
