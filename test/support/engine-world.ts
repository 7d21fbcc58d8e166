/** The whole engine on memory adapters and a virtual clock: a queue class, a few jobs whose implementations a test gives, and deliveries. */
import * as z from "zod/mini";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { runBatch } from "../../shared/engine/run-batch.ts";
import type { DeliveredMessage, WorkerParts } from "../../shared/engine/worker-parts.ts";
import {
	defineJob,
	defineQueueClass,
	defineWorkerGroup,
	type JobContext,
	type JobLog,
	retryPolicy,
} from "../../shared/job/index.ts";
import { epochMs, plusSeconds } from "../../shared/kernel/time.ts";
import type { JobStore } from "../../shared/ports/job-store.ts";
import type { OutgoingMessage, Queue } from "../../shared/ports/queue.ts";
import type { ReceivedMessage } from "../../shared/ports/queue-operator.ts";
import { createMemoryBlobStore } from "./memory-blob-store.ts";
import { createMemoryJobStore } from "./memory-job-store.ts";
import { createMemoryQueue } from "./memory-queue.ts";
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
const other = defineJob({ ...anything, name: "other", queueClass: elsewhere, input: z.unknown() });
const catalogue = defineCatalogue({
	workerGroups: [
		defineWorkerGroup({ name: "workers", queueClasses: [standard] }),
		defineWorkerGroup({ name: "others", queueClasses: [elsewhere] }),
	],
	jobs: [work, after, other],
});

const visibilitySeconds = 120;
const functionTimeoutSeconds = 60;
export const main = { queueClass: "standard", queue: "main" } as const;
export const deadLetters = { queueClass: "standard", queue: "dead-letter" } as const;
const silent: JobLog = { debug() {}, info() {}, warn() {}, error() {} };

export type Work = (input: { n: number; note: string }, context: JobContext) => Promise<unknown>;

export function engineWorld(
	perform: Work,
	over: { runConcurrency?: number; maxReceiveCount?: number; autoAdvance?: boolean } = {},
) {
	const clock = createVirtualClock({ autoAdvance: over.autoAdvance ?? true });
	const memoryStore = createMemoryJobStore(clock);
	const memoryQueue = createMemoryQueue(clock, ["standard", "elsewhere"], over);
	const blobs = createMemoryBlobStore();
	const telemetry = createTelemetryRecorder();
	const performed: string[] = [];
	const calls = { claimMany: 0, settleMany: 0, recordProgressMany: 0, sendMany: 0 };
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
		recordProgressMany: (writes) => through("recordProgressMany", () => memoryStore.recordProgressMany(writes)),
	};
	const queue: Queue = {
		sendMany: (target, messages) => through("sendMany", () => memoryQueue.sendMany(target, messages)),
	};
	const parts: WorkerParts = {
		catalogue,
		implementations: {
			work: async (input, context) => {
				performed.push(`${context.runId}#${context.attempt}`);
				return perform(input as { n: number; note: string }, context);
			},
			after: async (_, context) => {
				performed.push(`after:${context.runId}`);
			},
		},
		runConcurrency: over.runConcurrency ?? 10,
		store,
		queue,
		blobs,
		clock,
		random: createSeededRandom(),
		telemetry,
		logFor: () => silent,
	};
	/** @param worker what this one invocation has of its own. */
	const deliver = (received: readonly ReceivedMessage[], worker: Partial<WorkerParts> = {}) =>
		runBatch(
			{ ...parts, ...worker },
			{
				queueClass: "standard",
				messages: received.map(
					({ messageId, body, sentAt }): DeliveredMessage => ({ messageId, body, sentAt: epochMs(Date.parse(sentAt)) }),
				),
				invocationEndsAt: plusSeconds((worker.clock ?? clock).now(), functionTimeoutSeconds),
			},
		);

	return {
		clock,
		store: memoryStore,
		queue: memoryQueue,
		blobs,
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
		/** Steps until the queue is empty, moving time on to the next message when none is visible. */
		async drain(): Promise<void> {
			for (let messages = memoryQueue.messages(main); messages.length > 0; messages = memoryQueue.messages(main)) {
				const next = Math.min(...messages.map(({ visibleAt }) => visibleAt));
				if (next > clock.now()) await clock.advance(next - clock.now());
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
