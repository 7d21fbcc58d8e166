/** A worker's jobs, whose every performance is seen: when it began and ended, under which claim, and what it came to. */
import {
	type BatchImplementation,
	type JobContext,
	type JobDefinition,
	JobError,
	type JobImplementation,
} from "../../shared/job/index.ts";
import { isOutcome } from "../../shared/job/outcome.ts";
import type { EpochMs } from "../../shared/kernel/time.ts";
import type { JobStore, PerformingRun } from "../../shared/ports/job-store.ts";
import { behave } from "./behaviours.ts";
import { block, type WorkerProcess } from "./event-loop.ts";
import type { Performance } from "./history.ts";
import type { SimulatedInput } from "./jobs.ts";
import type { World } from "./world.ts";

/** It ended, or its worker died. */
export function endPerformance(world: World, performance: Performance): void {
	if (performance.until !== undefined) return;
	performance.until = world.clock.now();
	world.see({ kind: "performed", performance });
}

interface Performer {
	readonly worker: WorkerProcess;
	readonly skewMs: number;
	readonly job: JobDefinition;
	readonly performances: Performance[];
	readonly invocationEndsAt: EpochMs;
	/** What the worker's claims were answered with, by run. */
	readonly claims: ReadonlyMap<string, NotedClaim>;
}

export interface NotedClaim {
	readonly run: PerformingRun;
	/** By its worker's clock. */
	readonly claimedAt: EpochMs;
}

/** The store as one worker knows it, whose claims are noted, and seen where they end a run: when it asks, not when that lands. */
export function noteClaims(world: World, worker: string, store: JobStore, claims: Map<string, NotedClaim>): JobStore {
	return {
		...store,
		async claimMany(asked) {
			for (const { record } of asked)
				if ("settledBy" in record) world.see({ kind: "ending", worker, runId: record.id, settledBy: record.settledBy });
			const results = await store.claimMany(asked);
			for (const [index, { record }] of asked.entries()) {
				const result = results[index];
				// The row keeps when it was created; what is asked for says when it was asked.
				if (result !== undefined && "claimed" in result && result.claimed && "fence" in result.record)
					claims.set(record.id, { run: result.record, claimedAt: record.createdAt });
			}
			return results;
		},
	};
}

/** A job whose every performance is seen; of one that takes several runs at once, each of them. */
export function implementationOf(world: World, performer: Performer): JobImplementation<JobDefinition> {
	const one = observed(world, performer);
	if (performer.job.batch === undefined) return one as JobImplementation<JobDefinition>;
	const together: BatchImplementation<JobDefinition> = async (items) => {
		world.note("job", `takes ${items.length} runs at once`);
		const [first] = items;
		if (
			!world.mended &&
			world.draw.happens(`${performer.worker.name} ${first?.context.runId}: fails as a batch`, 0.05)
		) {
			throw new JobError("database", "no connection for any of them");
		}
		return Promise.all(items.map(({ input, context }) => one(input, context).catch(errorOf)));
	};
	return together as JobImplementation<JobDefinition>;
}

/** An answer for one run of several is an error only if it is one. */
const errorOf = (thrown: unknown): Error =>
	thrown instanceof Error ? thrown : Object.assign(new Error("went wrong"), typeof thrown === "object" ? thrown : {});

function observed(
	world: World,
	{ worker, skewMs, job, performances, claims, invocationEndsAt }: Performer,
): (given: unknown, context: JobContext) => Promise<never> {
	return async (given, context) => {
		const input = given as SimulatedInput;
		const claim = claims.get(context.runId);
		if (claim === undefined) throw new Error(`${context.runId} performs without a claim`);
		const { run, claimedAt } = claim;
		const nth = world.nextPerformance(context.runId);
		const performance: Performance = {
			runId: context.runId,
			job: job.name,
			generation: run.generation,
			attempt: context.attempt,
			fence: run.fence,
			worker: worker.name,
			from: world.clock.now(),
			skewMs,
			inputJson: JSON.stringify(input),
			cursor: context.cursor,
			enqueued: [],
			tenant: context.tenant,
			definition: job,
			policy: job.retry,
			leg: run.leg ?? 1,
			claimedAt,
			startedAt: run.startedAt,
			invocationEndsAt,
			until: undefined,
		};
		performances.push(performance);
		world.see({ kind: "performing", performance });
		// Changed in place, for a prototype of its own would be kept, with its world, until a full collection (see trail.ts of the engine).
		const { enqueue } = context;
		const seenContext = Object.assign(context, {
			enqueue: (...call: Parameters<JobContext["enqueue"]>) => {
				const id = enqueue(...call);
				performance.enqueued.push(id);
				return id;
			},
		});
		try {
			const answer = await behave({
				world,
				name: `${context.runId} g${performance.generation} performance ${nth}`,
				rank: performance.generation * 10_000 + performance.attempt * 100 + performance.leg,
				input,
				context: seenContext,
				block(durationMs) {
					world.note("computes", worker.name);
					return block(world.clock, worker, durationMs);
				},
				told: (heard) => {
					performance.told = heard;
				},
				reach: (stage) => {
					performance.reached = stage;
				},
				expect: (expected) => {
					performance.expected = expected;
				},
			});
			performance.resultJson = resultOf(answer);
			return answer as never;
		} finally {
			if (worker.alive) endPerformance(world, performance);
		}
	};
}

/** What a well-behaved answer is as JSON. */
function resultOf(given: unknown): string | undefined {
	const answer = isOutcome(given) && "result" in given ? given.result : given;
	const isResult =
		typeof answer === "object" &&
		answer !== null &&
		"done" in answer &&
		!("pad" in answer && typeof answer.pad === "bigint");
	return isResult ? JSON.stringify(answer) : undefined;
}
