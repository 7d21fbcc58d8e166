/** A client over fakes that record what they were given: for tests of what is sent and what is not. */
import * as z from "zod/mini";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { createClient } from "../../shared/client/client.ts";
import { crontab, defineJob, defineQueueClass, defineSchedule, defineWorkerGroup } from "../../shared/job/index.ts";
import { epochMs } from "../../shared/kernel/time.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { RunRecord } from "../../shared/ports/job-store.ts";
import type { OutgoingMessage, Queue, QueueTarget, SendResult } from "../../shared/ports/queue.ts";
import { createMemoryLimitStore } from "./memory-limit-store.ts";
import { createMemoryResultCache } from "./memory-result-cache.ts";
import { createMemoryScheduleRegistry } from "./memory-schedule-registry.ts";
import { createMemoryScheduler } from "./memory-scheduler.ts";

const quick = defineQueueClass({ name: "quick", promise: "starts within a second" });
const group = defineWorkerGroup({ name: "office", queueClasses: [quick] });

export const sendInvoice = defineJob({
	name: "send_invoice",
	aliases: ["mail_invoice"],
	description: "Sends an invoice.",
	queueClass: quick,
	input: z.strictObject({
		invoice_id: z.int(),
		lines: z.optional(z.array(z.string())),
		copies: z._default(z.int().check(z.gte(1), z.lte(5)), 1),
	}),
	output: z.strictObject({ pages: z.int() }),
});

export const nightly = defineJob({
	name: "nightly_report",
	description: "Reports on the day.",
	queueClass: quick,
	input: z.unknown(),
	output: z.null(),
});

export const officeCatalogue = defineCatalogue({
	workerGroups: [group],
	jobs: [nightly, sendInvoice],
	schedules: [
		defineSchedule({ name: "nightly", job: nightly, input: { of: "the day" }, cron: crontab({ hour: 2, minute: 0 }) }),
	],
});

/** 2026-11-20T09:00:00.000Z */
export const nineOClock = epochMs(1_795_165_200_000);

export interface Sending {
	readonly target: QueueTarget;
	readonly messages: readonly OutgoingMessage[];
}

export function clientWorld() {
	const sendings: Sending[] = [];
	const blobs = new Map<string, string>();
	const records = new Map<string, RunRecord>();
	const sleeps: number[] = [];
	const world = {
		sendings,
		blobs,
		records,
		sleeps,
		nowMs: Number(nineOClock),
		/** Called before each sleep ends: the place where "meanwhile" happens. */
		meanwhile: (): void => {},
		/** What SQS answers for a message; default: it is sent. */
		answer: (message: OutgoingMessage): SendResult => ({ sent: true, messageId: `sqs-${message.body.length}` }),
		/** Order of outside effects: `put <key>`, `send <count>`. */
		effects: [] as string[],
		bodies: (): unknown[] => sendings.flatMap(({ messages }) => messages.map(({ body }) => JSON.parse(body))),
	};
	const cache = createMemoryResultCache();
	let tokens = 0;
	const clock: Clock = {
		now: () => epochMs(world.nowMs),
		sleep: async (durationMs) => {
			sleeps.push(durationMs);
			world.nowMs += durationMs;
			world.meanwhile();
		},
	};
	const queue: Pick<Queue, "sendMany"> = {
		sendMany: async (target, messages) => {
			sendings.push({ target, messages });
			world.effects.push(`send ${messages.length}`);
			return messages.map((message) => world.answer(message));
		},
	};
	const schedules = createMemoryScheduleRegistry();
	const scheduler = createMemoryScheduler(clock, queue, { wakes: false });
	const client = createClient({
		catalogue: officeCatalogue,
		queue,
		schedules,
		scheduler,
		store: {
			getMany: async (ids) => ids.map((id) => records.get(id)),
			claimMany: async () => [],
			requestRevoke: async () => false,
		},
		limits: createMemoryLimitStore(),
		cache,
		blobs: {
			put: async (key, text) => {
				blobs.set(key, text);
				world.effects.push(`put ${key}`);
			},
			get: async (key) => blobs.get(key),
		},
		clock,
		random: { unit: () => 0.5, token: () => `token-${++tokens}` },
	});
	return { ...world, world, client, cache, schedules, scheduler };
}
