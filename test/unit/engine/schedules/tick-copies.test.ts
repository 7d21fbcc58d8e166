/** Several messages of one tick that waits for the run of an earlier one: one of them goes on, and none is lost. */
import { describe, expect, it } from "vitest";
import { runId, runIdOfTick } from "../../../../shared/kernel/ids.ts";
import { plusSeconds, toEpochSeconds } from "../../../../shared/kernel/time.ts";
import { main } from "../../../support/engine-world.ts";
import { MINUTE, START, scheduled } from "../../../support/scheduled-work.ts";

describe("copies of a tick that waits", () => {
	it("are done once one of them has been sent on", async () => {
		const { world, tick, startsSeconds } = scheduled(async (n) => (n === 1 ? world.clock.sleep(50_000) : "done"));
		await tick("minutely-queue", START);
		const first = world.step();
		await world.clock.advance(1000);
		const next = plusSeconds(START, MINUTE);
		// EventBridge fires twice, and each message comes twice.
		await tick("minutely-queue", next, 2);
		await tick("minutely-queue", next, 2);
		const received = await world.receive();
		await Promise.all([world.deliver(received), world.deliver(received)]);
		const sentOn = () => world.queue.messages(main).filter(({ body }) => JSON.parse(body).hops > 0);
		const once = sentOn().length;
		expect(once).toBe(2);
		await world.queue.remove(
			main,
			received.map(({ receiptHandle }) => receiptHandle),
		);
		await world.clock.advance(6_000);
		await world.step();
		expect(sentOn()).toHaveLength(1);
		await first;
		await world.drain();
		expect(startsSeconds.length).toBe(2);
	});

	it("do not end it that was admitted while they looked, and waits for a slot", async () => {
		const { world, schedules, tick, row, startsSeconds } = scheduled();
		const next = plusSeconds(START, MINUTE);
		const before = { runId: runIdOfTick("minutely-queue", START), notedAt: START };
		await tick("minutely-queue", START);
		await world.drain();
		await world.clock.advance(MINUTE * 1000);
		// A later one has come, so this one would be skipped: but for its other message, which goes just then.
		await schedules.noteTick("minutely-queue", {
			at: plusSeconds(next, MINUTE),
			runId: runIdOfTick("minutely-queue", plusSeconds(next, MINUTE)),
			now: world.clock.now(),
		});
		const { admittedAmong } = schedules;
		schedules.admittedAmong = async (runIds, now) => {
			const own = { runId: runIdOfTick("minutely-queue", next), notedAt: now };
			const going = (await schedules.look("minutely-queue"))?.going;
			if (going?.runId === before.runId) {
				expect(await schedules.admit("minutely-queue", own, going)).toBe(true);
				await schedules.noteAdmitted(own.runId, toEpochSeconds(plusSeconds(now, 3_600)));
			}
			return admittedAmong(runIds, now);
		};
		await tick("minutely-queue", next);
		await world.drain();
		expect(row("minutely-queue", next)).toMatchObject({ state: "SUCCESS" });
		expect(startsSeconds).toEqual([0, 60]);
	});

	it("are no copies where nothing could be sent on: sent back from the dead-letter queue, its message goes on", async () => {
		const { world, schedules, tick, startsSeconds } = scheduled(undefined, {
			maxReceiveCount: 3,
			functionTimeoutSeconds: 30,
		});
		await schedules.admit("minutely-queue", { runId: runId("before"), notedAt: START }, undefined);
		await tick("minutely-queue", START);
		world.faults.before = (call) => {
			if (call === "sendMany") throw new Error("KMS denied");
		};
		for (let receives = 0; receives < 4; receives++) {
			await world.step();
			if (receives < 3) await world.clock.advance(91_000);
		}
		expect(world.queue.messages(main)).toEqual([]);
		world.faults.before = () => {};
		await world.redrive();
		await world.step();
		expect(world.queue.messages(main)).toHaveLength(1);
		await world.clock.advance(2_000_000);
		await world.drain();
		expect(startsSeconds).toHaveLength(1);
	});

	it("are no copies of one that says it was sent on nearly as often as it may be", async () => {
		const { world, schedules, tick } = scheduled();
		const waiting = { runId: runIdOfTick("minutely-queue", START), notedAt: START };
		await schedules.admit("minutely-queue", { runId: runId("before"), notedAt: START }, undefined);
		await schedules.noteWaiting("minutely-queue", { ...waiting, by: { messageId: "forged", hops: 10_000 } });
		await tick("minutely-queue", START);
		await world.step();
		expect(world.queue.messages(main)).toHaveLength(1);
		await schedules.noteWaiting("minutely-queue", { ...waiting, by: { messageId: "another", hops: 4_999 } });
		await world.clock.advance(5_000);
		await world.step();
		expect(world.queue.messages(main)).toEqual([]);
	});

	it("go on where the one that was sent on is not heard of any more", async () => {
		const { world, schedules, tick, row } = scheduled();
		const waiting = { runId: runIdOfTick("minutely-queue", START), notedAt: START, by: { messageId: "lost", hops: 9 } };
		await schedules.admit("minutely-queue", { runId: runId("before"), notedAt: START }, undefined);
		await schedules.noteWaiting("minutely-queue", waiting);
		await tick("minutely-queue", START);
		await world.step();
		expect(world.queue.messages(main)).toHaveLength(0);
		await world.clock.advance(180_000);
		await tick("minutely-queue", START);
		await world.step();
		expect(world.queue.messages(main)).toHaveLength(1);
		await world.drain();
		expect(row("minutely-queue", START)).toMatchObject({ state: "SUCCESS" });
	});
});
