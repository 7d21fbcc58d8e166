/** An engine world (engine-world.ts) with one batch job, whose calls are written down, and a plain one beside it. */
import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import type { WorkerParts } from "../../shared/engine/worker-parts.ts";
import {
	type BatchImplementation,
	type BatchItem,
	defineJob,
	defineQueueClass,
	defineWorkerGroup,
	type JobDefinition,
	type JobImplementation,
	retryPolicy,
} from "../../shared/job/index.ts";
import { type Fence, fence } from "../../shared/kernel/ids.ts";
import type { EpochMs } from "../../shared/kernel/time.ts";
import type { PerformingRun } from "../../shared/ports/job-store.ts";
import type { ReceivedMessage } from "../../shared/ports/queue-operator.ts";
import { engineWorld, main } from "./engine-world.ts";

type Item = BatchItem<JobDefinition> & { readonly input: { readonly n: number } };

export function batchWorld(
	implementation: (items: readonly Item[]) => Promise<readonly unknown[]>,
	over: {
		readonly runsMax?: number;
		readonly waitMs?: number;
		readonly runConcurrency?: number;
		/** Default: no limit but the leg's. */
		readonly hardSeconds?: number;
	} = {},
) {
	const { runsMax = 10, runConcurrency = 10, hardSeconds } = over;
	const standard = defineQueueClass({ name: "standard", promise: "p" });
	const anything = { description: "d", output: z.unknown(), queueClass: standard };
	const afterJob = defineJob({ ...anything, name: "after", input: z.unknown() });
	const index = defineJob({
		...anything,
		name: "index",
		input: z.strictObject({ n: z.int() }),
		retry: retryPolicy({ retriesMax: 2, delaySeconds: 10, jitter: "none" }),
		enqueues: ["after"],
		...(hardSeconds === undefined ? {} : { timeLimits: { softSeconds: hardSeconds - 1, hardSeconds } }),
		batch: { runsMax, ...(over.waitMs === undefined ? {} : { waitMs: over.waitMs }) },
	});
	const catalogue = defineCatalogue({
		workerGroups: [defineWorkerGroup({ name: "workers", queueClasses: [standard] })],
		jobs: [index, afterJob],
	});
	const world = engineWorld(async () => {}, { runConcurrency });
	const calls: string[][] = [];
	const calledAt: EpochMs[] = [];
	const slowBlobs = new Map<string, number>();
	const perform: BatchImplementation<JobDefinition> = async (items) => {
		calls.push(items.map(({ context }) => context.runId));
		calledAt.push(world.clock.now());
		return (await implementation(items as readonly Item[])) as never;
	};
	const worker: Partial<WorkerParts> = {
		catalogue,
		implementations: {
			index: perform as unknown as JobImplementation<JobDefinition>,
			after: async () => "done",
		},
		blobs: {
			...world.blobs,
			async get(key) {
				await world.clock.sleep(slowBlobs.get(key) ?? 0);
				return world.blobs.get(key);
			},
		},
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
	const performingRow = (id: string): PerformingRun => {
		const row = world.row(id);
		if (row === undefined || !("fence" in row)) throw new Error(`${id} is not performing`);
		return row;
	};

	return {
		clock: world.clock,
		store: world.store,
		afterJob,
		/** The runs of each call, and when it was made. */
		calls,
		calledAt,
		/** Calls of ports so far. */
		requests: world.calls,
		send: world.send,
		/** Sends a run whose input takes so long to be read. */
		async sendReferenced(id: string, input: object, slowMs: number): Promise<void> {
			const text = JSON.stringify(input);
			const key = `inputs/${createHash("sha256").update(text).digest("hex")}.json`;
			await world.blobs.put(key, text);
			slowBlobs.set(key, slowMs);
			await world.send({ job: "index", id, inputRef: { key, bytes: Buffer.byteLength(text) } });
		},
		receive: world.receive,
		deliver,
		step,
		mortalWorker: world.mortalWorker,
		row: world.row,
		letters: world.letters,
		revoke: (id: string, reason: string) => world.store.requestRevoke(performingRow(id), reason),
		/** Another worker holds the run from now on. */
		async takeOver(id: string): Promise<void> {
			const seen = performingRow(id);
			const record = { ...seen, fence: fence("another worker's") as Fence };
			await world.store.claimMany([{ record, expect: { kind: "seen", record: seen } }]);
		},
		/** Steps until the queue is empty, moving time on to the next message. */
		async drain(): Promise<void> {
			for (;;) {
				const next = Math.min(...world.queue.messages(main).map(({ visibleAt }) => visibleAt));
				if (next === Number.POSITIVE_INFINITY) return;
				if (next > world.clock.now()) await world.clock.advance(next - world.clock.now());
				await step();
			}
		},
	};
}

/** The runs that are in this state, by name. */
export const keysOf = ({ store }: Pick<ReturnType<typeof batchWorld>, "store">, state: string): readonly string[] =>
	[...store.rows.values()]
		.filter((row) => row.state === state)
		.map(({ id }) => id)
		.sort();
