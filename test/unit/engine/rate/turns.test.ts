/** Runs of a limited job (a start a second, two at first) through the whole engine: who performs when, and what a wait costs. */
import { describe, expect, it } from "vitest";
import { JobError } from "../../../../shared/job/index.ts";
import { epochMs } from "../../../../shared/kernel/time.ts";
import { flaky } from "../../../support/engine-work.ts";
import { after, engineWorld, main } from "../../../support/engine-world.ts";
import { largestExcess } from "../../../support/rate-excess.ts";

const ok = async () => "done";
/** When the clock of an engine world begins: 2026-11-20T09:00:00.000Z. */
const START = 1_795_165_200_000;
const limited = (id: string) => ({ job: "limited", id });
const ids = (count: number) => Array.from({ length: count }, (_, n) => limited(`r-${n}`));

/** Its starts in milliseconds after the first. */
function timed() {
	const startsMs: number[] = [];
	let first: number | undefined;
	const world = engineWorld(async () => {
		first ??= world.clock.now();
		startsMs.push(world.clock.now() - first);
	});
	return { world, startsMs };
}

describe("a limited run", () => {
	it("starts at its slot: two at once, then one a second, those beyond 2.5 s by one more message", async () => {
		const { world, startsMs } = timed();
		await world.send(...ids(8));
		await world.drain();
		// The bucket is full but for the 100 ms that are left to claim in.
		expect(startsMs).toEqual([0, 100, 1103, 2103, 3100, 4100, 5100, 6100]);
		// Claimed together, by the batch, they are told to have started when they did: each at its slot.
		const toldMs = ids(8).map(({ id }) => (world.row(id)?.startedAt ?? Number.NaN) - START);
		expect(toldMs).toEqual([0, 100, 1100, 2100, 3100, 4100, 5100, 6100]);
		expect(world.telemetry.named("run.deferred").map(({ why, attempt }) => [why, attempt])).toEqual(
			Array.from({ length: 4 }, () => ["rate", 1]),
		);
		expect(world.row("r-7")).toMatchObject({ state: "SUCCESS", attempts: 1 });
	});

	it("takes all tickets of a batch in one update, and none for its acknowledgement", async () => {
		const { world } = timed();
		await world.send(...ids(3));
		await world.drain();
		expect(world.limits.calls).toEqual({ take: 1, look: 0, plan: 1, override: 0 });
	});

	it("counts each retry as a start", async () => {
		const world = engineWorld(flaky(1));
		await world.send(limited("r"));
		await world.drain();
		expect(world.performed).toEqual(["r#1", "r#2"]);
		expect(world.limits.states.get("limited")?.taken).toBe(2);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 2 });
	});

	it("comes back with its ticket, and without one for its next attempt", async () => {
		const world = engineWorld(ok);
		await world.limits.take("limited", { count: 1, now: world.clock.now(), seenAtMax: world.clock.now() });
		await world.send(...ids(6));
		await world.step();
		const tickets = world.queue.messages(main).map(({ body }) => JSON.parse(body).ticket);
		expect(tickets).toMatchObject([
			{ limiter: "limited", epoch: START, carrier: "message-5" },
			{ limiter: "limited", epoch: START, carrier: "message-6" },
		]);
		expect(tickets[1].slot - tickets[0].slot).toBe(1000);
		expect(tickets[0].until - tickets[0].slot).toBe(1000);
	});

	it("begins its next attempt, and its life as a dead letter, without the ticket of the last", async () => {
		const world = engineWorld(flaky(99));
		await world.send(...ids(5));
		await world.drain();
		expect(world.performed.filter((one) => one.startsWith("r-4"))).toEqual(["r-4#1", "r-4#2", "r-4#3"]);
		expect(world.telemetry.named("run.deferred").some(({ runId }) => runId === "r-4")).toBe(true);
		expect(world.letters().map(({ body }) => JSON.parse(body).ticket)).toEqual(
			Array.from({ length: 5 }, () => undefined),
		);
		// Each attempt has used up a ticket of its own.
		expect(world.limits.states.get("limited")?.taken).toBe(15);
	});

	it("takes another ticket when it comes back too late for its own", async () => {
		const world = engineWorld(ok);
		await world.send(...ids(5));
		await world.step();
		await world.clock.advance(60_000);
		await world.drain();
		expect(world.row("r-4")).toMatchObject({ state: "SUCCESS", attempts: 1 });
		expect(world.limits.states.get("limited")?.taken).toBe(6);
	});

	it("starts although its messages come 20 s late each time, while the line is never short", async () => {
		const world = engineWorld(ok);
		await world.send(limited("r"));
		const taken = (count: number) =>
			world.limits.take("limited", { count, now: world.clock.now(), seenAtMax: world.clock.now() });
		await world.send(...ids(6));
		await world.step();
		for (let round = 0; round < 5 && world.queue.messages(main).length > 0; round++) {
			// A minute's worth of others is before it each time, and SQS brings it 20 s after it could.
			await taken(60);
			const visibleAt = Math.max(...world.queue.messages(main).map((message) => message.visibleAt));
			await world.clock.advance(visibleAt - world.clock.now() + 20_000);
			await world.step();
		}
		expect(world.queue.messages(main)).toEqual([]);
	});

	it("takes one ticket for a duplicate, however long the run performs that it waits for", async () => {
		const world = engineWorld(async () => world.clock.sleep(1_000_000), {
			autoAdvance: false,
			functionTimeoutSeconds: 1_100,
		});
		await world.send(limited("r"));
		const performing = world.step();
		await world.clock.advance(1_000);
		await world.send(limited("r"));
		for (let minute = 0; minute < 15; minute++) {
			const step = world.step();
			await world.clock.advance(60_000);
			await step;
		}
		expect(world.limits.states.get("limited")?.taken).toBe(2);
		expect(world.telemetry.named("run.deferred").map(({ delaySeconds }) => delaySeconds)).toEqual([
			75, 135, 195, 255, 315,
		]);
		await world.clock.advance(200_000);
		await performing;
	});

	it("reads a large checkpoint before it waits for its turn, so that it starts in time", async () => {
		const pad = "x".repeat(5_000);
		const startsMs: number[] = [];
		const world = engineWorld(async (_, context) => {
			startsMs.push(world.clock.now());
			await context.checkpoint({ pad });
			throw new JobError("database", "Connection timeout");
		});
		let slow = 2;
		const blobs = {
			...world.blobs,
			async get(key: string) {
				if (slow-- > 0) await world.clock.sleep(2_100);
				return world.blobs.get(key);
			},
		};
		await world.send(...ids(4));
		await world.step();
		startsMs.length = 0;
		await world.clock.advance(20_000);
		await world.deliver(await world.receive(), { blobs });
		expect(startsMs).toHaveLength(4);
		expect(largestExcess(startsMs, { perSecond: 1, burst: 2 })).toBeLessThanOrEqual(0);
	});

	it("is given another ticket when its worker was lost: the one it brought may have been used", async () => {
		const world = engineWorld(ok);
		await world.send(limited("r"));
		const [message] = await world.receive();
		if (message === undefined) throw new Error("no message");
		// A worker that claims and dies: its ticket is good for an hour more.
		const now = world.clock.now();
		const pace = { intervalMs: 1_000, windowMs: 3_600_000 };
		const given = { revision: 1, epoch: START, from: 0, base: now, pace, declared: pace, setAt: now, beginsAt: now };
		await world.limits.override("limited", { kind: "set", count: 1, periodSeconds: 1, burst: 3_601 });
		await world.limits.plan("limited", { revision: 0, timetable: given });
		await world.limits.take("limited", { count: 1, now, seenAtMax: now });
		const ticket = { limiter: "limited", epoch: START, slot: now, until: now + 3_600_000, carrier: message.messageId };
		const brought = { ...message, body: JSON.stringify({ ...JSON.parse(message.body), ticket }) };
		await world.deliver([brought], {
			implementations: { limited: () => new Promise(() => {}) },
			store: dyingAfterClaim(world),
		});
		expect(world.row("r")).toMatchObject({ state: "STARTED", attempts: 1 });
		const before = world.limits.states.get("limited")?.taken;
		await world.clock.advance(200_000);
		await world.deliver([brought]);
		expect(world.performed).toEqual(["r#2"]);
		expect(world.limits.states.get("limited")?.taken).toBe((before ?? 0) + 1);
	});

	it("repeats its follow-ups although its message was sent on by the limit when it came again", async () => {
		const world = engineWorld(async (_, context) => {
			context.enqueue(after, {});
		});
		await world.send(limited("r"));
		const received = await world.receive();
		world.faults.before = (call) => {
			if (call === "sendMany") throw new Error("no network");
		};
		expect((await world.deliver(received)).keptMessageIds).toEqual(["message-1"]);
		delete world.faults.before;
		// Meanwhile the line has grown: the same message, delivered again, gets a place far back.
		const now = world.clock.now();
		await world.limits.take("limited", { count: 20, now, seenAtMax: now });
		expect((await world.deliver(received)).keptMessageIds).toEqual([]);
		await world.queue.remove(
			main,
			received.map(({ receiptHandle }) => receiptHandle),
		);
		await world.drain();
		expect(world.performed.filter((one) => one.startsWith("r#"))).toEqual(["r#1"]);
		expect(world.performed.filter((one) => one.startsWith("after:"))).toHaveLength(1);
	});

	it("that was claimed and comes too late for a slot goes back without spending an attempt", async () => {
		const world = engineWorld(ok);
		await world.send(limited("r"));
		const received = await world.receive();
		// The claim takes so long that the slot is over, and a long line has formed meanwhile.
		const slow = {
			...world.store,
			claimMany: async (claims: Parameters<typeof world.store.claimMany>[0]) => {
				const results = await world.store.claimMany(claims);
				await world.clock.sleep(3_000);
				const now = world.clock.now();
				await world.limits.take("limited", { count: 100, now, seenAtMax: now });
				return results;
			},
		};
		expect((await world.deliver(received, { store: slow })).keptMessageIds).toEqual([]);
		expect(world.performed).toEqual([]);
		expect(world.row("r")).toMatchObject({ state: "LEG", attempts: 1 });
		await world.queue.remove(
			main,
			received.map(({ receiptHandle }) => receiptHandle),
		);
		await world.drain();
		expect(world.performed).toEqual(["r#1"]);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 1 });
	});

	it("has all its time from its turn on, though it was claimed long before that (INV-13)", async () => {
		const { world, startsMs } = timed();
		await world.send({ job: "hurried", id: "r" });
		// Its slot is over when the claim has landed, and the next one is 10 s away: longer than its hard limit.
		const claimMany: typeof world.store.claimMany = async (claims) => {
			await world.clock.sleep(4_000);
			await world.limits.take("hurried", { count: 10, now: world.clock.now(), seenAtMax: world.clock.now() });
			return world.store.claimMany(claims);
		};
		await world.deliver(await world.receive(), { store: { ...world.store, claimMany } });
		expect(startsMs).toEqual([0]);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 1, endedAt: START + 10_103 });
	});

	it("goes by the latest time that the limiter has seen when its own clock is slow", async () => {
		const world = engineWorld(ok);
		const now = world.clock.now();
		await world.limits.take("limited", { count: 1, now: epochMs(now + 10_000), seenAtMax: epochMs(now + 10_000) });
		await world.send(limited("r"));
		await world.step();
		expect(world.limits.states.get("limited")).toMatchObject({ taken: 2, seenAt: now + 10_000 });
		expect(world.performed).toEqual(["r#1"]);
	});

	it("ends when its turn comes after its expiresAt, and not before: an operator may raise the limit again", async () => {
		const world = engineWorld(ok);
		const soon = (ms: number) => new Date(world.clock.now() + ms).toISOString();
		await world.send(...ids(5), { ...limited("far"), expiresAt: soon(4_000) });
		await world.step();
		expect(world.row("far")).toBeUndefined();
		await world.drain();
		expect(world.row("far")).toMatchObject({ state: "REVOKED", reason: "expired", attempts: 0 });
		expect(world.performed.sort()).toEqual(["r-0#1", "r-1#1", "r-2#1", "r-3#1", "r-4#1"]);
	});

	it("ends when its expiresAt comes while it waits claimed for its turn", async () => {
		const world = engineWorld(ok);
		const soon = (ms: number) => new Date(world.clock.now() + ms).toISOString();
		await world.send(...ids(3), { ...limited("late"), expiresAt: soon(2_000) });
		await world.step();
		expect(world.row("late")).toMatchObject({ state: "REVOKED", reason: "expired", endedAt: START + 2_103 });
		expect(world.telemetry.named("attempt.started").map(({ runId }) => runId)).not.toContain("late");
		expect(world.performed).toEqual(["r-0#1", "r-1#1", "r-2#1"]);
	});

	it("starts by the limit whoever's message brings a ticket or a leg that nobody has given it (INV-08)", async () => {
		const { world, startsMs } = timed();
		await world.send(...ids(2));
		await world.step();
		const { epoch } = world.limits.states.get("limited")?.timetable ?? {};
		const slot = world.clock.now() + 7;
		const startedAt = "2026-11-20T09:00:00Z";
		const wants = [1, 2, START - 1, epoch].map((one) => {
			return { limiter: "limited", epoch: one, slot, until: slot + 9e9, carrier: "m" };
		});
		await world.send(
			...wants.map((ticket, n) => ({ ...limited(`ticket-${n}`), ticket })),
			...[2, 3, 4].map((number) => ({ ...limited(`leg-${number}`), leg: { number, startedAt } })),
		);
		await world.drain();
		expect(startsMs).toHaveLength(9);
		expect(largestExcess(startsMs, { perSecond: 1, burst: 2 })).toBeLessThanOrEqual(0);
		expect(world.row("leg-3")).toMatchObject({ state: "SUCCESS", attempts: 1 });
	});

	it("has no use for its ticket in a limiter that was deleted and began anew (INV-08)", async () => {
		const { world, startsMs } = timed();
		await world.send(...ids(8));
		await world.step();
		(world.limits.states as Map<string, unknown>).delete("limited");
		await world.clock.advance(500);
		await world.send(...Array.from({ length: 6 }, (_, n) => limited(`s-${n}`)));
		const before = startsMs.length;
		await world.drain();
		expect(startsMs).toHaveLength(14);
		expect(largestExcess(startsMs.slice(before), { perSecond: 1, burst: 2 })).toBeLessThanOrEqual(0);
	});

	it("keeps its message when the limiter can't be reached", async () => {
		const world = engineWorld(ok);
		await world.send(limited("r"));
		const limits = { ...world.limits, take: () => Promise.reject(new Error("unreachable")) };
		expect((await world.deliver(await world.receive(), { limits })).keptMessageIds).toEqual(["message-1"]);
		expect(world.row("r")).toBeUndefined();
	});
});

/** A store that takes the claim and then answers nobody any more. */
function dyingAfterClaim({ store }: ReturnType<typeof engineWorld>) {
	return {
		...store,
		settleMany: () => new Promise<never>(() => {}),
		beatMany: () => new Promise<never>(() => {}),
	};
}
