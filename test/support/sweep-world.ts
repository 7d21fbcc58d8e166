/** The engine's world with a sweeper in it, and the ways in which runs get lost there. Time passes only when a test says so. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { sweep } from "../../shared/engine/sweep/sweep.ts";
import type { SweepOptions, SweepParts } from "../../shared/engine/sweep/sweep-parts.ts";
import { JobError } from "../../shared/job/index.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { fence, runId, scheduleNamePrefix } from "../../shared/kernel/ids.ts";
import { RUN_RETENTION_SECONDS } from "../../shared/kernel/limits.ts";
import { plusMs, plusSeconds, toEpochSeconds } from "../../shared/kernel/time.ts";
import type { PerformingRun } from "../../shared/ports/job-store.ts";
import { engineWorld, main } from "./engine-world.ts";
import { createMemoryScheduleRegistry } from "./memory-schedule-registry.ts";
import { createMemorySweepStore } from "./memory-sweep-store.ts";
import { createSeededRandom } from "./seeded-random.ts";

const queueClasses: Readonly<Record<string, string>> = { work: "standard", after: "standard", other: "elsewhere" };
const leaseMs = 75_000;

export async function sweepWorld() {
	let perform: () => Promise<unknown> = () => new Promise(() => {});
	const engine = engineWorld(() => perform(), { autoAdvance: false });
	const { clock, store, queue, blobs, telemetry } = engine;
	const sweeps = createMemorySweepStore(store);
	const schedules = createMemoryScheduleRegistry();
	const world = {
		...engine,
		main,
		sweeps,
		schedules,
		feeding: "active" as "active" | "paused",
		/** Runs that a schedule waits for. */
		scheduled: new Set<string>(),
		/** Runs whose rows make every read fail that they are part of. */
		unreadable: new Set<string>(),
		beforeClaim: async (): Promise<void> => {},
		/** Called before the scheduler answers. */
		beforeWaits: async (): Promise<void> => {},
		sweep: (options?: SweepOptions) => sweep(parts, options),
		/** From now on the job "work" succeeds, or fails for good; before, it hangs. */
		mend() {
			perform = async () => "done";
		},
		fail() {
			perform = async () => Promise.reject(new JobError("validation", "no such account"));
		},
		step: () => whileTimePasses(engine.step()),
		drain: () => whileTimePasses(engine.drain()),
		put,
		startOnWorkerThatDies,
		startAndLose,
		sendAndLose,
		redriveAndLose,
		endWell,
	};
	const parts: SweepParts = {
		store: {
			async getMany(ids) {
				if (ids.some((id) => world.unreadable.has(id))) throw new MillraceError("store-failed", "unreadable");
				return store.getMany(ids);
			},
			async claimMany(claims) {
				await world.beforeClaim();
				return store.claimMany(claims);
			},
		},
		sweeps,
		queue,
		operator: queue,
		mappings: { read: async () => ({ state: world.feeding }) },
		scheduler: {
			async waits(prefix) {
				await world.beforeWaits();
				return [...world.scheduled].some((id) => scheduleNamePrefix(runId(id)) === prefix);
			},
		},
		schedules,
		blobs,
		clock,
		random: createSeededRandom(7),
		telemetry,
		queueClassOf: (job) => queueClasses[job],
	};

	async function whileTimePasses<Result>(work: Promise<Result>): Promise<Result> {
		let done = false;
		const ended = work.finally(() => (done = true));
		while (!done) await clock.advance(10);
		return ended;
	}

	/** A row that performs, with a lease as its claim leaves it, and no message. */
	async function put(over: Partial<PerformingRun>): Promise<void> {
		const now = clock.now();
		const id = over.id ?? runId("r-1");
		const record: PerformingRun = {
			...{ id, job: "work", generation: 1, attempts: 1, carrier: `m-${id}`, retriesMax: 2, state: "STARTED" as const },
			...{ createdAt: now, startedAt: now, fence: fence(`fence-of-${id}`), leaseUntil: plusMs(now, leaseMs) },
			expiresAt: toEpochSeconds(plusSeconds(now, RUN_RETENTION_SECONDS)),
			...(over as object),
		};
		const [result] = await store.claimMany([{ record, expect: { kind: "absent" } }]);
		if (result === undefined || "failed" in result || !result.claimed) throw new Error(`${id} is there already`);
	}

	/** Receives what there is and dies performing it. */
	async function startOnWorkerThatDies(): Promise<void> {
		const before = engine.performed.length;
		const mortal = engine.mortalWorker();
		void engine.deliver(await engine.receive(), mortal.worker);
		while (engine.performed.length === before) await nextTurn();
		mortal.kill();
	}

	async function sendAndLose(body: string): Promise<void> {
		perform = () => new Promise(() => {});
		await engine.send(body);
		await startOnWorkerThatDies();
		await queue.purge(main);
	}

	/** @returns the message that is gone. */
	async function startAndLose(id: string): Promise<string> {
		const body = JSON.stringify({ job: "work", input: { n: 1 }, id });
		await sendAndLose(body);
		return body;
	}

	async function redriveAndLose(): Promise<void> {
		perform = () => new Promise(() => {});
		await engine.redrive();
		await startOnWorkerThatDies();
		await queue.purge(main);
	}

	/** A run that ends well; what it enqueued is never sent. */
	async function endWell(id: string, enqueued: readonly string[]): Promise<void> {
		const now = clock.now();
		await put({ id: runId(id) });
		await store.settleMany([
			{
				id: runId(id),
				fence: fence(`fence-of-${id}`),
				expiresAt: toEpochSeconds(plusSeconds(now, RUN_RETENTION_SECONDS)),
				settlement: {
					state: "SUCCESS",
					endedAt: now,
					result: { kind: "inline", json: "1" },
					followUps: enqueued.map((next) => ({
						queueClass: "standard",
						delaySeconds: 0,
						message: { job: "after", id: next },
					})),
				},
			},
		]);
	}

	return world;
}
