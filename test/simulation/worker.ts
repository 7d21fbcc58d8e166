/**
 * One invocation of a worker's function, as Lambda makes it: with a clock of its own, ports that fail it, a hard end, and a queue that
 * deletes only what its answer says. It may die at any call, and may live on after its answer, as a function that is thawed does.
 */
import { type Breakers, createBreakers } from "../../shared/engine/breaker/breakers.ts";
import { runBatch } from "../../shared/engine/run-batch.ts";
import type { WorkerParts } from "../../shared/engine/worker-parts.ts";
import { defaultBreaker } from "../../shared/job/breaker.ts";
import type { JobLog } from "../../shared/job/index.ts";
import { VISIBILITY_MARGIN_SECONDS } from "../../shared/kernel/limits.ts";
import { epochMs, plusMs, plusSeconds } from "../../shared/kernel/time.ts";
import type { ReceivedMessage } from "../../shared/ports/queue-operator.ts";
import { createSeededRandom } from "../support/seeded-random.ts";
import { busyMs, type WorkerProcess } from "./event-loop.ts";
import { never, throughFaults } from "./fault-points.ts";
import type { Performance } from "./history.ts";
import { hooksOf } from "./hooks.ts";
import { endPerformance, implementationOf, type NotedClaim, noteClaims } from "./performer.ts";
import { mainOf, skewed, type World } from "./world.ts";

export interface Invocation {
	/** Unique in its world. */
	readonly name: string;
	readonly queueClass: string;
	readonly messages: readonly ReceivedMessage[];
}

const silent: JobLog = { debug() {}, info() {}, warn() {}, error() {} };

export const visibilitySecondsOf = (world: World): number => world.settings.timeoutSeconds + VISIBILITY_MARGIN_SECONDS;

/** Starts an invocation; `world.running` holds it until it is answered or dead. */
export function invoke(world: World, at: Invocation): void {
	const messageIds = at.messages.map(({ messageId }) => messageId);
	world.see({ kind: "handed out", worker: at.name, queueClass: at.queueClass, messageIds });
	const invoked = runInvocation(world, at).finally(() => world.running.delete(invoked));
	world.running.add(invoked);
}

async function runInvocation(world: World, at: Invocation): Promise<void> {
	const { draw, clock, settings, features } = world;
	const { name } = at;
	const performances: Performance[] = [];
	const claims = new Map<string, NotedClaim>();
	let bury = (): void => {};
	const death = new Promise<void>((resolve) => {
		bury = resolve;
	});
	const worker: WorkerProcess = {
		name,
		alive: true,
		busyUntil: clock.now(),
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
				.filter(({ queueClass }) => catalogue.groupOf(queueClass.name) === catalogue.groupOf(at.queueClass))
				.map((job) => [
					job.name,
					implementationOf(world, { worker, skewMs, job, performances, claims, invocationEndsAt }),
				]),
		),
		runConcurrency: settings.runConcurrency,
		store: noteClaims(world, name, throughFaults(world, worker, "store", world.store), claims),
		queue: throughFaults(world, worker, "queue", world.queue),
		scheduler: throughFaults(world, worker, "scheduler", world.scheduler),
		cache: throughFaults(world, worker, "cache", world.cache),
		limits: throughFaults(world, worker, "limits", world.limits),
		slots: throughFaults(world, worker, "slots", world.slots),
		...(features.breaker ? { breakers: coldBreakers(world, worker, ownClock) } : {}),
		debounce: throughFaults(world, worker, "debounce", world.debounce),
		schedules: throughFaults(world, worker, "schedules", world.schedules),
		effects: throughFaults(world, worker, "effects", world.effects),
		blobs: throughFaults(world, worker, "blobs", world.blobs),
		clock: {
			...ownClock,
			async sleep(durationMs, signal) {
				await ownClock.sleep(durationMs, signal);
				if (busyMs(clock, worker) > 0) await clock.sleep(busyMs(clock, worker));
				// The dead don't wake.
				return worker.alive ? undefined : never();
			},
		},
		random: createSeededRandom(draw.int(`${name} random`, 2 ** 31)),
		telemetry: {
			emit(event) {
				world.note("telemetry", tellable(event));
				if (event.event === "message.kept")
					world.see({ kind: "message kept", worker: name, messageId: event.messageId, why: event.why });
				if (event.event === "message.refused")
					world.see({ kind: "message refused", worker: name, messageId: event.messageId, reason: event.reason });
				if (event.event === "hook.failed")
					world.see({ kind: "hook failed", worker: name, hook: event.hook, runId: event.runId });
			},
		},
		...(features.hooks ? { hooks: hooksOf(world, worker) } : {}),
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

/** Opens so soon, and for so short a time, that a world of a few runs sees all of it. */
const touchy = { ...defaultBreaker, failuresMin: 2, openSeconds: 5, openSecondsMax: 20 };

/** Of a worker that has seen none of them yet. */
function coldBreakers(world: World, worker: WorkerProcess, clock: Pick<World["clock"], "now">): Breakers {
	const { draw } = world;
	return createBreakers(
		{
			store: throughFaults(world, worker, "breakers", world.breakers),
			clock,
			random: createSeededRandom(draw.int(`${worker.name} breakers`, 2 ** 31)),
			telemetry: { emit: (event) => world.note("telemetry", tellable(event)) },
		},
		{ findQueueClass: () => ({ breaker: touchy }) },
	);
}

/** Of these, the reason is a message of its own each time. */
const untold: readonly string[] = [
	"message.kept",
	"cache.failed",
	"beat.failed",
	"effect.failed",
	"slots.failed",
	"breaker.failed",
	"schedule.failed",
	"hook.failed",
];

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
