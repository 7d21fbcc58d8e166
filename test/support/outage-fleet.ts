/**
 * A fleet of workers of the real engine on a virtual clock, whose runs all call the same downstream: it can be out. Messages come in batches
 * of up to ten and now and then twice, workers are replaced by cold ones, acknowledgements get lost. Everything that costs is counted.
 */
import * as z from "zod/mini";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { createBreakers } from "../../shared/engine/breaker/breakers.ts";
import { runBatch } from "../../shared/engine/run-batch.ts";
import type { WorkerParts } from "../../shared/engine/worker-parts.ts";
import { defineJob, defineQueueClass, defineWorkerGroup, JobError } from "../../shared/job/index.ts";
import { type EpochMs, epochMs, plusSeconds } from "../../shared/kernel/time.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import type { TelemetryEvent } from "../../shared/ports/telemetry.ts";
import { createMemoryBlobStore } from "./memory-blob-store.ts";
import { createMemoryBreakerStore } from "./memory-breaker-store.ts";
import { createMemoryDebounceStore } from "./memory-debounce-store.ts";
import { createMemoryEffectStore } from "./memory-effect-store.ts";
import { createMemoryJobStore } from "./memory-job-store.ts";
import { createMemoryLimitStore } from "./memory-limit-store.ts";
import { createMemoryResultCache } from "./memory-result-cache.ts";
import { createMemoryScheduleRegistry } from "./memory-schedule-registry.ts";
import { createMemorySlotStore } from "./memory-slot-store.ts";
import { createSeededRandom } from "./seeded-random.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const BATCH = 10;
const FUNCTION_SECONDS = 60;
const POLL_MS = 200;
/** A function's process lives for about so many batches. */
const BATCHES_OF_A_WORKER = 400;

export interface OutageFleetOptions {
	/** Invocations at the same time. */
	readonly workers: number;
	readonly breaker: boolean;
	readonly seed?: number;
}

interface Held {
	readonly messageId: string;
	readonly body: string;
	readonly sentAt: EpochMs;
	receiveCount: number;
}

export function createOutageFleet({ workers, breaker, seed = 1 }: OutageFleetOptions) {
	const queueClass = defineQueueClass({ name: "standard", promise: "p", ...(breaker ? {} : { breaker: false }) });
	const job = defineJob({ name: "bill", description: "d", queueClass, input: z.unknown(), output: z.unknown() });
	const catalogue = defineCatalogue({
		workerGroups: [defineWorkerGroup({ name: "workers", queueClasses: [queueClass] })],
		jobs: [job],
	});
	const clock = createVirtualClock({ ofPromises: true });
	const random = createSeededRandom(seed);
	const chance = (probability: number): boolean => random.unit() < probability;
	const store = createMemoryJobStore(clock);
	const breakers = createMemoryBreakerStore();
	const queue = createQueue(clock.now);
	const letters: string[] = [];
	const counts = { begun: 0, begunWhileOpen: 0, succeeded: 0, heldBack: 0, sent: 0, received: 0, removed: 0, cold: 0 };
	const events: TelemetryEvent[] = [];
	const downstream = { out: false };
	const isOpen = (): boolean => breakers.states.get("standard")?.circuit?.open === true;

	const telemetry = {
		emit(event: TelemetryEvent): void {
			if (event.event === "run.settled" && event.state === "SUCCESS") counts.succeeded++;
			if (event.event === "run.deferred" && event.why === "breaker") counts.heldBack++;
			if (event.event.startsWith("breaker.")) events.push(event);
		},
	};
	const port: Queue = {
		async sendMany(target, messages) {
			counts.sent += Math.ceil(messages.length / BATCH);
			return messages.map(({ body, delaySeconds = 0 }) => {
				if (target.queue === "dead-letter") letters.push(body);
				return { sent: true, messageId: target.queue === "main" ? queue.add(body, delaySeconds) : "letter" };
			});
		},
		async changeVisibilityMany() {},
	};
	/** As it comes from a cold start: everything but the breakers it knows is shared. */
	function coldWorker(): WorkerParts {
		counts.cold++;
		return {
			catalogue,
			implementations: {
				bill: async () => {
					counts.begun++;
					if (isOpen()) counts.begunWhileOpen++;
					if (downstream.out) {
						await clock.sleep(20 + 30 * random.unit());
						throw new JobError("api", "503 Service Unavailable");
					}
					await clock.sleep(50 + 100 * random.unit());
					return "done";
				},
			},
			runConcurrency: BATCH,
			store,
			breakers: createBreakers({ store: breakers, clock, random, telemetry }, catalogue),
			limits: createMemoryLimitStore(),
			slots: createMemorySlotStore(),
			debounce: createMemoryDebounceStore(),
			schedules: createMemoryScheduleRegistry(),
			effects: createMemoryEffectStore(),
			cache: createMemoryResultCache(),
			queue: port,
			blobs: createMemoryBlobStore(),
			clock,
			random,
			telemetry,
			logFor: () => silent,
		};
	}

	async function work(): Promise<void> {
		for (let parts = coldWorker(); ; ) {
			const received = queue.receive(BATCH);
			if (received.length === 0) {
				await clock.sleep(POLL_MS);
				continue;
			}
			counts.received++;
			if (chance(1 / BATCHES_OF_A_WORKER)) parts = coldWorker();
			// From the queue to the function, and the requests of its steps.
			await clock.sleep(10 + 20 * random.unit());
			const { keptMessageIds } = await runBatch(parts, {
				queueClass: "standard",
				messages: received.map((message) => ({ ...message, receiptHandle: message.messageId })),
				invocationEndsAt: plusSeconds(clock.now(), FUNCTION_SECONDS),
			});
			counts.removed++;
			for (const message of received) {
				// Kept, its delete lost, or a second copy on its way.
				if (keptMessageIds.includes(message.messageId) || chance(0.002)) queue.comeBack(message, FUNCTION_SECONDS + 60);
			}
		}
	}

	return {
		clock,
		store,
		breakers,
		letters,
		counts,
		events,
		downstream,
		isOpen,
		waiting: queue.size,
		send(runs: number): void {
			for (let n = 0; n < runs; n++) queue.add(JSON.stringify({ job: "bill", id: `r-${n}`, input: { n } }), 0);
		},
		start(): void {
			for (let worker = 0; worker < workers; worker++) void work();
		},
		/** Second by second, until that holds. */
		async until(holds: () => boolean, secondsMax = 100_000): Promise<void> {
			for (let second = 0; !holds(); second++) {
				if (second === secondsMax) throw new Error(`It did not come to hold in ${secondsMax} s`);
				await clock.advance(1_000);
			}
		},
	};
}

/** Delays are whole seconds, so messages wait in one list for each second: quick also with a hundred thousand. */
function createQueue(now: () => EpochMs) {
	const ready: Held[] = [];
	let next = 0;
	const later = new Map<number, Held[]>();
	let seenSecond = Math.floor(now() / 1000);
	let count = 0;
	let waiting = 0;

	function put(message: Held, delaySeconds: number): void {
		waiting++;
		if (delaySeconds <= 0) {
			ready.push(message);
			return;
		}
		const second = Math.ceil(now() / 1000) + delaySeconds;
		const then = later.get(second);
		if (then === undefined) later.set(second, [message]);
		else then.push(message);
	}
	function wake(): void {
		for (const end = Math.floor(now() / 1000); seenSecond < end; ) {
			seenSecond++;
			for (const message of later.get(seenSecond) ?? []) ready.push(message);
			later.delete(seenSecond);
		}
	}
	return {
		size: () => waiting,
		add(body: string, delaySeconds: number): string {
			const messageId = `m-${++count}`;
			put({ messageId, body, sentAt: epochMs(now()), receiveCount: 0 }, delaySeconds);
			return messageId;
		},
		comeBack: put,
		receive(max: number): Held[] {
			wake();
			const received = ready.slice(next, next + max);
			next += received.length;
			waiting -= received.length;
			if (next > 10_000) {
				ready.splice(0, next);
				next = 0;
			}
			for (const message of received) message.receiveCount++;
			return received;
		},
	};
}
