/** An engine world (engine-world.ts) with one debounced job, whose performances are written down. */
import * as z from "zod/mini";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import type { WorkerParts } from "../../shared/engine/worker-parts.ts";
import {
	type DebouncePolicy,
	defineJob,
	defineQueueClass,
	defineWorkerGroup,
	type JobContext,
	retryPolicy,
} from "../../shared/job/index.ts";
import type { EpochMs } from "../../shared/kernel/time.ts";
import type { DebounceStore } from "../../shared/ports/debounce-store.ts";
import type { ReceivedMessage } from "../../shared/ports/queue-operator.ts";
import type { ScheduleRegistry } from "../../shared/ports/schedule-registry.ts";
import { engineWorld, main } from "./engine-world.ts";
import { createMemoryDebounceStore } from "./memory-debounce-store.ts";

export interface DebouncedWork {
	readonly run: string;
	readonly attempt: number;
	readonly document: string;
	readonly text: string;
	readonly at: EpochMs;
}

export function debounceWorld(
	policy: Partial<DebouncePolicy> = {},
	over: {
		readonly perform?: (input: { document: string; text: string }, context: JobContext) => Promise<unknown>;
		readonly maxReceiveCount?: number;
		/** How many may perform at once. Default: no limit. */
		readonly concurrencyMax?: number;
		readonly schedules?: ScheduleRegistry;
	} = {},
) {
	const standard = defineQueueClass({ name: "standard", promise: "p" });
	const index = defineJob({
		name: "index",
		description: "d",
		output: z.unknown(),
		queueClass: standard,
		input: z.strictObject({ document: z._default(z.string(), "d"), text: z.string() }),
		retry: retryPolicy({ retriesMax: 2, delaySeconds: 10, jitter: "none" }),
		debounce: { seconds: 5, per: "input.document", ...policy },
		...(over.concurrencyMax === undefined ? {} : { concurrency: { max: over.concurrencyMax } }),
	});
	const catalogue = defineCatalogue({
		workerGroups: [defineWorkerGroup({ name: "workers", queueClasses: [standard] })],
		jobs: [index],
	});
	const world = engineWorld(async () => {}, {
		...(over.maxReceiveCount === undefined ? {} : { maxReceiveCount: over.maxReceiveCount }),
		...(over.schedules === undefined ? {} : { schedules: over.schedules }),
	});
	const memory = createMemoryDebounceStore();
	const requests = { note: 0, endWait: 0 };
	const debounce: DebounceStore = {
		note: (...given) => {
			requests.note++;
			return memory.note(...given);
		},
		endWait: (...given) => {
			requests.endWait++;
			return memory.endWait(...given);
		},
	};
	const performed: DebouncedWork[] = [];
	const worker: Partial<WorkerParts> = {
		catalogue,
		implementations: {
			index: async (given, context) => {
				const input = given as { document: string; text: string };
				performed.push({ run: context.runId, attempt: context.attempt, ...input, at: world.clock.now() });
				return (await over.perform?.(input, context)) ?? "done";
			},
		},
		debounce,
	};
	const deliver = (received: readonly ReceivedMessage[], more: Partial<WorkerParts> = {}) =>
		world.deliver(received, { ...worker, ...more });

	async function step() {
		const received = await world.receive();
		const { keptMessageIds } = await deliver(received);
		const done = received.filter(({ messageId }) => !keptMessageIds.includes(messageId));
		await world.queue.remove(
			main,
			done.map(({ receiptHandle }) => receiptHandle),
		);
		return { received, keptMessageIds };
	}
	const nextAt = (): number => Math.min(...world.queue.messages(main).map(({ visibleAt }) => visibleAt));

	return {
		...world,
		debounce: memory,
		/** Calls of the debounce store so far. */
		requests,
		works: performed,
		worker,
		deliver,
		step,
		enqueue: (id: string, text: string, more: object = {}, input: object = {}) =>
			world.send({ job: "index", id, input: { text, ...input }, ...more }),
		/** Performs what is visible until then, message by message. */
		async until(ms: number): Promise<void> {
			const end = world.clock.now() + ms;
			for (;;) {
				const next = nextAt();
				if (next > end) break;
				if (next > world.clock.now()) await world.clock.advance(next - world.clock.now());
				await step();
			}
			if (end > world.clock.now()) await world.clock.advance(end - world.clock.now());
		},
		/** Until the queue is empty. */
		async drain(): Promise<void> {
			for (let next = nextAt(); next !== Number.POSITIVE_INFINITY; next = nextAt()) {
				if (next > world.clock.now()) await world.clock.advance(next - world.clock.now());
				await step();
			}
		},
	};
}
