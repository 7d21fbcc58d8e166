/** The whole engine on memory adapters and a virtual clock: a queue class, a few jobs whose implementations a test gives, and deliveries. */

import * as z from "zod/mini";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { createBreakers } from "../../shared/engine/breaker/breakers.ts";
import { runBatch } from "../../shared/engine/run-batch.ts";
import type { DeliveredMessage, WorkerParts } from "../../shared/engine/worker-parts.ts";
import {
	defineJob,
	defineQueueClass,
	defineWorkerGroup,
	type JobContext,
	type JobLog,
	rateLimit,
	retryPolicy,
	singleton,
} from "../../shared/job/index.ts";
import { defineSchedule } from "../../shared/job/schedule.ts";
import { epochMs, plusSeconds } from "../../shared/kernel/time.ts";
import type { JobStore } from "../../shared/ports/job-store.ts";
import type { OutgoingMessage, Queue } from "../../shared/ports/queue.ts";
import type { ReceivedMessage } from "../../shared/ports/queue-operator.ts";
import type { ScheduleRegistry } from "../../shared/ports/schedule-registry.ts";
import { createMemoryBlobStore } from "./memory-blob-store.ts";
import { createMemoryBreakerStore } from "./memory-breaker-store.ts";
import { createMemoryDebounceStore } from "./memory-debounce-store.ts";
import { createMemoryEffectStore } from "./memory-effect-store.ts";
import { createMemoryJobStore } from "./memory-job-store.ts";
import { createMemoryLimitStore } from "./memory-limit-store.ts";
import { createMemoryQueue } from "./memory-queue.ts";
import { createMemoryResultCache } from "./memory-result-cache.ts";
import { createMemoryScheduleRegistry } from "./memory-schedule-registry.ts";
import { createMemoryScheduler } from "./memory-scheduler.ts";
import { createMemorySlotStore } from "./memory-slot-store.ts";
import { createSeededRandom } from "./seeded-random.ts";
import { createTelemetryRecorder } from "./telemetry-recorder.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const standard = defineQueueClass({ name: "standard", promise: "p" });
const elsewhere = defineQueueClass({ name: "elsewhere", promise: "p" });
const anything = { description: "d", output: z.unknown() };
const work = defineJob({
	...anything,
	name: "work",
	aliases: ["work_before"],
	queueClass: standard,
	input: z.strictObject({ n: z.int(), note: z._default(z.string(), "none") }),
	retry: retryPolicy({ retriesMax: 2, delaySeconds: 10, jitter: "none" }),
	enqueues: ["after"],
});
export const after = defineJob({ ...anything, name: "after", queueClass: standard, input: z.unknown() });
const long = defineJob({
	...anything,
	name: "long",
	queueClass: standard,
	input: z.unknown(),
	retry: retryPolicy({ retriesMax: 6, delaySeconds: 10, jitter: "none" }),
	checkpoints: true,
	timeLimits: { softSeconds: 240, hardSeconds: 300 },
});
/** The same for an hour, with the limits that checkpointing jobs have by default. */
const hour = defineJob({
	...anything,
	name: "hour",
	queueClass: standard,
	input: z.unknown(),
	retry: retryPolicy({ retriesMax: 6, delaySeconds: 10, jitter: "none" }),
	checkpoints: true,
	timeLimits: { softSeconds: 3_300, hardSeconds: 3_600 },
});
/** A start a second, two at first. */
const limited = defineJob({
	...anything,
	name: "limited",
	queueClass: standard,
	input: z.unknown(),
	retry: retryPolicy({ retriesMax: 2, delaySeconds: 10, jitter: "none" }),
	rateLimit: rateLimit("1/s", { burst: 2 }),
	checkpoints: true,
	enqueues: ["after"],
});
/** Has less time than it may wait for a turn. */
const hurried = defineJob({
	description: "Does.",
	name: "hurried",
	queueClass: standard,
	input: z.unknown(),
	output: z.unknown(),
	rateLimit: rateLimit("1/s", { burst: 2 }),
	timeLimits: { softSeconds: 8, hardSeconds: 9 },
});
/** Results are given for an hour. */
const cachedFor = {
	...anything,
	queueClass: standard,
	input: z.strictObject({ n: z.int(), note: z._default(z.string(), "none") }),
	retry: retryPolicy({ retriesMax: 2, delaySeconds: 10, jitter: "none" }),
	checkpoints: true,
	enqueues: ["after"],
	resultCache: { seconds: 3600, tags: ["n:{input.n}", "everything"] },
};
const cached = defineJob({ ...cachedFor, name: "cached" });
/** The same, one at a time for each n, and a start a second over all. */
const cachedAlone = defineJob({
	...cachedFor,
	name: "cached_alone",
	rateLimit: rateLimit("1/s", { burst: 2 }),
	concurrency: singleton({ per: "input.n" }),
});
const other = defineJob({ ...anything, name: "other", queueClass: elsewhere, input: z.unknown() });
const catalogue = defineCatalogue({
	workerGroups: [
		defineWorkerGroup({ name: "workers", queueClasses: [standard] }),
		defineWorkerGroup({ name: "others", queueClasses: [elsewhere] }),
	],
	jobs: [work, after, long, hour, limited, hurried, cached, cachedAlone, other],
	schedules: [
		...(["skip", "queue", "allow", "cancel-other"] as const).map((overlap) =>
			defineSchedule({ name: `minutely-${overlap}`, job: work, input: { n: 1 }, cron: "* * * * *", overlap }),
		),
		defineSchedule({ name: "minutely-limited", job: limited, input: {}, cron: "* * * * *" }),
		defineSchedule({ name: "half-minutely", job: work, input: { n: 1 }, everySeconds: 30 }),
	],
});

export const main = { queueClass: "standard", queue: "main" } as const;
export const deadLetters = { queueClass: "standard", queue: "dead-letter" } as const;
const silent: JobLog = { debug() {}, info() {}, warn() {}, error() {} };

export type Work = (input: { n: number; note: string }, context: JobContext) => Promise<unknown>;

export function engineWorld(
	perform: Work,
	over: {
		runConcurrency?: number;
		maxReceiveCount?: number;
		autoAdvance?: boolean;
		functionTimeoutSeconds?: number;
		/** Long waits by a scheduler, which fires in `drain` or when a test says. Default: by hops. */
		scheduler?: boolean;
		schedules?: ScheduleRegistry;
		/** The implementation of the jobs "long" and "hour". */
		long?: (context: JobContext) => Promise<unknown>;
		/** What its worker has in every invocation, instead of the world's own. */
		worker?: Partial<WorkerParts>;
	} = {},
) {
	const { functionTimeoutSeconds = 60 } = over;
	const visibilitySeconds = functionTimeoutSeconds + 60;
	const clock = createVirtualClock({ autoAdvance: over.autoAdvance ?? true });
	const memoryStore = createMemoryJobStore(clock);
	const memoryQueue = createMemoryQueue(clock, ["standard", "elsewhere"], over);
	const scheduler = createMemoryScheduler(clock, memoryQueue, { wakes: false });
	const blobs = createMemoryBlobStore();
	const limits = createMemoryLimitStore();
	const breakers = createMemoryBreakerStore();
	const random = createSeededRandom();
	const effects = createMemoryEffectStore();
	const cache = createMemoryResultCache();
	const telemetry = createTelemetryRecorder();
	const performed: string[] = [];
	const calls = { claimMany: 0, settleMany: 0, beatMany: 0, sendMany: 0 };
	/** Called before each call of a port; throwing makes the call fail without effect. */
	const faults: { before?: (call: keyof typeof calls) => void; after?: (call: keyof typeof calls) => void } = {};

	async function through<Result>(call: keyof typeof calls, make: () => Promise<Result>): Promise<Result> {
		calls[call]++;
		faults.before?.(call);
		const result = await make();
		faults.after?.(call);
		return result;
	}
	const store: JobStore = {
		...memoryStore,
		claimMany: (claims) => through("claimMany", () => memoryStore.claimMany(claims)),
		settleMany: (settles) => through("settleMany", () => memoryStore.settleMany(settles)),
		beatMany: (beats) => through("beatMany", () => memoryStore.beatMany(beats)),
	};
	const queue: Queue = {
		...memoryQueue,
		sendMany: (target, messages) => through("sendMany", () => memoryQueue.sendMany(target, messages)),
	};
	/** What a worker brings to its first invocation: it has seen no breaker yet. */
	function newWorker(): Pick<WorkerParts, "breakers"> {
		return { breakers: createBreakers({ store: breakers, clock, random, telemetry }, catalogue) };
	}
	const performIt = async (input: unknown, context: JobContext): Promise<unknown> => {
		performed.push(`${context.runId}#${context.attempt}`);
		return perform(input as { n: number; note: string }, context);
	};
	const performLong = async (_: unknown, context: JobContext): Promise<unknown> => {
		performed.push(`${context.runId}#${context.attempt}.${context.leg}`);
		return over.long?.(context);
	};
	const parts: WorkerParts = {
		catalogue,
		implementations: {
			work: performIt,
			limited: performIt,
			hurried: performIt,
			cached: performIt,
			cached_alone: performIt,
			after: async (_, context) => {
				performed.push(`after:${context.runId}`);
			},
			long: performLong,
			hour: performLong,
		},
		runConcurrency: over.runConcurrency ?? 10,
		store,
		limits,
		...newWorker(),
		slots: createMemorySlotStore(),
		debounce: createMemoryDebounceStore(),
		schedules: over.schedules ?? createMemoryScheduleRegistry(),
		queue,
		...(over.scheduler === true ? { scheduler } : {}),
		blobs,
		effects,
		cache,
		clock,
		random,
		telemetry,
		logFor: () => silent,
	};
	/** @param worker what this one invocation has of its own. */
	const deliver = (received: readonly ReceivedMessage[], worker: Partial<WorkerParts> = over.worker ?? {}) =>
		runBatch(
			{ ...parts, ...worker },
			{
				queueClass: "standard",
				messages: received.map(
					({ sentAt, ...message }): DeliveredMessage => ({ ...message, sentAt: epochMs(Date.parse(sentAt)) }),
				),
				invocationEndsAt: plusSeconds((worker.clock ?? clock).now(), functionTimeoutSeconds),
			},
		);

	/** A worker of its own whose calls are never answered again once it is dead: as when its process is killed. */
	function mortalWorker() {
		let dead = false;
		const whileAlive =
			<Args extends readonly unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
			(...args: Args): Promise<Result> =>
				dead ? new Promise(() => {}) : call(...args);
		const worker: Pick<WorkerParts, "store" | "queue"> = {
			store: {
				...store,
				claimMany: whileAlive(store.claimMany),
				settleMany: whileAlive(store.settleMany),
				beatMany: whileAlive(store.beatMany),
			},
			queue: { sendMany: whileAlive(queue.sendMany), changeVisibilityMany: whileAlive(queue.changeVisibilityMany) },
		};
		return {
			worker,
			get dead() {
				return dead;
			},
			kill: () => (dead = true),
		};
	}

	return {
		clock,
		mortalWorker,
		store: memoryStore,
		queue: memoryQueue,
		scheduler,
		blobs,
		limits,
		catalogue,
		breakers,
		newWorker,
		cache,
		telemetry,
		performed,
		calls,
		faults,
		deliver,
		receive: () => memoryQueue.receive(main, { max: 10, visibilitySeconds, waitSeconds: 0 }),
		async send(...bodies: readonly (string | object)[]): Promise<void> {
			const messages = bodies.map(
				(body): OutgoingMessage => ({ body: typeof body === "string" ? body : JSON.stringify(body) }),
			);
			for (const message of messages) {
				const [result] = await memoryQueue.sendMany(main, [message]);
				if (result?.sent !== true) throw new Error(`not sent: ${result?.error}`);
			}
		},
		/** One receive and one invocation; acknowledges what is done. */
		async step() {
			const received = await memoryQueue.receive(main, { max: 10, visibilitySeconds, waitSeconds: 0 });
			const { keptMessageIds } = await deliver(received);
			const done = received.filter(({ messageId }) => !keptMessageIds.includes(messageId));
			await memoryQueue.remove(
				main,
				done.map(({ receiptHandle }) => receiptHandle),
			);
			return { received, keptMessageIds };
		},
		/** Steps until neither the queue nor the scheduler holds a message, moving time on to the next one when none is visible. */
		async drain(): Promise<void> {
			for (;;) {
				const visible = memoryQueue.messages(main).map(({ visibleAt }) => visibleAt);
				const next = Math.min(...visible, scheduler.nextAt() ?? Number.POSITIVE_INFINITY);
				if (next === Number.POSITIVE_INFINITY) return;
				if (next > clock.now()) await clock.advance(next - clock.now());
				await scheduler.fireDue();
				await this.step();
			}
		},
		row: (id: string) => [...memoryStore.rows.values()].find((row) => row.id === id),
		letters: () =>
			memoryQueue
				.messages(deadLetters)
				.map(({ body, attributes }) => ({ body, reason: attributes["millrace-reason"], attributes })),
		/** Sends every dead letter back, body and all, as SQS's own redrive does. */
		async redrive(): Promise<void> {
			for (const { body } of memoryQueue.messages(deadLetters)) await memoryQueue.sendMany(main, [{ body }]);
			await memoryQueue.purge(deadLetters);
		},
	};
}
