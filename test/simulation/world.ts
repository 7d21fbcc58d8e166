/**
 * A platform in memory with its own time, in which everything that goes in or out is seen. Left to others: who calls the ports and how
 * badly that goes (worker.ts, fault-points.ts), what is done to it (steps/), and what is thought of it (checkers/).
 */
import { type EpochMs, epochMs, plusMs } from "../../shared/kernel/time.ts";
import type { EffectStore } from "../../shared/ports/effect-store.ts";
import type { JobStore, RunRecord } from "../../shared/ports/job-store.ts";
import type { Queue, QueueTarget } from "../../shared/ports/queue.ts";
import type { QueueOperator, ReceivedMessage } from "../../shared/ports/queue-operator.ts";
import type { SlotStore } from "../../shared/ports/slot-store.ts";
import type { SweepStore } from "../../shared/ports/sweep-store.ts";
import { createMemoryBlobStore, type MemoryBlobStore } from "../support/memory-blob-store.ts";
import { createMemoryEffectStore } from "../support/memory-effect-store.ts";
import { createMemoryJobStore } from "../support/memory-job-store.ts";
import { createMemoryLimitStore, type MemoryLimitStore } from "../support/memory-limit-store.ts";
import { createMemoryQueue, type HeldMessage } from "../support/memory-queue.ts";
import { createMemoryScheduler, type MemoryScheduler } from "../support/memory-scheduler.ts";
import { createMemorySlotStore } from "../support/memory-slot-store.ts";
import { createMemorySweepStore } from "../support/memory-sweep-store.ts";
import { createVirtualClock, type VirtualClock } from "../support/virtual-clock.ts";
import type { Draw } from "./draw.ts";
import type { Happening, Seen } from "./history.ts";
import { createVersions, queueClasses, type Version } from "./jobs.ts";
import { drawSettings, type Settings } from "./settings.ts";

export interface World {
	readonly draw: Draw;
	readonly settings: Settings;
	readonly clock: VirtualClock;
	readonly store: JobStore;
	readonly queue: Queue;
	readonly scheduler: MemoryScheduler;
	readonly limits: MemoryLimitStore;
	readonly sweeps: SweepStore;
	readonly slots: SlotStore;
	readonly effects: EffectStore;
	readonly blobs: MemoryBlobStore;
	/** The version of the catalogue that is deployed first, and the one that may take its place. */
	readonly versions: readonly [Version, Version];
	/** Whether the second one is. */
	deployed: boolean;
	/** Once false, nothing goes wrong any more, except that jobs still fail. */
	faults: boolean;
	/** Once true, jobs succeed. */
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
	/** Somebody outside sends a body, and is told whether it was taken. */
	send(target: QueueTarget, body: string): Promise<void>;
	/** When the next message can be received, or is sent by the scheduler. */
	nextVisibleAt(): EpochMs | undefined;
}

export const mainOf = (queueClass: string): QueueTarget => ({ queueClass, queue: "main" });
export const deadLettersOf = (queueClass: string): QueueTarget => ({ queueClass, queue: "dead-letter" });
const allQueues: readonly QueueTarget[] = queueClasses.flatMap((name) => [mainOf(name), deadLettersOf(name)]);

export function createWorld(draw: Draw, observe: (seen: Seen) => void): World {
	const settings = drawSettings(draw);
	const clock = inWholeMs(createVirtualClock());
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
			see({ kind: "row", before, after });
		}
	}

	function sent(target: QueueTarget, { messageId, body, attributes }: HeldMessage): void {
		see({ kind: "sent", target, messageId, body, attributes });
	}

	async function remove(target: QueueTarget, receiptHandles: readonly string[]): Promise<void> {
		const held = memoryQueue.messages(target);
		await memoryQueue.remove(target, receiptHandles);
		const left = new Set(memoryQueue.messages(target).map(({ messageId }) => messageId));
		for (const message of held) {
			if (left.has(message.messageId)) continue;
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

	const scheduler = withWhims(createMemoryScheduler(clock, queue, { wakes: false }));

	/** EventBridge fires up to a minute late, and now and then twice. */
	function withWhims(inner: MemoryScheduler): MemoryScheduler {
		async function fire(name: string, dueInMs: number): Promise<void> {
			await clock.sleep(dueInMs + draw.unit(`${name} late`) * 60_000);
			if (!inner.waiting.has(name)) return;
			const again = draw.happens(`schedule ${name} fires twice`, 0.1);
			see({ kind: "note", what: "schedule", about: again ? "fires twice" : "fires" });
			await inner.fire(name, { again });
			if (!again) return;
			await clock.sleep(draw.unit(`${name} again`) * 300_000);
			await inner.fire(name);
		}
		return {
			...inner,
			async schedule(message) {
				const isNew = !inner.waiting.has(message.name);
				await inner.schedule(message);
				if (isNew) void fire(message.name, message.at - clock.now());
			},
		};
	}

	return {
		draw,
		settings,
		clock,
		versions: createVersions(draw),
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
		slots: createMemorySlotStore(),
		effects: createMemoryEffectStore(),
		blobs: createMemoryBlobStore(),
		row: (id) => [...memoryStore.rows.values()].find((row) => row.id === id),
		rows: () => [...memoryStore.rows.values()],
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
			const times = allQueues
				.filter(({ queue: which }) => which === "main")
				.flatMap((target) => memoryQueue.messages(target).map(({ visibleAt }) => visibleAt));
			const scheduled = scheduler.nextAt();
			// What is due and has not fired will, some time in the next minute.
			const all = scheduled === undefined ? times : [...times, Math.max(scheduled, clock.now() + 5_000)];
			return all.length === 0 ? undefined : epochMs(Math.min(...all));
		},
	};
}

/** As every clock of a computer tells the time. */
function inWholeMs(clock: VirtualClock): VirtualClock {
	return {
		now: clock.now,
		sleep: (durationMs, signal) => clock.sleep(Math.ceil(durationMs), signal),
		advance: (durationMs) => clock.advance(Math.ceil(durationMs)),
		jumpTo: clock.jumpTo,
		get sleepers() {
			return clock.sleepers;
		},
	};
}

/** A clock that is ahead of the world's. */
export const skewed = (clock: VirtualClock, skewMs: number): Pick<VirtualClock, "now" | "sleep"> => ({
	now: () => plusMs(clock.now(), skewMs),
	sleep: clock.sleep,
});
