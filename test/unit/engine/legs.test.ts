/** The whole engine on memory adapters: attempts of several legs, their checkpoints and their time limits (INV-13). */
import { describe, expect, it } from "vitest";
import { JobError } from "../../../shared/job/index.ts";
import { ok } from "../../support/engine-work.ts";
import { engineWorld, main } from "../../support/engine-world.ts";

const step = 10_000;

/** Goes through `steps` steps of 10 s, with a checkpoint after each. */
function stepping(steps: number, more: (at: number) => Promise<unknown> = ok) {
	const done: number[] = [];
	const world = engineWorld(ok, {
		async long(context) {
			const { next } = (context.cursor ?? { next: 0 }) as { next: number };
			for (let at = next; at < steps; at++) {
				await world.clock.sleep(step);
				done.push(at);
				await more(at);
				await context.checkpoint({ next: at + 1 });
			}
			return done.length;
		},
	});
	return { world, done };
}

describe("legs", () => {
	it("goes on from its checkpoint in as many functions of 60 s as it needs, as one attempt", async () => {
		const { world, done } = stepping(16);
		await world.send({ job: "long", id: "r" });
		await world.drain();
		expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
		expect(world.performed).toEqual(["r#1.1", "r#1.2", "r#1.3", "r#1.4"]);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 1, leg: 4 });
		expect(world.telemetry.named("leg.ended").map(({ leg }) => leg)).toEqual([1, 2, 3]);
	});

	it("spends no attempt on a checkpoint that can't be read, and goes on from it when it can", async () => {
		const pad = "x".repeat(5_000);
		const world = engineWorld(ok, {
			async long(context) {
				if (context.cursor !== undefined) return (context.cursor as { readonly next: number }).next;
				await context.checkpoint({ next: 7, pad });
				throw new JobError("database", "Connection timeout");
			},
		});
		await world.send({ job: "long", id: "r" });
		await world.step();
		expect(world.row("r")).toMatchObject({ state: "RETRY", attempts: 1, cursor: { kind: "blob" } });
		await world.clock.advance(10_000);
		const blobs = { ...world.blobs, get: () => Promise.reject(new Error("the bucket is down")) };
		await world.deliver(await world.receive(), { blobs });
		expect(world.row("r")).toMatchObject({ state: "LEG", nextLeg: 1, attempts: 2 });
		await world.drain();
		expect(world.performed).toEqual(["r#1.1", "r#2.1"]);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 2, result: { json: "7" } });
	});

	it("survives a crash in each leg: the next attempt goes on from the last checkpoint", async () => {
		const killAt = new Set([2, 6, 10, 14]);
		const { world, done } = stepping(16, async (at) => {
			if (!killAt.delete(at)) return;
			worker.kill();
			await new Promise(() => {});
		});
		let worker = world.mortalWorker();
		await world.send({ job: "long", id: "r" });
		for (let round = 0; round < 200 && world.row("r")?.state !== "SUCCESS"; round++) {
			worker = world.mortalWorker();
			const received = await world.receive();
			if (received.length === 0) await world.clock.advance(5_000);
			const { keptMessageIds } = await world.deliver(received, worker.worker);
			const finished = worker.dead ? [] : received.filter(({ messageId }) => !keptMessageIds.includes(messageId));
			await world.queue.remove(
				main,
				finished.map(({ receiptHandle }) => receiptHandle),
			);
		}
		expect(world.telemetry.named("worker.lost")).toHaveLength(4);
		expect(done).toEqual([0, 1, 2, 2, 3, 4, 5, 6, 6, 7, 8, 9, 10, 10, 11, 12, 13, 14, 14, 15]);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 5 });
	});

	it("does not spend an attempt when it stops at the end of a leg and has left a checkpoint in it", async () => {
		const world = engineWorld(ok, {
			async long(context) {
				if (context.cursor === undefined) await context.checkpoint("half");
				else return `from ${context.cursor}`;
				return new Promise((_, reject) =>
					context.signal.addEventListener("abort", () => reject(context.signal.reason)),
				);
			},
		});
		await world.send({ job: "long", id: "r" });
		await world.drain();
		expect(world.performed).toEqual(["r#1.1", "r#1.2"]);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", result: { json: '"from half"' } });
	});

	it("goes on after its expiresAt, whoever's message brings a leg: it has begun", async () => {
		const { world, done } = stepping(8);
		const expiresAt = world.clock.now() + 355_000;
		const message = { job: "hour", id: "r", expiresAt: new Date(expiresAt).toISOString() };
		await world.send(message);
		await world.step();
		expect(world.row("r")).toMatchObject({ state: "LEG", nextLeg: 2 });
		// The leg's own message is gone, and a copy of the first one brings it, whose claim is answered when it is too late to begin anything.
		await world.queue.purge(main);
		await world.send(message);
		const claimMany: typeof world.store.claimMany = async (claims) => {
			const results = await world.store.claimMany(claims);
			if (results.some((result) => "claimed" in result && result.claimed))
				await world.clock.sleep(Math.max(0, expiresAt - world.clock.now()));
			return results;
		};
		while (done.length < 8) {
			const [next] = world.queue.messages(main).map(({ visibleAt }) => visibleAt);
			if (next === undefined) break;
			await world.clock.advance(Math.max(0, next - world.clock.now()));
			const received = await world.receive();
			await world.deliver(received, { store: { ...world.store, claimMany } });
			await world.queue.remove(
				main,
				received.map(({ receiptHandle }) => receiptHandle),
			);
		}
		expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS" });
	});

	it("goes on after its expiresAt with a copy that comes only then", async () => {
		const { world, done } = stepping(8);
		const message = { job: "hour", id: "r", expiresAt: new Date(world.clock.now() + 100_000).toISOString() };
		await world.send(message, message);
		const [first, copy] = await world.receive();
		if (first === undefined || copy === undefined) throw new Error("no messages");
		await world.deliver([first]);
		expect(world.row("r")).toMatchObject({ state: "LEG", nextLeg: 2 });
		// The leg's own message and the first one are gone.
		const sent = await world.receive();
		await world.queue.remove(
			main,
			[first, ...sent].map(({ receiptHandle }) => receiptHandle),
		);
		await world.clock.advance(110_000);
		await world.drain();
		expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 1 });
	});

	it("spends an attempt when a leg ends without a new checkpoint", async () => {
		const world = engineWorld(ok, { long: ({ attempt }) => (attempt === 2 ? ok() : new Promise(() => {})) });
		await world.send({ job: "long", id: "r" });
		await world.drain();
		expect(world.performed).toEqual(["r#1.1", "r#2.1"]);
		expect(world.telemetry.named("attempt.retried")).toMatchObject([{ errorClass: "timeout" }]);
	});

	it("refuses a checkpoint of a job that does not declare any, and one that is no JSON", async () => {
		const undeclared = engineWorld(async (_, context) => context.checkpoint(1));
		await undeclared.send({ job: "work", input: { n: 1 }, id: "r" });
		await undeclared.drain();
		expect(undeclared.row("r")).toMatchObject({ state: "FAILURE", error: { errorClass: "validation" } });
		const cyclic: unknown[] = [];
		cyclic.push(cyclic);
		const bad = engineWorld(ok, { long: (context) => context.checkpoint(cyclic) });
		await bad.send({ job: "long", id: "r" });
		await bad.drain();
		expect(bad.row("r")).toMatchObject({ state: "FAILURE", error: { errorClass: "validation" } });
	});

	it("puts a large checkpoint into the bucket and brings it back", async () => {
		const large = "x".repeat(10_000);
		const world = engineWorld(ok, {
			async long(context) {
				if (context.cursor === large) return "back";
				await context.checkpoint(large);
				throw new JobError("system", "once");
			},
		});
		await world.send({ job: "long", id: "r" });
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 2, result: { json: '"back"' } });
		expect(world.row("r")?.cursor).toMatchObject({ kind: "blob", bytes: 10_013 });
	});
});

describe("time limits over all legs (INV-13)", () => {
	it("tells the job at the soft limit, and takes what it then returns", async () => {
		let toldAt = 0;
		const world = engineWorld(ok, {
			async long(context) {
				for (let at = 0; !context.signal.aborted; at++) {
					await world.clock.sleep(step);
					if (!context.signal.aborted) await context.checkpoint(at);
				}
				toldAt = world.clock.now() - begun;
				return context.signal.reason.code;
			},
		});
		const begun = world.clock.now();
		await world.send({ job: "long", id: "r" });
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", result: { json: '"soft-time-limit"' } });
		// It looks every 10 s, and its legs take some milliseconds to follow each other.
		expect(toldAt).toBeGreaterThanOrEqual(240_000);
		expect(toldAt).toBeLessThan(250_000);
	});

	it("stops it at the hard limit, whatever it does, and settles FAILURE without a retry", async () => {
		const world = engineWorld(ok, {
			async long(context) {
				for (let at = 0; ; at++) {
					await world.clock.sleep(step);
					await context.checkpoint(at);
				}
			},
		});
		const begun = world.clock.now();
		await world.send({ job: "long", id: "r" });
		await world.drain();
		const row = world.row("r");
		expect(row).toMatchObject({
			state: "FAILURE",
			reason: "time-limit-exceeded",
			error: { excType: "TimeLimitExceeded", errorClass: "timeout" },
			attempts: 1,
		});
		const tookMs = row?.state === "FAILURE" ? row.endedAt - begun : 0;
		expect(tookMs).toBeGreaterThanOrEqual(300_000);
		expect(tookMs).toBeLessThanOrEqual(301_000);
		expect(world.letters()).toMatchObject([{ reason: "time-limit-exceeded" }]);
	});

	it("counts from now at the latest, whatever a message says of the attempt's start", async () => {
		const { world } = stepping(100);
		await world.send({ job: "long", id: "r" });
		await world.step();
		expect(world.row("r")).toMatchObject({ state: "LEG", nextLeg: 2 });
		const secondBegan = world.clock.now();
		// It comes before the engine's own.
		const forged = { job: "long", id: "r", attempt: 1, leg: { number: 2, startedAt: "2099-01-01T00:00:00Z" } };
		await world.queue.purge(main);
		await world.send(forged);
		await world.drain();
		const row = world.row("r");
		expect(row).toMatchObject({ state: "FAILURE", reason: "time-limit-exceeded" });
		expect(row?.state === "FAILURE" ? row.endedAt - secondBegan : 0).toBeLessThanOrEqual(301_000);
	});

	it("begins an attempt anew whose row was forgotten between two legs", async () => {
		const { world, done } = stepping(2);
		await world.send({ job: "long", id: "r", leg: { number: 3, startedAt: "2026-11-19T09:00:00Z" } });
		await world.drain();
		expect(world.performed).toEqual(["r#1.1"]);
		expect(done).toEqual([0, 1]);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 1 });
	});

	it("settles a leg that comes too late to begin at all", async () => {
		const { world } = stepping(16);
		await world.send({ job: "long", id: "r" });
		await world.step();
		expect(world.row("r")?.state).toBe("LEG");
		await world.clock.advance(400_000);
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "FAILURE", reason: "time-limit-exceeded" });
		expect(world.performed).toEqual(["r#1.1"]);
	});
});

describe("heartbeat", () => {
	it("keeps the lease of a performing run short and alive, and hides its message in a long invocation", async () => {
		const leases: number[] = [];
		const hidden: number[] = [];
		const world = engineWorld(
			async () => {
				for (let at = 0; at < 5; at++) {
					await world.clock.sleep(21_000);
					const row = world.row("r");
					if (row !== undefined && "leaseUntil" in row) leases.push(row.leaseUntil - world.clock.now());
					hidden.push(...world.queue.messages(main).map(({ visibleAt }) => visibleAt - world.clock.now()));
				}
				return "done";
			},
			{ functionTimeoutSeconds: 900 },
		);
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		await world.drain();
		expect(leases).toEqual([74_000, 73_000, 72_000, 71_000, 70_000]);
		expect(hidden).toEqual([76_000, 75_000, 74_000, 73_000, 72_000]);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 1 });
	});

	it("performs a killed worker's run again within 2 minutes, whatever the function's timeout", async () => {
		const world = engineWorld(() => (world.performed.length === 1 ? new Promise(() => {}) : ok()), {
			functionTimeoutSeconds: 900,
			autoAdvance: false,
		});
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		const doomed = world.mortalWorker();
		void world.deliver(await world.receive(), doomed.worker);
		await world.clock.advance(45_000);
		doomed.kill();
		const killedAt = world.clock.now();
		while (world.performed.length < 2 && world.clock.now() < killedAt + 900_000) {
			await world.clock.advance(1_000);
			void world.deliver(await world.receive());
		}
		expect(world.performed).toEqual(["r#1", "r#2"]);
		// The last beat came 5 s before the kill, and leases last 75 s.
		expect(world.clock.now() - killedAt).toBeLessThanOrEqual(75_000);
	});
});
