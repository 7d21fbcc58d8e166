/** Waits above 15 minutes: one schedule each, whoever asks for it, and a message that is handled alike whether it comes early, late or twice. */
import { describe, expect, it } from "vitest";
import { revokeRun } from "../../../shared/engine/revoke-run.ts";
import { JobError, retryAfter } from "../../../shared/job/index.ts";
import { MillraceError } from "../../../shared/kernel/errors.ts";
import { runId } from "../../../shared/kernel/ids.ts";
import { DELAY_SECONDS_MAX } from "../../../shared/kernel/limits.ts";
import { sha256Hex } from "../../../shared/kernel/sha256.ts";
import { type EpochMs, plusSeconds, toIso } from "../../../shared/kernel/time.ts";
import type { Scheduler } from "../../../shared/ports/scheduler.ts";
import { engineWorld, main, type Work } from "../../support/engine-world.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";

const hour = 3_600;
const day = 86_400;
const worldOf = (perform: Work = async () => "done") => engineWorld(perform, { scheduler: true });
const oneIn = (world: ReturnType<typeof worldOf>) => {
	const [schedule, ...more] = world.scheduler.waiting.values();
	if (schedule === undefined || more.length > 0) throw new Error(`${more.length + 1} schedules instead of one`);
	return schedule;
};
const waitUntil = (start: EpochMs, more: object = {}) => ({
	job: "work",
	input: { n: 1 },
	id: "r",
	notBefore: toIso(start),
	...more,
});

describe("a message that is early", () => {
	it("by more than 15 minutes waits in one schedule, without a row or an attempt, and performs at its time", async () => {
		const world = worldOf();
		const start = plusSeconds(world.clock.now(), 40 * day);
		await world.send(waitUntil(start));
		await world.step();
		expect(world.queue.messages(main)).toEqual([]);
		expect(world.row("r")).toBeUndefined();
		const { name, ...schedule } = oneIn(world);
		expect(name).toMatch(/^[0-9a-f]{31}\.[0-9a-f]{32}$/);
		expect({ ...schedule, body: JSON.parse(schedule.body) }).toEqual({
			queueClass: "standard",
			at: start,
			description: "Millrace: attempt 1 of run r of work",
			body: { ...waitUntil(start), attempt: 1, generation: 1, hops: 1, sentAt: 1_795_165_200_000 },
		});
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 1, startedAt: start });
		expect(world.telemetry.named("run.deferred")).toMatchObject([{ why: "not-before", delaySeconds: 40 * day }]);
		// Beyond what a plain run costs: one request to the scheduler and one further message; nothing in the store.
		expect(world.calls).toMatchObject({ claimMany: 1, settleMany: 1, sendMany: 0 });
	});

	it("by 15 minutes waits in the queue", async () => {
		const world = worldOf();
		await world.send(waitUntil(plusSeconds(world.clock.now(), 900)));
		await world.step();
		expect(world.scheduler.waiting.size).toBe(0);
		expect(world.queue.messages(main).map(({ visibleAt }) => visibleAt - world.clock.now())).toEqual([900_000]);
	});

	it("and delivered nine times makes one schedule, and one performance however often that fires", async () => {
		const world = worldOf();
		await world.send(...Array.from({ length: 9 }, () => waitUntil(plusSeconds(world.clock.now(), hour))));
		await world.step();
		const { name } = oneIn(world);
		await world.clock.advance(hour * 1000);
		for (let time = 0; time < 3; time++) await world.scheduler.fire(name, { again: true });
		await world.step();
		await world.scheduler.fire(name);
		await world.drain();
		expect(world.performed).toEqual(["r#1"]);
	});

	it("still performs in time when its schedule fires early, and at once when it fires late", async () => {
		for (const [firedAfter, startedAfter] of [
			[hour - 40, hour],
			[hour + 59, hour + 59],
		] as const) {
			const world = worldOf();
			const sent = world.clock.now();
			await world.send(waitUntil(plusSeconds(sent, hour)));
			await world.step();
			await world.clock.advance(firedAfter * 1000 - (world.clock.now() - sent));
			await world.scheduler.fire(oneIn(world).name);
			await world.drain();
			expect(world.row("r")).toMatchObject({ state: "SUCCESS", startedAt: plusSeconds(sent, startedAfter) });
		}
	});

	it("is scheduled anew when its schedule fires far too early and is still there (INV-01)", async () => {
		const world = worldOf();
		const start = plusSeconds(world.clock.now(), 2 * hour);
		await world.send(waitUntil(start));
		await world.step();
		const { name } = oneIn(world);
		await world.scheduler.fire(name, { again: true });
		await world.step();
		await world.scheduler.cancel([name]);
		expect(oneIn(world)).toMatchObject({ at: start });
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", startedAt: start });
	});

	it("expires quietly when its schedule fires after its end", async () => {
		const world = worldOf();
		const start = plusSeconds(world.clock.now(), hour);
		await world.send(waitUntil(start, { expiresAt: toIso(plusSeconds(start, 30)) }));
		await world.step();
		await world.clock.advance((hour + 45) * 1000);
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "REVOKED", reason: "expired", attempts: 0 });
		expect(world.letters()).toEqual([]);
	});

	it("and due more than 366 days from now is refused", async () => {
		const world = worldOf();
		await world.send(waitUntil(plusSeconds(world.clock.now(), DELAY_SECONDS_MAX + 1_200)));
		await world.drain();
		expect(world.letters().map(({ reason }) => reason)).toEqual(["message-invalid-field"]);
	});
});

describe("a retry", () => {
	it.each([
		["that the job asks for in three days", async () => retryAfter(3 * day, "not yet"), 3 * day],
		[
			"that an error asks for in an hour",
			async () => {
				throw new JobError("rate-limit", "slow down", { retryAfterSeconds: hour });
			},
			hour,
		],
	])(
		"%s is one schedule, and the same one when its sending is repeated",
		async (_, fail: () => Promise<unknown>, seconds) => {
			let performances = 0;
			const world = worldOf(async () => (performances++ === 0 ? fail() : "done"));
			await world.send({ job: "work", input: { n: 1 }, id: "r" });
			const received = await world.receive();
			await world.deliver(received);
			const { name, at } = oneIn(world);
			// The worker died before it could acknowledge.
			await world.deliver(received);
			expect([...world.scheduler.waiting.keys()]).toEqual([name]);
			const row = world.row("r");
			expect(row).toMatchObject({ state: "RETRY", attempts: 1, nextAttemptAt: at });
			await world.queue.purge(main);
			await world.drain();
			expect(world.performed).toEqual(["r#1", "r#2"]);
			expect(world.row("r")?.startedAt).toBeGreaterThanOrEqual(Number(row?.startedAt) + seconds * 1000);
		},
	);
});

describe("a schedule that can't be made", () => {
	it.each([
		["was not made", false, 1],
		["was made, though its answer was lost", true, 2],
	])("waits 15 minutes in the queue and is asked for again, if it %s", async (_, landed, schedules) => {
		const world = worldOf();
		const start = plusSeconds(world.clock.now(), 2 * hour);
		await world.send(waitUntil(start));
		const scheduler: Pick<Scheduler, "schedule"> = {
			async schedule(message) {
				if (landed) await world.scheduler.schedule(message);
				throw new MillraceError("schedule-failed", "the scheduler said no");
			},
		};
		const received = await world.receive();
		await world.deliver(received, { scheduler });
		await world.queue.remove(
			main,
			received.map(({ receiptHandle }) => receiptHandle),
		);
		expect(world.telemetry.named("schedule.failed")).toMatchObject([{ runId: "r", why: "the scheduler said no" }]);
		expect(world.queue.messages(main).map(({ visibleAt }) => visibleAt - world.clock.now())).toEqual([900_000]);
		await world.clock.advance(900_000);
		await world.step();
		expect(world.scheduler.waiting.size).toBe(schedules);
		await world.drain();
		expect(world.performed).toEqual(["r#1"]);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", startedAt: start });
	});
});

describe("a run that is revoked while it waits (INV-12)", () => {
	const revokeIn = (world: ReturnType<typeof worldOf>, scheduler: object = { scheduler: world.scheduler }) =>
		revokeRun(
			{ store: world.store, clock: world.clock, random: createSeededRandom(), ...scheduler },
			runId("r"),
			"wrong",
		);

	it.each([
		["its first attempt", 40 * day],
		["its next attempt", 0],
	])("for %s is taken back", async (_, seconds) => {
		const world = worldOf(async () => retryAfter(40 * day, "not yet"));
		await world.send(waitUntil(plusSeconds(world.clock.now(), seconds)));
		await world.step();
		expect(world.scheduler.waiting.size).toBe(1);
		expect(await revokeIn(world)).toMatchObject({ outcome: "revoked" });
		expect(world.scheduler.waiting.size).toBe(0);
		expect(world.row("r")).toMatchObject({ state: "REVOKED", reason: "wrong" });
	});

	it("never performs, be its schedule left and fired after months", async () => {
		const world = worldOf();
		await world.send(waitUntil(plusSeconds(world.clock.now(), 300 * day)));
		await world.step();
		expect(await revokeIn(world, {})).toEqual({ outcome: "revoked", unseen: true });
		const lost = { cancel: () => Promise.reject(new MillraceError("schedule-failed", "throttled")) };
		expect(await revokeIn(world, { scheduler: lost })).toEqual({ outcome: "ended", state: "REVOKED" });
		await world.drain();
		expect(world.telemetry.named("duplicate.acknowledged")).toMatchObject([{ runId: "r", why: "terminal" }]);
		expect(world.performed).toEqual([]);
	});
});

describe("a large input", () => {
	const text = "x".repeat(100_000);
	const wait = async (seconds: number, message: object = { input: { n: 1, note: text } }) => {
		const world = worldOf(async ({ note }) => note.length);
		await world.send({ ...waitUntil(plusSeconds(world.clock.now(), seconds)), ...message });
		await world.step();
		return world;
	};

	it("waits in the bucket, not in the schedule", async () => {
		const world = await wait(day);
		expect(oneIn(world).body.length).toBeLessThan(500);
		expect([...world.blobs.blobs.keys()]).toEqual([expect.stringMatching(/^inputs\/[0-9a-f]{64}\.json$/)]);
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", result: { json: "100000" } });
	});

	it("waits for weeks in the folder that keeps it as long", async () => {
		const world = await wait(30 * day);
		expect([...world.blobs.blobs.keys()]).toEqual([expect.stringMatching(/^long-inputs\/[0-9a-f]{64}\.json$/)]);
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", result: { json: "100000" } });
	});

	it("moves there when it lay in the bucket already", async () => {
		const world = worldOf(async ({ note }) => note.length);
		const inputText = JSON.stringify({ n: 1, note: text });
		const own = `inputs/${sha256Hex(inputText)}.json`;
		await world.blobs.put(own, inputText);
		const { input: _, ...message } = waitUntil(plusSeconds(world.clock.now(), 30 * day));
		await world.send({ ...message, inputRef: { key: own, bytes: inputText.length } });
		await world.step();
		expect([...world.blobs.blobs.keys()]).toEqual([own, `long-${own}`]);
		expect(JSON.parse(oneIn(world).body).inputRef).toEqual({ key: `long-${own}`, bytes: inputText.length });
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", result: { json: "100000" } });
	});
});
