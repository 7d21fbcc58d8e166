/**
 * Workers of one group under concurrency limits, on a virtual clock: pollers that hand batches of two queue classes to at most so many
 * invocations, stores that take their time, workers that die, freeze and are answered twice. It sees every performance.
 */
import * as z from "zod/mini";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { runBatch } from "../../shared/engine/run-batch.ts";
import type { WorkerParts } from "../../shared/engine/worker-parts.ts";
import {
	type ConcurrencyLimit,
	defineJob,
	defineQueueClass,
	defineWorkerGroup,
	type JobContext,
	type JobLog,
	retryPolicy,
} from "../../shared/job/index.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { VISIBILITY_MARGIN_SECONDS } from "../../shared/kernel/limits.ts";
import { type EpochMs, epochMs, plusMs, plusSeconds } from "../../shared/kernel/time.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import type { ReceivedMessage } from "../../shared/ports/queue-operator.ts";
import { createMemoryBlobStore } from "./memory-blob-store.ts";
import { createMemoryDebounceStore } from "./memory-debounce-store.ts";
import { createMemoryEffectStore } from "./memory-effect-store.ts";
import { createMemoryJobStore } from "./memory-job-store.ts";
import { createMemoryLimitStore } from "./memory-limit-store.ts";
import { createMemoryQueue } from "./memory-queue.ts";
import { createMemoryResultCache } from "./memory-result-cache.ts";
import { createMemoryScheduleRegistry } from "./memory-schedule-registry.ts";
import { createMemorySlotStore } from "./memory-slot-store.ts";
import { createSeededRandom } from "./seeded-random.ts";
import { createTelemetryRecorder } from "./telemetry-recorder.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const silent: JobLog = { debug() {}, info() {}, warn() {}, error() {} };

export interface FleetOptions {
	readonly seed: number;
	/** Queue classes of the group; each has a job of its own, "job-" and its name. Default: one and two. */
	readonly classes?: readonly string[];
	readonly concurrency?: ConcurrencyLimit;
	readonly concurrencyMax?: number;
	/** Invocations of each class at the same time. */
	readonly invocationsMax: number;
	readonly timeoutSeconds?: number;
	/** How often a call dies with its worker, freezes it, or loses its answer. Default 0. */
	readonly faultRate?: number;
	/** How often a message is delivered to two workers. Default 0. */
	readonly doubleRate?: number;
	/** How much longer than usual a call of a worker (1 for the first) takes before its effect. Default 0 ms. */
	readonly stallMs?: (worker: number, method: string) => number;
	readonly perform: (context: JobContext, clock: Clock, unit: number) => Promise<unknown>;
}

export interface FleetPerformance {
	readonly runId: string;
	readonly queueClass: string;
	readonly key: string;
	readonly attempt: number;
	readonly leg: number;
	readonly worker: number;
	readonly from: EpochMs;
	/** When it ended, or its worker died. */
	until: EpochMs;
	ended: boolean;
}

export function createSlotFleet(options: FleetOptions) {
	const { seed, faultRate = 0, doubleRate = 0, timeoutSeconds = 60, invocationsMax } = options;
	const fleetClasses = options.classes ?? ["one", "two"];
	const random = createSeededRandom(seed);
	const clock = createVirtualClock();
	const classes = fleetClasses.map((name) => defineQueueClass({ name, promise: "p" }));
	const jobOf = (queueClass: (typeof classes)[number]) =>
		defineJob({
			name: `job-${queueClass.name}`,
			description: "d",
			queueClass,
			input: z.strictObject({ key: z.string() }),
			output: z.unknown(),
			retry: retryPolicy({ retriesMax: 20, delaySeconds: 1, jitter: "none", factor: 1 }),
			checkpoints: true,
			...(options.concurrency === undefined ? {} : { concurrency: { name: "shared", ...options.concurrency } }),
		});
	const catalogue = defineCatalogue({
		workerGroups: [
			defineWorkerGroup({
				name: "workers",
				queueClasses: classes,
				timeoutSeconds,
				...(options.concurrencyMax === undefined ? {} : { concurrencyMax: options.concurrencyMax }),
			}),
		],
		jobs: classes.map(jobOf),
	});
	const queue = createMemoryQueue(clock, fleetClasses, { maxReceiveCount: 1_000 });
	const store = createMemoryJobStore(clock);
	const slots = createMemorySlotStore();
	const telemetry = createTelemetryRecorder();
	const performances: FleetPerformance[] = [];
	const requests = { sent: 0, received: 0, removed: 0, store: 0, slots: 0 };
	let faults = true;
	let workers = 0;
	const busy: Record<string, number> = {};
	const busyWith = (queueClass: string, more = 0): number => (busy[queueClass] = (busy[queueClass] ?? 0) + more);
	const noMessage = epochMs(Number.MAX_SAFE_INTEGER);
	/** Until then no message is visible; which spares looking at thousands. */
	const quietUntil = new Map<string, EpochMs>();
	const quiet = (queueClass: string): EpochMs => quietUntil.get(queueClass) ?? noMessage;
	const nextVisible = (queueClass: string): EpochMs =>
		queue.messages(main(queueClass)).reduce((least, { visibleAt }) => epochMs(Math.min(visibleAt, least)), noMessage);
	const watchedQueue: Queue = {
		async sendMany(target, messages) {
			const soonest = plusSeconds(clock.now(), Math.min(...messages.map(({ delaySeconds = 0 }) => delaySeconds)));
			quietUntil.set(target.queueClass, epochMs(Math.min(quiet(target.queueClass), soonest)));
			return queue.sendMany(target, messages);
		},
		async changeVisibilityMany(target, changes) {
			quietUntil.set(target.queueClass, clock.now());
			return queue.changeVisibilityMany(target, changes);
		},
	};
	const main = (queueClass: string) => ({ queueClass, queue: "main" }) as const;

	interface Worker {
		readonly number: number;
		alive: boolean;
		die(): void;
		readonly performing: Set<FleetPerformance>;
	}
	const never = new Promise<never>(() => {});

	/** The same port as a worker reaches it, each answer of which takes a while. */
	function through<Port extends object>(worker: Worker, port: Port, counted: "store" | "slots" | "sent"): Port {
		return new Proxy(port, {
			get(target, name) {
				const method: unknown = Reflect.get(target, name);
				if (typeof method !== "function") return method;
				return async (...args: unknown[]) => {
					if (!worker.alive) return never;
					requests[counted]++;
					const fault = faults && random.unit() < faultRate ? Math.floor(random.unit() * 6) : -1;
					if (fault === 0 || fault === 1) worker.die();
					const stallMs = options.stallMs?.(worker.number, String(name)) ?? 0;
					if (stallMs > 0) await clock.sleep(stallMs);
					await clock.sleep(fault === 1 || fault === 2 ? random.unit() * 200_000 : 1 + random.unit() * 5);
					// What was under way when its worker died may still arrive, or not.
					if (!worker.alive && fault !== 1) return never;
					if (fault === 3) throw new MillraceError("store-failed", "cut off before its effect");
					const answer: unknown = await Reflect.apply(method, target, args);
					if (fault === 4) worker.die();
					await clock.sleep(1 + random.unit() * 5);
					if (!worker.alive) return never;
					if (fault === 5) throw new MillraceError("store-failed", "its answer was lost");
					return answer;
				};
			},
		});
	}

	async function work(queueClass: string, messages: readonly ReceivedMessage[]): Promise<void> {
		const death = Promise.withResolvers<void>();
		const worker: Worker = {
			number: ++workers,
			alive: true,
			die() {
				worker.alive = false;
				for (const performance of worker.performing) end(performance, clock.now());
				death.resolve();
			},
			performing: new Set(),
		};
		function end(performance: FleetPerformance, at: EpochMs): void {
			worker.performing.delete(performance);
			if (!performance.ended) performance.until = epochMs(Math.min(at, performance.until));
			performance.ended = true;
		}
		const skewMs = faultRate === 0 ? 0 : (random.unit() * 2 - 1) * 7_000;
		const own: Clock = {
			now: () => plusMs(clock.now(), skewMs),
			sleep: (ms, signal) => (worker.alive ? clock.sleep(ms, signal) : never),
		};
		const parts: WorkerParts = {
			catalogue,
			implementations: Object.fromEntries(
				catalogue.jobs.map((job) => [
					job.name,
					async (input, context) => {
						const from = clock.now();
						const { key } = input as { key: string };
						const place = { runId: context.runId, attempt: context.attempt, leg: context.leg, worker: worker.number };
						const performance: FleetPerformance = {
							...place,
							queueClass,
							key,
							from,
							until: epochMs(Number.MAX_SAFE_INTEGER),
							ended: false,
						};
						performances.push(performance);
						worker.performing.add(performance);
						try {
							return await options.perform(context, own, random.unit());
						} finally {
							end(performance, clock.now());
						}
					},
				]),
			),
			runConcurrency: 10,
			store: through(worker, store, "store"),
			limits: createMemoryLimitStore(),
			slots: through(worker, slots, "slots"),
			debounce: createMemoryDebounceStore(),
			schedules: createMemoryScheduleRegistry(),
			effects: createMemoryEffectStore(),
			cache: createMemoryResultCache(),
			queue: through(worker, watchedQueue, "sent"),
			blobs: createMemoryBlobStore(),
			clock: own,
			random,
			telemetry,
			logFor: () => silent,
		};
		await clock.sleep(5 + random.unit() * 20);
		const invocationEndsAt = plusSeconds(own.now(), timeoutSeconds);
		void clock.sleep(timeoutSeconds * 1000).then(() => worker.die());
		const answered = runBatch(parts, {
			queueClass,
			messages: messages.map(({ sentAt, ...message }) => ({ ...message, sentAt: epochMs(Date.parse(sentAt)) })),
			invocationEndsAt,
		}).then(async ({ keptMessageIds }) => {
			if (!worker.alive) return;
			const done = messages.filter(({ messageId }) => !keptMessageIds.includes(messageId));
			if (done.length > 0) requests.removed++;
			await queue.remove(
				main(queueClass),
				done.map(({ receiptHandle }) => receiptHandle),
			);
		});
		await Promise.race([answered, death.promise]);
	}

	/** What the mapping does: hands over what is there while the function may be invoked once more. */
	async function poll(queueClass: string): Promise<void> {
		while (busyWith(queueClass) < invocationsMax && quiet(queueClass) <= clock.now()) {
			const visibilitySeconds = timeoutSeconds + VISIBILITY_MARGIN_SECONDS;
			const received = await queue.receive(main(queueClass), { max: 10, visibilitySeconds, waitSeconds: 0 });
			if (received.length === 0) {
				quietUntil.set(queueClass, nextVisible(queueClass));
				return;
			}
			requests.received++;
			const copies = faults && random.unit() < doubleRate ? 2 : 1;
			for (let copy = 0; copy < copies; copy++) {
				busyWith(queueClass, 1);
				void work(queueClass, received).then(() => busyWith(queueClass, -1));
			}
		}
	}

	return {
		performances,
		requests,
		slots,
		telemetry,
		store,
		clock,
		async send(queueClass: string, id: string, key = "k", more: object = {}, delaySeconds = 0): Promise<void> {
			const body = JSON.stringify({ job: `job-${queueClass}`, id, input: { key }, ...more });
			const { tenant } = more as { readonly tenant?: string };
			const group = tenant === undefined ? {} : { messageGroupId: tenant };
			await watchedQueue.sendMany(main(queueClass), [{ body, delaySeconds, ...group }]);
		},
		/** Runs until no message is left. @returns the milliseconds that it took. */
		async drain(faultsForMs = Number.POSITIVE_INFINITY): Promise<number> {
			const from = clock.now();
			for (;;) {
				faults = clock.now() - from < faultsForMs;
				for (const queueClass of fleetClasses) await poll(queueClass);
				const working = fleetClasses.some((queueClass) => busyWith(queueClass) > 0);
				if (working) {
					// There may be more to do, and more who can do it, any moment.
					await clock.advance(20);
					continue;
				}
				const nextAt = Math.min(...fleetClasses.map(nextVisible));
				if (nextAt === noMessage) return clock.now() - from;
				await clock.advance(Math.max(nextAt - clock.now(), 1));
			}
		},
		row: (id: string) => [...store.rows.values()].find((row) => row.id === id),
	};
}

/** The most performances of one key (`undefined`: of all) at any one instant. */
export function mostAtOnce(performances: readonly FleetPerformance[], key?: string): number {
	const counted = performances.filter((performance) => key === undefined || performance.key === key);
	const changes = counted
		.flatMap(({ from, until }) => [
			{ at: from, by: 1 },
			{ at: until, by: -1 },
		])
		.sort((one, other) => one.at - other.at || one.by - other.by);
	let now = 0;
	let most = 0;
	for (const { by } of changes) {
		now += by;
		most = Math.max(most, now);
	}
	return most;
}
