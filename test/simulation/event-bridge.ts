/**
 * EventBridge Scheduler as it may be: what is to be sent once comes up to a minute late, and now and then twice; a schedule's tick comes within
 * its minute, or late by minutes, or twice, or never.
 */
import { type EpochMs, epochMs, plusMs, toIso } from "../../shared/kernel/time.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import type { RecurringMessage } from "../../shared/ports/scheduler.ts";
import { SCHEDULED_TIME } from "../../shared/wire/tick-message.ts";
import { createMemoryScheduler, type MemoryScheduler } from "../support/memory-scheduler.ts";
import type { VirtualClock } from "../support/virtual-clock.ts";
import type { Draw } from "./draw.ts";

interface Surroundings {
	readonly clock: Pick<VirtualClock, "now" | "sleep">;
	readonly draw: Draw;
	readonly queue: Queue;
	readonly note: (what: string, about: string) => void;
	/** Sends a tick to its class. */
	readonly send: (queueClass: string, body: string) => Promise<void>;
	/** From then on no tick comes any more, but for those that are late. */
	readonly isOver: () => boolean;
}

const minuteMs = 60_000;
/** As made or changed, a schedule ticks so often; then EventBridge has forgotten it, and whatever is due is missed. */
const ticksMax = 6;
const tickFaults = ["late", "twice", "never"] as const;
const tickFaultRate = 0.4;

/** Between the ticks of an expression that is even over the hour. */
function everyMs(expression: string): number {
	const minutes = expression.slice("cron(".length).split(" ", 1)[0] ?? "*";
	if (minutes.startsWith("*/")) return Number(minutes.slice(2)) * minuteMs;
	return minutes === "*" ? minuteMs : (60 / minutes.split(",").length) * minuteMs;
}

export function createEventBridge({ clock, draw, queue, note, send, isOver }: Surroundings): MemoryScheduler {
	const inner = createMemoryScheduler({ ...clock } as VirtualClock, queue, { wakes: false });
	/** When ticks will be sent that are on their way. */
	const onTheWay = new Set<{ readonly at: EpochMs }>();

	async function fire(name: string, dueInMs: number): Promise<void> {
		await clock.sleep(dueInMs + draw.unit(`${name} late`) * 60_000);
		if (!inner.waiting.has(name)) return;
		const again = draw.happens(`schedule ${name} fires twice`, 0.1);
		note("schedule", again ? "fires twice" : "fires");
		await inner.fire(name, { again });
		if (!again) return;
		await clock.sleep(draw.unit(`${name} again`) * 300_000);
		await inner.fire(name);
	}

	async function tick(message: RecurringMessage): Promise<void> {
		const period = everyMs(message.expression);
		for (let nth = 0; nth < ticksMax; nth++) {
			const at = epochMs((Math.floor(clock.now() / period) + 1) * period);
			await clock.sleep(at - clock.now());
			if (inner.recurring.get(message.name) !== message || !message.enabled || isOver()) return;
			const place = `${message.name} at ${toIso(at).slice(11, 19)}`;
			const fault = draw.which(place, tickFaults, tickFaultRate);
			note("tick", fault ?? "on time");
			if (fault === "never") continue;
			const body = message.body.replaceAll(SCHEDULED_TIME, `${toIso(at).slice(0, 19)}Z`);
			const lateMs = draw.unit(`${place} late`) ** 2 * (fault === "late" ? 15 * minuteMs : minuteMs);
			void sendLater(lateMs, message.queueClass, body);
			if (fault === "twice")
				void sendLater(lateMs + draw.unit(`${place} again`) * 5 * minuteMs, message.queueClass, body);
		}
	}
	async function sendLater(delayMs: number, queueClass: string, body: string): Promise<void> {
		const waiting = { at: plusMs(clock.now(), delayMs) };
		onTheWay.add(waiting);
		await clock.sleep(delayMs);
		onTheWay.delete(waiting);
		await send(queueClass, body);
	}

	return {
		...inner,
		async schedule(message) {
			const isNew = !inner.waiting.has(message.name);
			await inner.schedule(message);
			if (isNew) void fire(message.name, message.at - clock.now());
		},
		async recur(message) {
			await inner.recur(message);
			void tick(message);
		},
		async turn(name, how) {
			const before = inner.recurring.get(name);
			const known = await inner.turn(name, how);
			const after = inner.recurring.get(name);
			if (after !== undefined && after !== before) void tick(after);
			return known;
		},
		nextAt() {
			const times = [...onTheWay].map(({ at }) => at);
			const once = inner.nextAt();
			return times.length === 0 ? once : epochMs(Math.min(once ?? Infinity, ...times));
		},
	};
}
