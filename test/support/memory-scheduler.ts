/**
 * A scheduler in memory that sends to a memory queue when its clock has come to the instant, or whenever a test says. Time that is moved on
 * wakes it by itself; a test that lets it fire late, early or twice calls `fire`.
 */

import { nextTimes } from "../../shared/job/schedule-times.ts";
import { SCHEDULE_INPUT_BYTES_MAX } from "../../shared/kernel/limits.ts";
import { type EpochMs, toIso } from "../../shared/kernel/time.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import type { RecurringMessage, ScheduledMessage, Scheduler } from "../../shared/ports/scheduler.ts";
import { SCHEDULED_TIME } from "../../shared/wire/tick-message.ts";

export interface MemoryScheduler extends Scheduler {
	readonly recurring: ReadonlyMap<string, RecurringMessage>;
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
	const recurring = new Map<string, RecurringMessage>();

	/** Ticks as long as the message stands as it was made. */
	async function tick(message: RecurringMessage): Promise<void> {
		const fields = message.expression.slice("cron(".length, -" *)".length);
		const rule = { kind: "cron", cron: fields, timeZone: message.timeZone } as const;
		for (let at = nextTimes(rule, clock.now(), 1)[0]; at !== undefined; at = nextTimes(rule, at, 1)[0]) {
			await clock.sleep(at - clock.now());
			if (recurring.get(message.name) !== message || !message.enabled) return;
			const body = message.body.replaceAll(SCHEDULED_TIME, `${toIso(at).slice(0, 19)}Z`);
			await queue.sendMany({ queueClass: message.queueClass, queue: "main" }, [{ body }]);
		}
	}
	function recur(message: RecurringMessage): void {
		recurring.set(message.name, message);
		if (wakes) void tick(message);
	}

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
		recurring,
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
			for (const name of names) {
				waiting.delete(name);
				recurring.delete(name);
			}
		},
		recur: async (message) => recur(message),
		async turn(name, how) {
			const message = recurring.get(name);
			if (message !== undefined && message.enabled !== (how === "on")) recur({ ...message, enabled: how === "on" });
			return message !== undefined;
		},
		async list({ namePrefix = "", limit }) {
			const found = [...waiting.values()].filter(({ name }) => name.startsWith(namePrefix));
			const waits = found.sort((one, other) => (one.name < other.name ? -1 : 1)).slice(0, limit);
			return { waits, more: found.length > limit };
		},
		waits: async (namePrefix) => [...waiting.keys()].some((name) => name.startsWith(namePrefix)),
	};
}
