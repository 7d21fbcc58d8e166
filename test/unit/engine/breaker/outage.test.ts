/** Runs of a class whose downstream is out, through the whole engine: what a worker spends on it, and what it costs where nothing is wrong. */
import { describe, expect, it } from "vitest";
import { createBreakers } from "../../../../shared/engine/breaker/breakers.ts";
import type { WorkerParts } from "../../../../shared/engine/worker-parts.ts";
import { JobError, skip } from "../../../../shared/job/index.ts";
import { MillraceError } from "../../../../shared/kernel/errors.ts";
import { epochMs, plusSeconds } from "../../../../shared/kernel/time.ts";
import { engineWorld, main } from "../../../support/engine-world.ts";

/** When the clock of an engine world begins: 2026-11-20T09:00:00.000Z. */
const START = 1_795_165_200_000;
const ids = (count: number, name = "r") =>
	Array.from({ length: count }, (_, n) => ({ job: "work", id: `${name}-${n}`, input: { n } }));

/** A world whose downstream a test switches off and on. */
function outageWorld(options: Parameters<typeof engineWorld>[1] = {}) {
	const downstream = { out: true };
	const world = engineWorld(async () => {
		if (downstream.out) throw new JobError("api", "503 from billing");
		return "done";
	}, options);
	const held = () => world.telemetry.named("run.deferred").filter(({ why }) => why === "breaker");
	const circuit = () => world.breakers.states.get("standard")?.circuit;
	return Object.assign(world, { downstream, held, circuit });
}

/** Opened by a batch of ten and another: with the second, twenty have failed. */
async function opened(options?: Parameters<typeof engineWorld>[1]) {
	const world = outageWorld(options);
	await world.send(...ids(40));
	await world.step();
	await world.step();
	return world;
}

describe("the breaker of a class", () => {
	it("costs nothing while runs succeed, or fail on something else", async () => {
		const world = engineWorld(async ({ n }) => {
			if (n % 2 === 0) throw new JobError("validation", "no such account");
			return n % 3 === 0 ? skip("nothing to do") : "done";
		});
		await world.send(...ids(100));
		await world.drain();
		expect(world.performed).toHaveLength(100);
		expect(world.breakers.calls).toEqual({ report: 0, look: 0, change: 0 });
	});

	it("lets a message that it has held back a thousand times wait longer, whatever its numbers: its hops last for days", async () => {
		const soon = {
			of: () => ({
				pass: async () => ({ go: false as const, comeBackAt: plusSeconds(epochMs(START), 1) }),
				note() {},
				told: () => undefined,
			}),
		};
		const world = engineWorld(async () => "done", { worker: { breakers: soon }, autoAdvance: false });
		await world.send(
			{ job: "work", id: "r-0", input: { n: 0 }, hops: 1_000 },
			{ job: "work", id: "r-1", input: { n: 1 }, hops: 1_001 },
		);
		await world.step();
		const [few, many] = world.telemetry.named("run.deferred").map(({ delaySeconds }) => delaySeconds);
		expect(few).toBe(1);
		expect(many).toBeGreaterThan(60);
		expect(many).toBeLessThanOrEqual(120);
	});

	it("opens with the twentieth failure, and holds back what comes then without an attempt", async () => {
		const world = await opened();
		expect(world.performed).toHaveLength(20);
		expect(world.circuit()).toEqual({
			open: true,
			revision: 1,
			since: START,
			because: "ApiError: 503 from billing",
			openSeconds: 30,
			nextProbeAt: START + 30_000,
			probes: 1,
			probing: false,
		});
		const { claimMany } = world.calls;
		await world.step();
		await world.step();
		expect(world.performed).toHaveLength(20);
		expect(world.calls.claimMany).toBe(claimMany);
		expect(world.held()).toHaveLength(20);
		for (const { delaySeconds } of world.held()) expect(delaySeconds).toBeGreaterThanOrEqual(30);
		for (const { delaySeconds } of world.held()) expect(delaySeconds).toBeLessThanOrEqual(60);
		expect(new Set(world.held().map(({ delaySeconds }) => delaySeconds)).size).toBeGreaterThan(10);
		expect(world.telemetry.named("breaker.opened")).toEqual([
			{ event: "breaker.opened", queueClass: "standard", because: "ApiError: 503 from billing", openSeconds: 30 },
		]);
	});

	it("tells ten failures of a batch in two requests", async () => {
		const world = outageWorld();
		await world.send(...ids(10));
		await world.step();
		expect(world.breakers.calls.report).toBeLessThanOrEqual(2);
		expect(world.breakers.states.get("standard")?.counts).toMatchObject({ failures: 10, successes: 0 });
	});

	it("stays closed where fewer than half fail", async () => {
		const world = engineWorld(async ({ n }, { attempt }) => {
			if (attempt === 1 && n % 5 < 2) throw new JobError("api", "503");
		});
		await world.send(...ids(500));
		await world.drain();
		expect(world.telemetry.named("breaker.opened")).toEqual([]);
		expect(world.performed).toHaveLength(700);
	});

	it("tries one run for each wait, which doubles, and spends no run's attempts meanwhile", async () => {
		const world = await opened();
		const before = world.performed.length;
		const until = plusSeconds(epochMs(START), 1800);
		while (world.clock.now() < until) {
			await world.clock.advance(1000);
			await world.step();
		}
		const probes = world.telemetry.named("breaker.probed");
		expect(probes.slice(0, 4).map(({ passed, nextProbeSeconds }) => [passed, nextProbeSeconds])).toEqual([
			[false, 60],
			[false, 120],
			[false, 120],
			[false, 120],
		]);
		// 1,800 s are 30, 60 and 14 times 120 s, each a little longer.
		expect(probes.length).toBeGreaterThanOrEqual(13);
		expect(probes.length).toBeLessThanOrEqual(16);
		expect(world.performed.length - before).toBe(probes.length);
		expect(world.letters()).toEqual([]);

		world.downstream.out = false;
		await world.drain();
		expect(world.telemetry.named("breaker.closed")).toHaveLength(1);
		const rows = ids(40).map(({ id }) => world.row(id));
		expect(rows.map((row) => row?.state)).toEqual(Array.from({ length: 40 }, () => "SUCCESS"));
		expect(world.clock.now() - until).toBeLessThan(300_000);
	});

	it("spends no run's last attempt on a probe while another run may try", async () => {
		const world = await opened();
		await world.queue.purge(main);
		await world.clock.advance(31_000);
		const last = (n: number) => ({ job: "work", id: `last-${n}`, attempt: 3, input: { n } });
		await world.send(...Array.from({ length: 9 }, (_, n) => last(n)), { job: "work", id: "fresh", input: { n: 1 } });
		const { length } = world.performed;
		await world.step();
		expect(world.performed.slice(length)).toEqual(["fresh#1"]);

		// Nobody else has come for as long again.
		await world.queue.purge(main);
		await world.clock.advance(60_000);
		await world.send(last(10));
		await world.step();
		expect(world.performed).toHaveLength(length + 1);
		await world.queue.purge(main);
		await world.clock.advance(60_000);
		await world.send(last(11), last(12));
		await world.step();
		expect(world.performed.slice(length + 1)).toEqual(["last-11#3"]);
	});

	it("lets 1, 2, 4 and 8 runs through before it closes", async () => {
		const world = await opened();
		await world.step();
		await world.step();
		world.downstream.out = false;
		await world.clock.advance(120_000);
		const through: number[] = [];
		for (let batch = 0; batch < 5; batch++) {
			const before = world.performed.length;
			await world.send(...ids(10, `batch-${batch}`));
			await world.deliver((await world.receive()).slice(-10));
			through.push(world.performed.length - before);
		}
		expect(through).toEqual([1, 2, 4, 8, 10]);
		expect(world.circuit()).toMatchObject({ open: false, openSeconds: 30 });
	});

	it("opens again for twice as long when everything fails again at once", async () => {
		const world = await opened();
		world.downstream.out = false;
		await world.drain();
		world.downstream.out = true;
		await world.send(...ids(30, "again"));
		for (let batch = 0; batch < 3; batch++) await world.step();
		expect(world.telemetry.named("breaker.opened").map(({ openSeconds }) => openSeconds)).toEqual([30, 60]);
	});
});

describe("a worker that comes later", () => {
	it("asks before it performs a run that was held back, and so spends nothing", async () => {
		const world = await opened();
		await world.step();
		const performed = world.performed.length;
		const late = world.newWorker();
		await world.clock.advance(10_000);
		await world.queue.purge(main);
		await world.send({ job: "work", id: "held", input: { n: 1 }, breaker: { carrier: "m" } });
		await world.deliver(await world.receive(), late);
		expect(world.performed).toHaveLength(performed);
		expect(world.breakers.calls.look).toBe(1);
	});

	it("learns it with its first failures where nothing tells it before", async () => {
		const world = await opened();
		await world.queue.purge(main);
		await world.send(...ids(20, "fresh"));
		const late = world.newWorker();
		await world.deliver(await world.receive(), late);
		expect(world.performed).toHaveLength(30);
		await world.deliver(await world.receive(), late);
		expect(world.performed).toHaveLength(30);
		expect(world.held()).toHaveLength(10);
	});

	it("asks before it performs a run whose last attempt failed", async () => {
		const world = await opened();
		await world.queue.purge(main);
		await world.send({ job: "work", id: "r-3", attempt: 2, input: { n: 1 } });
		await world.deliver(await world.receive(), world.newWorker());
		expect(world.performed).toHaveLength(20);
	});

	it("goes on when the breaker has closed meanwhile", async () => {
		const world = await opened();
		await world.step();
		await world.breakers.change("standard", { open: false, revision: 2, since: epochMs(START), openSeconds: 30 });
		world.downstream.out = false;
		await world.queue.purge(main);
		await world.send(...ids(10, "later").map((run) => ({ ...run, breaker: { carrier: "m" } })));
		await world.deliver(await world.receive(), world.newWorker());
		expect(world.telemetry.named("run.settled").length).toBe(10);
		expect(world.breakers.calls.look).toBe(1);
	});

	it("hears within half a minute that an operator closed it", async () => {
		const world = await opened();
		const byHand = { open: true, since: epochMs(START), because: "maintenance", openSeconds: 30, probes: 1 } as const;
		const nextProbeAt = plusSeconds(epochMs(START), 3600);
		await world.breakers.change("standard", { ...byHand, revision: 2, nextProbeAt, probing: false });
		await world.clock.advance(30_000);
		await world.step();
		const { length } = world.performed;
		await world.breakers.change("standard", { open: false, revision: 3, since: epochMs(START), openSeconds: 0 });
		await world.clock.advance(29_000);
		await world.step();
		expect(world.performed).toHaveLength(length);
		world.downstream.out = false;
		await world.send(...ids(5, "later"));
		await world.clock.advance(1_000);
		await world.step();
		expect(world.performed.length).toBeGreaterThan(length);
	});
});

describe("what is not held back", () => {
	it("a leg of an attempt that has begun", async () => {
		const world = await opened({ long: async () => "done" });
		await world.queue.purge(main);
		const leg = { number: 2, startedAt: "2026-11-20T09:00:00.000Z" };
		await world.send({ job: "long", id: "begun", attempt: 1, leg, input: {} }, { job: "long", id: "fresh", input: {} });
		await world.step();
		expect(world.row("begun")).toMatchObject({ state: "SUCCESS" });
		expect(world.row("fresh")).toBeUndefined();
	});

	it("a run past its expiresAt, which ends", async () => {
		const world = await opened();
		await world.queue.purge(main);
		await world.send({ job: "work", id: "old", input: { n: 1 }, expiresAt: "2026-11-20T09:00:01.000Z" });
		await world.clock.advance(2_000);
		await world.step();
		expect(world.row("old")).toMatchObject({ state: "REVOKED", reason: "expired" });
	});
});

describe("a run that was held back", () => {
	it("is carried by the message that came first, so that its redelivery repeats what follows", async () => {
		const world = await opened();
		await world.queue.purge(main);
		await world.send({ job: "work", id: "held", input: { n: 1 } });
		const [first] = await world.receive();
		if (first === undefined) throw new Error("nothing came");
		await world.deliver([first]);
		const sent = world.queue.messages(main).map(({ body }) => JSON.parse(body));
		expect(sent.at(-1)).toEqual({
			job: "work",
			id: "held",
			input: { n: 1 },
			attempt: 1,
			generation: 1,
			hops: 1,
			sentAt: 1_795_165_200_000,
			breaker: { carrier: first.messageId },
		});
		world.downstream.out = false;
		await world.drain();
		expect(world.row("held")).toMatchObject({ state: "SUCCESS", attempts: 1, carrier: first.messageId });
	});

	it("keeps its carrier when it is held back again, and loses the mark with its next attempt", async () => {
		const world = await opened();
		await world.queue.purge(main);
		await world.send({ job: "work", id: "held", input: { n: 1 }, breaker: { carrier: "the-first" } });
		await world.step();
		const again = () => JSON.parse(world.queue.messages(main).at(-1)?.body ?? "{}");
		expect(again()).toMatchObject({ hops: 1, breaker: { carrier: "the-first" } });
		// It is the probe, and fails.
		await world.clock.advance(60_000);
		await world.step();
		expect(again()).toMatchObject({ id: "held", attempt: 2 });
		expect(again()).not.toHaveProperty("breaker");
	});
});

describe("a probe", () => {
	it("of which nothing came leaves the next one to the next message", async () => {
		const world = await opened();
		await world.queue.purge(main);
		await world.clock.advance(31_000);
		// A copy of one that waits for its second attempt.
		await world.send({ job: "work", id: "r-0", input: { n: 0 } });
		await world.step();
		expect(world.performed).toHaveLength(20);
		expect(world.circuit()).toMatchObject({ open: true, probing: false, nextProbeAt: START + 31_000, probes: 1 });
		await world.send({ job: "work", id: "fresh", input: { n: 0 } });
		await world.step();
		expect(world.performed.at(-1)).toBe("fresh#1");
	});

	it("goes to another run when its worker is never heard of again", async () => {
		const world = await opened();
		await world.queue.purge(main);
		await world.clock.advance(31_000);
		const mortal = world.mortalWorker();
		await world.send({ job: "work", id: "probe", input: { n: 0 } });
		mortal.kill();
		void world.deliver(await world.receive(), { ...mortal.worker, ...world.newWorker() });
		await world.clock.advance(1_000);
		await world.send({ job: "work", id: "other", input: { n: 0 }, breaker: { carrier: "m" } });
		world.downstream.out = false;
		await world.clock.advance(60_000);
		await world.step();
		expect(world.row("other")).toMatchObject({ state: "SUCCESS" });
	});
});

describe("a breaker whose item can't be reached", () => {
	const failing = async (): Promise<never> => {
		throw new MillraceError("store-failed", "throttled");
	};
	function unreachable(
		world: ReturnType<typeof outageWorld>,
		over: Partial<typeof world.breakers> = {},
	): Pick<WorkerParts, "breakers"> {
		const store = { ...world.breakers, report: failing, look: failing, change: failing, ...over };
		const { clock, telemetry } = world;
		return { breakers: createBreakers({ store, clock, random: { unit: () => 0.5 }, telemetry }, world.catalogue) };
	}

	it("counts as closed, and fails no run", async () => {
		const world = outageWorld();
		const worker = unreachable(world);
		await world.send(...ids(30));
		for (let batch = 0; batch < 3; batch++) await world.deliver(await world.receive(), worker);
		expect(world.performed).toHaveLength(30);
		expect(world.telemetry.named("message.kept")).toEqual([]);
		expect(world.telemetry.named("breaker.failed")[0]).toMatchObject({ queueClass: "standard", why: "throttled" });
	});

	it("stays open for a while where it was known to be open, and not for good", async () => {
		const world = await opened();
		await world.queue.purge(main);
		const worker = unreachable(world, { look: world.breakers.look });
		const held = (id: string) => ({ job: "work", id, input: { n: 1 }, breaker: { carrier: "m" } });
		const performedWhen = async (id: string): Promise<boolean> => {
			await world.send(held(id));
			await world.deliver((await world.receive()).slice(-1), worker);
			return world.performed.includes(`${id}#1`);
		};
		expect(await performedWhen("at-once")).toBe(false);
		await world.clock.advance(60_000);
		expect(await performedWhen("a-minute-later")).toBe(false);
		await world.clock.advance(100_000);
		expect(await performedWhen("much-later")).toBe(true);
	});
});
