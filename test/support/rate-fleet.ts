/**
 * A fleet of workers of the real engine on a virtual clock, all performing runs of one limited job: answers of the store take a while,
 * messages come in batches of any size and a little late, clocks differ, some workers stall. The fleet notes when each performance starts.
 */
import * as z from "zod/mini";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { runBatch } from "../../shared/engine/run-batch.ts";
import type { WorkerParts } from "../../shared/engine/worker-parts.ts";
import {
	defineJob,
	defineQueueClass,
	defineWorkerGroup,
	type JobContext,
	type RateLimit,
	retryPolicy,
} from "../../shared/job/index.ts";
import { type EpochMs, epochMs, plusMs, plusSeconds } from "../../shared/kernel/time.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { LimitStore } from "../../shared/ports/limit-store.ts";
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

const queueClass = defineQueueClass({ name: "standard", promise: "p", batchSize: 10 });
const main = { queueClass: "standard", queue: "main" } as const;
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const POLL_MS = 10;
const FUNCTION_SECONDS = 60;

export interface FleetOptions {
	readonly rateLimit: RateLimit;
	readonly workers: number;
	readonly seed?: number;
	/** What a run does. Default: works for 100 ms. */
	readonly perform?: (context: JobContext, clock: Clock) => Promise<unknown>;
	/** Longest answer of the stores; the shortest is a fifth of it. Default 15. */
	readonly storeMsMax?: number;
	/** Workers' clocks differ from the true time by up to this. Default 0. */
	readonly skewMsMax?: number;
	/** How often an answer of the job store takes 1.5 s. Default 0. */
	readonly stallRate?: number;
}

export interface FleetStart {
	readonly runId: string;
	readonly attempt: number;
	readonly tenant: string | undefined;
	readonly at: EpochMs;
}

export function createFleet(options: FleetOptions) {
	const { storeMsMax = 15, skewMsMax = 0, stallRate = 0 } = options;
	const job = defineJob({
		name: "limited",
		description: "d",
		queueClass,
		input: z.unknown(),
		output: z.unknown(),
		retry: retryPolicy({ retriesMax: 3, delaySeconds: 1, jitter: "none" }),
		rateLimit: options.rateLimit,
	});
	const catalogue = defineCatalogue({
		workerGroups: [defineWorkerGroup({ name: "workers", queueClasses: [queueClass] })],
		jobs: [job],
	});
	const clock = createVirtualClock({});
	const random = createSeededRandom(options.seed);
	const queue = createMemoryQueue(clock, ["standard"], { maxReceiveCount: 100 });
	const store = createMemoryJobStore(clock);
	const limits = createMemoryLimitStore();
	const telemetry = createTelemetryRecorder();
	const starts: FleetStart[] = [];
	const requests = { sent: 0, received: 0, removed: 0 };
	let free = options.workers;
	let busyMost = 0;

	/** The same port, each of whose answers takes a while: half of it before its effect, half after. */
	function slow<Port extends object>(port: Port, stalls: number): Port {
		return new Proxy(port, {
			get(target, name) {
				const method: unknown = Reflect.get(target, name);
				if (typeof method !== "function") return method;
				return async (...args: unknown[]) => {
					const ms = random.unit() < stalls ? 1_500 : storeMsMax * (0.2 + 0.8 * random.unit());
					await clock.sleep(ms / 2);
					const answer: unknown = await Reflect.apply(method, target, args);
					await clock.sleep(ms / 2);
					return answer;
				};
			},
		});
	}
	const slowStore = slow(store, stallRate);
	const slowLimits: LimitStore = slow(limits, 0);

	const parts = (own: Clock): WorkerParts => ({
		catalogue,
		implementations: {
			limited: async (_, context) => {
				starts.push({ runId: context.runId, attempt: context.attempt, tenant: context.tenant, at: clock.now() });
				return options.perform === undefined ? clock.sleep(100) : options.perform(context, clock);
			},
		},
		runConcurrency: 10,
		store: slowStore,
		limits: slowLimits,
		slots: createMemorySlotStore(),
		debounce: createMemoryDebounceStore(),
		schedules: createMemoryScheduleRegistry(),
		effects: createMemoryEffectStore(),
		cache: createMemoryResultCache(),
		queue: {
			...queue,
			sendMany(target, messages) {
				requests.sent += Math.ceil(messages.length / 10);
				return queue.sendMany(target, messages);
			},
		},
		blobs: createMemoryBlobStore(),
		clock: own,
		random,
		telemetry,
		logFor: () => silent,
	});

	async function work(messages: readonly ReceivedMessage[]): Promise<void> {
		const skewMs = (random.unit() * 2 - 1) * skewMsMax;
		const own: Clock = { now: () => plusMs(clock.now(), skewMs), sleep: clock.sleep };
		// From the queue to the function.
		await clock.sleep(5 + 45 * random.unit());
		const { keptMessageIds } = await runBatch(parts(own), {
			queueClass: "standard",
			messages: messages.map(({ messageId, receiptHandle, receiveCount, body, sentAt }) => ({
				messageId,
				receiptHandle,
				receiveCount,
				body,
				sentAt: epochMs(Date.parse(sentAt)),
			})),
			invocationEndsAt: plusSeconds(own.now(), FUNCTION_SECONDS),
		});
		const done = messages.filter(({ messageId }) => !keptMessageIds.includes(messageId));
		requests.removed++;
		await queue.remove(
			main,
			done.map(({ receiptHandle }) => receiptHandle),
		);
		free++;
	}

	return {
		clock,
		limits,
		store,
		telemetry,
		starts,
		requests,
		get busyMost() {
			return busyMost;
		},
		async send(...bodies: readonly object[]): Promise<void> {
			for (const body of bodies) {
				await queue.sendMany(main, [{ body: JSON.stringify({ job: "limited", ...body }) }]);
			}
		},
		/** Lets the fleet work until the queue is empty and nobody is busy, or until `until` says so. */
		async run(until: () => boolean = () => false): Promise<void> {
			while (!until() && (free < options.workers || queue.messages(main).length > 0)) {
				for (let empty = false; !empty && free > 0; ) {
					const max = 1 + Math.floor(random.unit() * 10);
					const got = await queue.receive(main, { max, visibilitySeconds: FUNCTION_SECONDS + 60, waitSeconds: 0 });
					empty = got.length === 0;
					if (empty) continue;
					requests.received++;
					free--;
					busyMost = Math.max(busyMost, options.workers - free);
					void work(got);
				}
				await clock.advance(POLL_MS);
			}
		},
	};
}
