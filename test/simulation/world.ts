/**
 * A platform in memory with its own time, in which everything that goes in or out is seen. Left to others: who calls the ports and how
 * badly that goes (worker.ts, fault-points.ts), what is done to it (steps/), and what is thought of it (checkers/).
 */
import { type EpochMs, epochMs, plusMs } from "../../shared/kernel/time.ts";
import type { BreakerStore } from "../../shared/ports/breaker-store.ts";
import type { DebounceStore } from "../../shared/ports/debounce-store.ts";
import type { EffectStore } from "../../shared/ports/effect-store.ts";
import type { JobStore, RunRecord } from "../../shared/ports/job-store.ts";
import type { Queue, QueueTarget } from "../../shared/ports/queue.ts";
import type { QueueOperator, ReceivedMessage } from "../../shared/ports/queue-operator.ts";
import type { ResultCache } from "../../shared/ports/result-cache.ts";
import type { ScheduleRegistry } from "../../shared/ports/schedule-registry.ts";
import type { SlotStore } from "../../shared/ports/slot-store.ts";
import type { SweepStore } from "../../shared/ports/sweep-store.ts";
import { createMemoryBlobStore, type MemoryBlobStore } from "../support/memory-blob-store.ts";
import { createMemoryBreakerStore } from "../support/memory-breaker-store.ts";
import { createMemoryDebounceStore } from "../support/memory-debounce-store.ts";
import { createMemoryEffectStore } from "../support/memory-effect-store.ts";
import { createMemoryJobStore } from "../support/memory-job-store.ts";
import { createMemoryLimitStore, type MemoryLimitStore } from "../support/memory-limit-store.ts";
import { createMemoryQueue, type HeldMessage } from "../support/memory-queue.ts";
import { createMemoryResultCache } from "../support/memory-result-cache.ts";
import type { MemoryScheduler } from "../support/memory-scheduler.ts";
import { createMemorySlotStore } from "../support/memory-slot-store.ts";
import { createMemorySweepStore } from "../support/memory-sweep-store.ts";
import { createVirtualClock, type VirtualClock } from "../support/virtual-clock.ts";
import { subjectOf } from "./checkers/message-subject.ts";
import type { Draw } from "./draw.ts";
import { createEventBridge } from "./event-bridge.ts";
import { drawFeatures, type Features } from "./features.ts";
import type { Happening, Seen } from "./history.ts";
import { createVersions, queueClasses, type Version } from "./jobs.ts";
import { createMappings, type Mappings } from "./mappings.ts";
import { drawPlans, type Plan } from "./schedules.ts";
import { drawSettings, type Settings } from "./settings.ts";
import { watchedRegistry } from "./watched-registry.ts";

export interface World {
	readonly draw: Draw;
	readonly settings: Settings;
	readonly features: Features;
	readonly clock: VirtualClock;
	readonly store: JobStore;
	readonly queue: Queue;
	readonly scheduler: MemoryScheduler;
	readonly limits: MemoryLimitStore;
	readonly sweeps: SweepStore;
	readonly slots: SlotStore;
	readonly breakers: BreakerStore;
	readonly debounce: DebounceStore;
	readonly schedules: ScheduleRegistry;
	readonly plans: readonly Plan[];
	readonly effects: EffectStore;
	readonly cache: ResultCache;
	readonly blobs: MemoryBlobStore;
	/** The version of the catalogue that is deployed first, and the one that may take its place. */
	readonly versions: readonly [Version, Version];
	/** Whether the second one is. */
	deployed: boolean;
	/** Once false, nothing goes wrong any more, except that jobs still fail. */
	faults: boolean;
	/** Once true, jobs succeed, and at once: a run that may not retry, and begins late in its function's time, is not cut off by its end. */
	mended: boolean;
	/** Requests to these ports fail until then. */
	readonly outages: Map<string, EpochMs>;
	/** Invocations that have not been answered. */
	readonly running: Set<Promise<void>>;
	/** What somebody was told is taken, in order. */
	readonly accepted: readonly { readonly target: QueueTarget; readonly body: string }[];
	/** Messages that were deleted, of which SQS may still hold a copy. */
	readonly deleted: { readonly target: QueueTarget; readonly message: HeldMessage }[];
	/** 1 for the first performance of a run in this world. */
	nextPerformance(runId: string): number;
	see(happening: Happening): void;
	note(what: string, about: string): void;
	row(id: string): RunRecord | undefined;
	rows(): readonly RunRecord[];
	messages(target: QueueTarget): readonly HeldMessage[];
	receive(target: QueueTarget, max: number, visibilitySeconds: number): Promise<readonly ReceivedMessage[]>;
	remove(target: QueueTarget, receiptHandles: readonly string[]): Promise<void>;
	readonly depth: QueueOperator["depth"];
	readonly mappings: Mappings;
	/** An operator empties a class's main queue. */
	purge(target: QueueTarget): Promise<void>;
	/** Runs whose messages an operator has deleted: nobody promised that these go on. */
	readonly purged: ReadonlySet<string>;
	/** DynamoDB deletes what has expired, sooner or later. */
	deleteExpired(): void;
	/** Somebody outside sends a body, and is told whether it was taken. */
	send(target: QueueTarget, body: string): Promise<void>;
	/** When the next message can be received, or is sent by the scheduler. */
	nextVisibleAt(): EpochMs | undefined;
}

export const mainOf = (queueClass: string): QueueTarget => ({ queueClass, queue: "main" });
export const deadLettersOf = (queueClass: string): QueueTarget => ({ queueClass, queue: "dead-letter" });
const mainQueues = queueClasses.map(mainOf);

export function createWorld(draw: Draw, observe: (seen: Seen) => void): World {
	const settings = drawSettings(draw);
	const features = drawFeatures(draw);
	const clock = inWholeMs(createVirtualClock({ ofPromises: true }));
	const memoryStore = createMemoryJobStore(clock);
	const memoryQueue = createMemoryQueue(clock, queueClasses, { maxReceiveCount: settings.maxReceiveCount });
	const seenRows = new Map<string, RunRecord>();
	const deleted: World["deleted"] = [];
	const performances = new Map<string, number>();

	const accepted: { target: QueueTarget; body: string }[] = [];

	function see(happening: Happening): void {
		if (happening.kind === "accepted") accepted.push(happening);
		observe({ ...happening, at: clock.now() });
	}

	/** Rows are replaced, never changed in place: another object is another row. */
	function lookAtRows(): void {
		for (const [id, after] of memoryStore.rows) {
			const before = seenRows.get(id);
			if (before === after) continue;
			seenRows.set(id, after);
			if (before !== undefined && isForgotten(before, after)) {
				see({ kind: "forgotten", runId: id });
				see({ kind: "row", before: undefined, after });
			} else see({ kind: "row", before, after });
		}
	}

	/** Whoever held a row that has expired may still write it; for anybody else it is not there. */
	function isForgotten(before: RunRecord, after: RunRecord): boolean {
		if (before.expiresAt * 1000 > clock.now()) return false;
		if (!("fence" in before)) return true;
		return !("fence" in after ? after.fence === before.fence : after.settledBy === before.fence);
	}

	const purged = new Set<string>();
	async function purge(target: QueueTarget): Promise<void> {
		const held = memoryQueue.messages(target);
		await memoryQueue.purge(target);
		for (const { messageId, body } of held) {
			const subject = subjectOf(world, { messageId, body });
			if (subject !== undefined) purged.add(subject.runId);
			see({ kind: "removed", target, messageId, body, moved: false, purged: true });
		}
	}

	function sent(target: QueueTarget, { messageId, body, attributes }: HeldMessage): void {
		see({ kind: "sent", target, messageId, body, attributes });
	}

	async function remove(target: QueueTarget, receiptHandles: readonly string[]): Promise<void> {
		const gone = memoryQueue
			.messages(target)
			.filter(({ receiptHandle }) => receiptHandle !== undefined && receiptHandles.includes(receiptHandle));
		await memoryQueue.remove(target, receiptHandles);
		for (const message of gone) {
			deleted.push({ target, message });
			see({ kind: "removed", target, messageId: message.messageId, body: message.body, moved: false });
		}
	}

	const queue: Queue = {
		changeVisibilityMany: memoryQueue.changeVisibilityMany,
		async sendMany(target, messages) {
			const before = memoryQueue.messages(target).length;
			const results = await memoryQueue.sendMany(target, messages);
			for (const message of memoryQueue.messages(target).slice(before)) sent(target, message);
			return results;
		},
	};

	const scheduler = createEventBridge({
		clock,
		draw,
		queue,
		note: (what, about) => see({ kind: "note", what, about }),
		send: (queueClass, body) => world.send(mainOf(queueClass), body),
		isOver: () => !world.faults,
	});
	const effects = createMemoryEffectStore();
	const world: World = {
		draw,
		settings,
		features,
		clock,
		plans: features.schedules ? drawPlans(draw) : [],
		versions: createVersions(draw, features),
		deployed: false,
		faults: true,
		mended: false,
		outages: new Map(),
		running: new Set(),
		accepted,
		deleted,
		nextPerformance(runId) {
			const nth = (performances.get(runId) ?? 0) + 1;
			performances.set(runId, nth);
			return nth;
		},
		see,
		note: (what, about) => see({ kind: "note", what, about }),
		store: Object.fromEntries(
			Object.entries(memoryStore).map(([method, call]) => [
				method,
				typeof call !== "function"
					? call
					: async (...given: unknown[]) => {
							const answer: unknown = await Reflect.apply(call, memoryStore, given);
							lookAtRows();
							return answer;
						},
			]),
		) as unknown as JobStore,
		queue,
		scheduler,
		limits: createMemoryLimitStore(),
		sweeps: createMemorySweepStore(memoryStore),
		depth: memoryQueue.depth,
		mappings: createMappings(clock, draw),
		purge,
		purged,
		deleteExpired: memoryStore.deleteExpired,
		slots: createMemorySlotStore(),
		breakers: createMemoryBreakerStore(),
		debounce: createMemoryDebounceStore(),
		schedules: watchedRegistry(see),
		effects: {
			read: effects.read,
			async keep(scope, key, effect, expiresAt) {
				const kept = await effects.keep(scope, key, effect, expiresAt);
				see({ kind: "kept", scope, key, json: kept.json });
				return kept;
			},
			async noteRow(scope, key, effect, expiresAt) {
				await effects.noteRow(scope, key, effect, expiresAt);
				const kept = await effects.read(scope, key);
				if (kept?.born === effect.born) see({ kind: "kept", scope, key, json: kept.json });
			},
		},
		cache: createMemoryResultCache(),
		blobs: createMemoryBlobStore(),
		row: (id) => seenRows.get(id),
		rows: () => [...seenRows.values()],
		messages: memoryQueue.messages,
		async receive(target, max, visibilitySeconds) {
			const letters = deadLettersOf(target.queueClass);
			const before = memoryQueue.messages(letters).length;
			const received = await memoryQueue.receive(target, { max, visibilitySeconds, waitSeconds: 0 });
			// What was received too often, SQS has moved by itself.
			for (const moved of memoryQueue.messages(letters).slice(before)) {
				sent(letters, moved);
				see({ kind: "removed", target, messageId: moved.messageId, body: moved.body, moved: true });
			}
			return received;
		},
		remove,
		async send(target, body) {
			const [result] = await queue.sendMany(target, [{ body }]);
			if (result?.sent === true) see({ kind: "accepted", target, messageId: result.messageId, body });
		},
		nextVisibleAt() {
			const scheduled = scheduler.nextAt();
			// What is due and has not fired will, some time in the next minute.
			let next = scheduled === undefined ? Infinity : Math.max(scheduled, clock.now() + 5_000);
			for (const target of mainQueues) {
				const soonest = world.mappings.feeds(target.queueClass) ? 0 : clock.now() + 5_000;
				for (const { visibleAt } of memoryQueue.messages(target)) next = Math.min(next, Math.max(visibleAt, soonest));
			}
			return next === Infinity ? undefined : epochMs(next);
		},
	};
	return world;
}

/** As every clock of a computer tells the time. */
function inWholeMs(clock: VirtualClock): VirtualClock {
	return {
		now: clock.now,
		sleep: (durationMs, signal) => clock.sleep(Math.ceil(durationMs), signal),
		advance: (durationMs) => clock.advance(Math.ceil(durationMs)),
		jumpTo: clock.jumpTo,
		sleepers: clock.sleepers,
	};
}

/** A clock that is ahead of the world's. */
export const skewed = (clock: VirtualClock, skewMs: number): Pick<VirtualClock, "now" | "sleep"> => ({
	now: () => plusMs(clock.now(), skewMs),
	sleep: clock.sleep,
});
