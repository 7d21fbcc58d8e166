/**
 * A scheduler in memory that sends to a memory queue when its clock has come to the instant, or whenever a test says. Time that is moved on
 * wakes it by itself; a test that lets it fire late, early or twice calls `fire`.
 */
import { SCHEDULE_INPUT_BYTES_MAX } from "../../shared/kernel/limits.ts";
import type { EpochMs } from "../../shared/kernel/time.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import type { ScheduledMessage, Scheduler } from "../../shared/ports/scheduler.ts";

export interface MemoryScheduler extends Scheduler {
	/** What waits, in the order of being made. */
	readonly waiting: ReadonlyMap<string, ScheduledMessage>;
	/** The earliest instant that something waits for. */
	nextAt(): EpochMs | undefined;
	/** Sends it now, and forgets it unless it is to be sent again. */
	fire(name: string, options?: { readonly again?: boolean }): Promise<void>;
	/** Sends everything whose instant has come. */
	fireDue(): Promise<void>;
}

/** @param wakes Whether it fires by itself when the clock is advanced. Default true. */
export function createMemoryScheduler(
	clock: Clock,
	queue: Pick<Queue, "sendMany">,
	{ wakes = true }: { readonly wakes?: boolean } = {},
): MemoryScheduler {
	const waiting = new Map<string, ScheduledMessage>();

	async function fire(name: string, { again = false }: { readonly again?: boolean } = {}): Promise<void> {
		const message = waiting.get(name);
		if (message === undefined) return;
		if (!again) waiting.delete(name);
		const target = { queueClass: message.queueClass, queue: "main" } as const;
		const [result] = await queue.sendMany(target, [{ body: message.body }]);
		if (result?.sent !== true) throw new Error(`the schedule ${name} could not be sent: ${result?.error}`);
	}

	return {
		waiting,
		fire,
		nextAt() {
			let next: EpochMs | undefined;
			for (const { at } of waiting.values()) if (next === undefined || at < next) next = at;
			return next;
		},
		async fireDue() {
			for (const { name, at } of [...waiting.values()]) if (at <= clock.now()) await fire(name);
		},
		async schedule(message) {
			if (!/^[0-9a-zA-Z_.-]{1,64}$/.test(message.name)) throw new Error(`no name for a schedule: ${message.name}`);
			if (Buffer.byteLength(message.body) > SCHEDULE_INPUT_BYTES_MAX) throw new Error("too large for a schedule");
			if (waiting.has(message.name)) return;
			waiting.set(message.name, message);
			if (!wakes) return;
			void clock.sleep(message.at - clock.now()).then(async () => {
				if (waiting.get(message.name) === message) await fire(message.name);
			});
		},
		async cancel(names) {
			for (const name of names) waiting.delete(name);
		},
		waits: async (namePrefix) => [...waiting.keys()].some((name) => name.startsWith(namePrefix)),
	};
}
