/**
 * One invocation of a worker's function, as Lambda makes it: with a clock of its own, ports that fail it, a hard end, and a queue that
 * deletes only what its answer says. It may die at any call, and may live on after its answer, as a function that is thawed does.
 */
import { runBatch } from "../../shared/engine/run-batch.ts";
import type { WorkerParts } from "../../shared/engine/worker-parts.ts";
import type { JobContext, JobDefinition, JobImplementation, JobLog } from "../../shared/job/index.ts";
import { isOutcome } from "../../shared/job/outcome.ts";
import { VISIBILITY_MARGIN_SECONDS } from "../../shared/kernel/limits.ts";
import { type EpochMs, epochMs, plusMs, plusSeconds } from "../../shared/kernel/time.ts";
import type { JobStore, PerformingRun } from "../../shared/ports/job-store.ts";
import type { ReceivedMessage } from "../../shared/ports/queue-operator.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { behave } from "./behaviours.ts";
import { throughFaults } from "./fault-points.ts";
import type { Performance } from "./history.ts";
import type { SimulatedInput } from "./jobs.ts";
import { mainOf, skewed, type World } from "./world.ts";

export interface Invocation {
	/** Unique in its world. */
	readonly name: string;
	readonly queueClass: string;
	readonly messages: readonly ReceivedMessage[];
}

const silent: JobLog = { debug() {}, info() {}, warn() {}, error() {} };
const never = new Promise<never>(() => {});

export const visibilitySecondsOf = (world: World): number => world.settings.timeoutSeconds + VISIBILITY_MARGIN_SECONDS;

/** Starts an invocation; `world.running` holds it until it is answered or dead. */
export function invoke(world: World, at: Invocation): void {
	const invoked = runInvocation(world, at).finally(() => world.running.delete(invoked));
	world.running.add(invoked);
}

async function runInvocation(world: World, at: Invocation): Promise<void> {
	const { draw, clock, settings } = world;
	const { name } = at;
	const performances: Performance[] = [];
	const claims = new Map<string, PerformingRun>();
	let bury = (): void => {};
	const death = new Promise<void>((resolve) => {
		bury = resolve;
	});
	const worker = {
		name,
		alive: true,
		die(): void {
			if (!worker.alive) return;
			worker.alive = false;
			for (const performance of performances) endPerformance(world, performance);
			world.note("dies", name);
			bury();
		},
	};

	if (world.faults && draw.happens(`${name}: starts long after its messages were received`, 0.03))
		await clock.sleep(draw.unit(`${name} late`) * VISIBILITY_MARGIN_SECONDS * 1_500);
	const skewMs = draw.happens(`${name}: its clock is off`, 0.7)
		? Math.round((draw.unit(`${name} skew`) * 2 - 1) * settings.skewMsMax)
		: 0;
	const isNew = world.deployed && (!world.faults || draw.chance(`${name} is new`, 0.8));
	const version = world.versions[isNew ? 1 : 0];
	world.note(
		"invocation",
		`${name} (${version.name}) of ${at.queueClass}: ${at.messages.map(({ messageId }) => messageId).join(", ")}`,
	);

	const ownClock = skewed(clock, skewMs);
	const invocationEndsAt = plusSeconds(clock.now(), settings.timeoutSeconds);
	const { catalogue } = version;
	const parts: WorkerParts = {
		catalogue,
		implementations: Object.fromEntries(
			catalogue.jobs
				.filter(({ queueClass }) => queueClass.name === at.queueClass)
				.map((job) => [job.name, observed(world, { worker, skewMs, job, performances, claims, invocationEndsAt })]),
		),
		runConcurrency: settings.runConcurrency,
		store: noteClaims(throughFaults(world, worker, "store", world.store), claims),
		queue: throughFaults(world, worker, "queue", world.queue),
		scheduler: throughFaults(world, worker, "scheduler", world.scheduler),
		limits: throughFaults(world, worker, "limits", world.limits),
		slots: throughFaults(world, worker, "slots", world.slots),
		effects: throughFaults(world, worker, "effects", world.effects),
		blobs: throughFaults(world, worker, "blobs", world.blobs),
		clock: {
			...ownClock,
			async sleep(durationMs, signal) {
				await ownClock.sleep(durationMs, signal);
				// The dead don't wake.
				return worker.alive ? undefined : never;
			},
		},
		random: createSeededRandom(draw.int(`${name} random`, 2 ** 31)),
		telemetry: { emit: (event) => world.note("telemetry", tellable(event)) },
		logFor: () => silent,
	};

	const end = new AbortController();
	void clock.sleep(settings.timeoutSeconds * 1_000, end.signal).then(() => {
		if (!end.signal.aborted) worker.die();
	});
	const answered = runBatch(parts, {
		queueClass: at.queueClass,
		messages: at.messages.map(({ messageId, receiptHandle, receiveCount, body, sentAt }) => ({
			messageId,
			receiptHandle,
			receiveCount,
			body,
			sentAt: epochMs(Date.parse(sentAt)),
		})),
		invocationEndsAt: plusMs(invocationEndsAt, skewMs),
	}).then(async ({ keptMessageIds }) => {
		if (!worker.alive) return;
		end.abort("answered");
		await acknowledge(world, at, keptMessageIds);
		const busy = performances.some(({ until }) => until === undefined);
		if (busy && !draw.happens(`${name}: lives on after its answer`, 0.7)) worker.die();
	});
	await Promise.race([death, answered]);
	end.abort("dead");
}

/** Lambda deletes what was not handed back; now and then its answer is lost, or one delete is. */
async function acknowledge(world: World, at: Invocation, keptMessageIds: readonly string[]): Promise<void> {
	const { draw, settings } = world;
	if (world.faults && draw.happens(`${at.name}: its answer is lost`, settings.faultRate / 2)) return;
	const done = at.messages.filter(
		({ messageId }) =>
			!keptMessageIds.includes(messageId) &&
			!(world.faults && draw.happens(`${at.name}: ${messageId} is not deleted`, settings.faultRate / 4)),
	);
	await world.remove(
		mainOf(at.queueClass),
		done.map(({ receiptHandle }) => receiptHandle),
	);
}

/** Of these, the reason is a message of its own each time. */
const untold: readonly string[] = ["message.kept", "beat.failed", "slots.failed", "schedule.failed", "hook.failed"];

/** An event by its name and what tells its cases apart, for the coverage; the rest is in the rows. */
function tellable(event: Parameters<WorkerParts["telemetry"]["emit"]>[0]): string {
	const more =
		"state" in event
			? ` ${event.state}`
			: "why" in event && !untold.includes(event.event)
				? ` ${event.why}`
				: "reason" in event
					? ` ${event.reason}`
					: "";
	return `${event.event}${more}`;
}

function endPerformance(world: World, performance: Performance): void {
	if (performance.until !== undefined) return;
	performance.until = world.clock.now();
	world.see({ kind: "performed", performance });
}

interface Performer {
	readonly worker: { readonly name: string; readonly alive: boolean };
	readonly skewMs: number;
	readonly job: JobDefinition;
	readonly performances: Performance[];
	readonly invocationEndsAt: EpochMs;
	/** What the worker's claims were answered with, by run. */
	readonly claims: ReadonlyMap<string, PerformingRun>;
}

function noteClaims(store: JobStore, claims: Map<string, PerformingRun>): JobStore {
	return {
		...store,
		async claimMany(asked) {
			const results = await store.claimMany(asked);
			for (const result of results)
				if ("claimed" in result && result.claimed && "fence" in result.record)
					claims.set(result.record.id, result.record);
			return results;
		},
	};
}

/** A job whose every performance is seen. */
function observed(
	world: World,
	{ worker, skewMs, job, performances, claims, invocationEndsAt }: Performer,
): JobImplementation<JobDefinition> {
	return async (given, context) => {
		const input = given as SimulatedInput;
		const run = claims.get(context.runId);
		if (run === undefined) throw new Error(`${context.runId} performs without a claim`);
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
			claimedAt: run.startedAt,
			invocationEndsAt,
			until: undefined,
		};
		performances.push(performance);
		world.see({ kind: "performing", performance });
		const seenContext: JobContext = Object.create(context, {
			enqueue: {
				value: (...call: Parameters<JobContext["enqueue"]>) => {
					const id = context.enqueue(...call);
					performance.enqueued.push(id);
					return id;
				},
			},
		});
		try {
			const answer = await behave({
				world,
				name: `${context.runId} g${performance.generation} performance ${nth}`,
				input,
				context: seenContext,
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
