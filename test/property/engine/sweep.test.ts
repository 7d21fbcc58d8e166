/**
 * Sweeps under faults: they die before and after any call, lose answers, run side by side. Whatever happens, no run is ended that anything
 * carries, what has ended stays, and once the faults are over everything lost is ended and everything enqueued has begun.
 */
import { expect, it } from "vitest";
import { sweep } from "../../../shared/engine/sweep/sweep.ts";
import type { SweepParts } from "../../../shared/engine/sweep/sweep-parts.ts";
import { MillraceError } from "../../../shared/kernel/errors.ts";
import { fence, runId, scheduleNamePrefix } from "../../../shared/kernel/ids.ts";
import { epochSeconds, plusMs } from "../../../shared/kernel/time.ts";
import type { RunRecord } from "../../../shared/ports/job-store.ts";
import { createMemoryBlobStore } from "../../support/memory-blob-store.ts";
import { createMemoryJobStore } from "../../support/memory-job-store.ts";
import { createMemoryQueue } from "../../support/memory-queue.ts";
import { createMemoryScheduleRegistry } from "../../support/memory-schedule-registry.ts";
import { createMemoryScheduler } from "../../support/memory-scheduler.ts";
import { createMemorySweepStore } from "../../support/memory-sweep-store.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { createTelemetryRecorder } from "../../support/telemetry-recorder.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";

const minutes = 60_000;
const classes = ["a", "b", "c"];
const seeds = Array.from({ length: 300 }, (_, seed) => seed);

/** What carries a run, apart from its class's queue: a worker's heartbeat, a schedule, a message; or nothing. */
type Carrier = "worker" | "schedule" | "message" | "nothing";

interface SimulatedRun {
	readonly id: string;
	readonly queueClass: string;
	carrier: Carrier;
}

/** @returns what was broken, in words, and how much happened. */
async function runSweeps(
	seed: number,
): Promise<{ readonly broken: readonly string[]; readonly ended: number; readonly sent: number }> {
	const random = createSeededRandom(seed);
	const chance = (probability: number): boolean => random.unit() < probability;
	const oneOf = <Item>(items: readonly Item[]): Item => items[Math.floor(random.unit() * items.length)] as Item;
	const clock = createVirtualClock();
	const store = createMemoryJobStore(clock);
	const queue = createMemoryQueue(clock, classes);
	const scheduler = createMemoryScheduler(clock, queue, { wakes: false });
	const sweeps = createMemorySweepStore(store);
	const runs: SimulatedRun[] = [];
	const broken: string[] = [];
	const ends = new Map<string, string>();
	let faults = true;

	/** One sweeper's ports: each call may fail before or after its effect, and may take its time, in which the world goes on. */
	function faulty<Port extends object>(port: Port): Port {
		return new Proxy(port, {
			get(target, name) {
				const call = Reflect.get(target, name) as unknown;
				if (typeof call !== "function" || name === "placeAt" || name === "instantOf") return call;
				return async (...given: unknown[]) => {
					const fault = faults && chance(0.06) ? Math.floor(random.unit() * 3) : -1;
					if (fault === 0) throw new MillraceError("store-failed", "cut off before its effect");
					if (fault === 1) await clock.sleep(Math.floor(random.unit() * 120_000));
					const answer: unknown = await call.apply(target, given);
					if (fault === 2) throw new MillraceError("store-failed", "cut off after its effect");
					return answer;
				};
			},
		});
	}

	const observed: SweepParts["store"] = {
		getMany: store.getMany,
		async claimMany(claims) {
			const results = await store.claimMany(claims);
			for (const [index, { record }] of claims.entries()) {
				const result = results[index];
				if (result === undefined || !("claimed" in result) || !result.claimed) continue;
				const run = runs.find(({ id }) => id === record.id);
				// What the sweeper saw may be as old as its slowest call; a carrier that came to be since then revives the run.
				if (run?.carrier === "worker") broken.push(`${record.id} was ended while it performed`);
				const known = ends.get(record.id);
				if (known !== undefined && known !== JSON.stringify(result.record)) broken.push(`${record.id} ended twice`);
				ends.set(record.id, JSON.stringify(result.record));
			}
			return results;
		},
	};
	const partsOfOne = (): SweepParts => ({
		store: faulty(observed),
		sweeps: faulty(sweeps),
		queue: faulty({ sendMany: queue.sendMany }),
		operator: faulty({ depth: queue.depth }),
		mappings: { read: async () => ({ state: "active" }) },
		scheduler: faulty({ waits: scheduler.waits }),
		schedules: createMemoryScheduleRegistry(),
		blobs: createMemoryBlobStore(),
		clock,
		random,
		telemetry: createTelemetryRecorder(),
		queueClassOf: () => "a",
	});
	const sweepOnce = (): Promise<unknown> => sweep(partsOfOne()).catch(() => undefined);
	async function whileTimePasses(work: Promise<unknown>): Promise<void> {
		let done = false;
		const ended = work.finally(() => (done = true));
		while (!done) await clock.advance(5_000);
		await ended;
	}

	async function add(over: Partial<RunRecord>, carrier: Carrier): Promise<SimulatedRun> {
		const now = clock.now();
		const id = `r-${runs.length}`;
		const run = { id, queueClass: oneOf(classes), carrier };
		const base = {
			id: runId(id),
			job: "j",
			generation: 1,
			attempts: 1,
			carrier: "m",
			retriesMax: 3,
			queueClass: run.queueClass,
		};
		const record = {
			...base,
			...{ createdAt: now, startedAt: now, expiresAt: epochSeconds(now / 1000 + 20 * 86_400) },
			...{ state: "STARTED", fence: fence(id), leaseUntil: plusMs(now, 75_000) },
			...over,
		} as RunRecord;
		await store.claimMany([{ record, expect: { kind: "absent" } }]);
		runs.push(run);
		if (carrier === "schedule") await scheduler.schedule({ ...scheduledFor(run), at: plusMs(now, 400 * 86_400_000) });
		if (carrier === "message") await queue.sendMany({ queueClass: run.queueClass, queue: "main" }, [{ body: id }]);
		return run;
	}
	const scheduledFor = ({ id, queueClass }: SimulatedRun) => ({
		name: `${scheduleNamePrefix(runId(id))}1`,
		queueClass,
		body: id,
		description: "d",
	});

	async function beat(): Promise<void> {
		for (const { id, carrier } of runs) {
			if (carrier !== "worker") continue;
			await store.beatMany([{ id: runId(id), fence: fence(id), leaseUntil: plusMs(clock.now(), 75_000) }]);
		}
	}
	async function lose(run: SimulatedRun): Promise<void> {
		if (run.carrier === "schedule") await scheduler.cancel([scheduledFor(run).name]);
		if (run.carrier === "message") {
			const held = await queue.receive(
				{ queueClass: run.queueClass, queue: "main" },
				{ max: 10, visibilitySeconds: 0, waitSeconds: 0 },
			);
			const same = held.filter(({ body }) => body === run.id);
			await queue.remove(
				{ queueClass: run.queueClass, queue: "main" },
				same.map(({ receiptHandle }) => receiptHandle),
			);
		}
		run.carrier = "nothing";
	}

	const followers: string[] = [];
	for (let round = 0; round < 40; round++) {
		for (let count = Math.floor(random.unit() * 3); count > 0; count--) {
			const dice = random.unit();
			if (dice < 0.2) {
				const parent = await add({}, "nothing");
				const follower = `${parent.id}-follower`;
				const followUps = [{ queueClass: parent.queueClass, delaySeconds: 0, message: { job: "j", id: follower } }];
				const settlement = {
					state: "SUCCESS",
					endedAt: clock.now(),
					result: { kind: "inline", json: "1" },
					followUps,
				} as const;
				await store.settleMany([
					{
						id: runId(parent.id),
						fence: fence(parent.id),
						expiresAt: epochSeconds(clock.now() / 1000 + 20 * 86_400),
						settlement,
					},
				]);
				followers.push(follower);
			} else if (dice < 0.4) await add({}, "worker");
			else await add({}, oneOf<Carrier>(["schedule", "message", "nothing"]));
		}
		for (const run of runs) if (chance(0.05)) await lose(run);
		for (let minute = 0; minute < 30; minute++) {
			await clock.advance(minutes);
			await beat();
		}
		// A sweep that takes long is overtaken by the next; heartbeats go on meanwhile.
		const sweeping = Promise.all(Array.from({ length: chance(0.3) ? 2 : 1 }, sweepOnce));
		const beating = (async () => {
			let done = false;
			void sweeping.then(() => (done = true));
			while (!done) {
				await clock.advance(20_000);
				await beat();
			}
		})();
		await Promise.all([sweeping, beating]);
		for (const { id, carrier, queueClass } of runs) {
			const row = store.rows.get(runId(id));
			if (row?.state === "SKIPPED" && carrier === "schedule")
				broken.push(`${id} was ended while a schedule waited for it`);
			if (row?.state === "SKIPPED" && carrier === "message")
				broken.push(`${id} was ended though ${queueClass} had its message`);
		}
	}

	faults = false;
	for (const run of runs) await lose(run);
	for (const queueClass of classes) await queue.purge({ queueClass, queue: "main" });
	const sent = new Set<string>();
	for (let round = 0; round < 40; round++) {
		await clock.advance(30 * minutes);
		await whileTimePasses(sweepOnce());
		for (const queueClass of classes) {
			const target = { queueClass, queue: "main" } as const;
			for (const { body } of queue.messages(target)) sent.add(String((JSON.parse(body) as { id: string }).id));
			await queue.purge(target);
		}
	}
	for (const { id } of runs) {
		const state = store.rows.get(runId(id))?.state;
		if (state !== "SKIPPED" && state !== "SUCCESS") broken.push(`${id} is still ${state}`);
	}
	for (const follower of followers) if (!sent.has(follower)) broken.push(`${follower} was never sent again`);
	return { broken, ended: ends.size, sent: sent.size };
}

it("ends what is lost and nothing else, whatever fails, stalls or runs twice", async () => {
	const broken: string[] = [];
	let ended = 0;
	let sent = 0;
	for (const seed of seeds) {
		const outcome = await runSweeps(seed);
		ended += outcome.ended;
		sent += outcome.sent;
		broken.push(...outcome.broken.map((promise) => `seed ${seed}: ${promise}`));
	}
	expect(broken).toEqual([]);
	// It has had something to do.
	expect(ended).toBeGreaterThan(seeds.length);
	expect(sent).toBeGreaterThan(seeds.length);
});
