/** The command line over a terminal that records and a platform that lies in memory; queues keep what was received out of sight. */
import type { ProgramParts } from "../../cli/command-context.ts";
import type { ExitCode } from "../../cli/exit-codes.ts";
import { main } from "../../cli/main.ts";
import type { Catalogue } from "../../shared/catalogue/define-catalogue.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { epochMs } from "../../shared/kernel/time.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { RunListing, RunRecord } from "../../shared/ports/job-store.ts";
import type { Platform } from "../../shared/ports/platform.ts";
import type { OutgoingMessage, QueueTarget, SendResult } from "../../shared/ports/queue.ts";
import type { ReceivedMessage } from "../../shared/ports/queue-operator.ts";
import { nineOClock, officeCatalogue } from "./client-world.ts";
import { createMemoryBreakerStore } from "./memory-breaker-store.ts";
import { createMemoryLimitStore } from "./memory-limit-store.ts";
import { createMemoryMappingOperator } from "./memory-mapping-operator.ts";
import { createMemoryResultCache } from "./memory-result-cache.ts";
import { createMemoryScheduleRegistry } from "./memory-schedule-registry.ts";
import { createMemoryScheduler } from "./memory-scheduler.ts";
import { createMemorySweepStore } from "./memory-sweep-store.ts";

interface LyingMessage {
	readonly messageId: string;
	readonly body: string;
	readonly attributes: Readonly<Record<string, string>>;
	/** Set while a receiver holds it. */
	handle: string | undefined;
	/** When the hold is over. */
	untilMs: number;
}

export interface Ran {
	readonly code: ExitCode;
	readonly out: string;
	readonly err: string;
	readonly json: unknown;
}

export function cliWorld() {
	const records = new Map<string, RunRecord>();
	const blobs = new Map<string, string>();
	const letters: LyingMessage[] = [];
	const sent: { readonly target: QueueTarget; readonly message: OutgoingMessage }[] = [];
	let count = 0;
	/** Of the scheduler, which moves nothing by itself here. */
	const nine: Clock = { now: () => nineOClock, sleep: async () => {} };
	const world = {
		scheduler: createMemoryScheduler(nine, { sendMany: async () => [] }, { wakes: false }),
		records,
		blobs,
		letters,
		sent,
		mappings: createMemoryMappingOperator(["quick", "old"], (): number => world.nowMs),
		listed: [] as RunListing[],
		limits: createMemoryLimitStore(),
		breakers: createMemoryBreakerStore(),
		cache: createMemoryResultCache(),
		schedules: createMemoryScheduleRegistry(),
		catalogue: officeCatalogue as Catalogue,
		storeFails: false,
		stdin: "",
		/** The terminal's answer to a question; without one nothing is interactive. */
		answer: undefined as string | undefined,
		overwritten: [] as string[],
		sendAnswer: (_message: OutgoingMessage): SendResult => ({ sent: true, messageId: "m" }),
		/** Called before each sleep ends. */
		meanwhile: (): void => {},
		nowMs: Number(nineOClock),
		interrupt: new AbortController(),
		addLetter(body: string, attributes: Readonly<Record<string, string>> = {}): string {
			const messageId = `letter-${++count}`;
			letters.push({ messageId, body, attributes, handle: undefined, untilMs: 0 });
			return messageId;
		},
		/** Letters that anyone could receive now. */
		visible: (): number => letters.filter((letter) => isVisible(letter)).length,
		/** Queues that were purged. */
		purged: [] as string[],
		run,
	};

	const isVisible = ({ handle, untilMs }: LyingMessage): boolean => handle === undefined || untilMs <= world.nowMs;

	const clock: Clock = {
		now: () => epochMs(world.nowMs),
		sleep: async (durationMs) => {
			world.nowMs += durationMs;
			world.meanwhile();
		},
	};
	const sweeps = createMemorySweepStore({ listRecent: async () => world.listed });
	const platform: Platform = {
		address: {
			table: "runs",
			bucket: "blobs",
			queues: {
				quick: { url: "https://sqs/quick", deadLetterUrl: "https://sqs/quick-dead" },
				old: { url: "https://sqs/old", deadLetterUrl: "https://sqs/old-dead" },
			},
		},
		queue: {
			sendMany: async (target, messages) =>
				messages.map((message) => {
					const result = world.sendAnswer(message);
					if (result.sent) sent.push({ target, message });
					return result;
				}),
		},
		operator: {
			depth: async ({ queue }) =>
				queue === "main"
					? { visible: 3, inFlight: 2, delayed: 1 }
					: { visible: world.visible(), inFlight: letters.length - world.visible(), delayed: 0 },
			receive: async (_target, { max, visibilitySeconds }) =>
				letters
					.filter(isVisible)
					.slice(0, max)
					.map((letter): ReceivedMessage => {
						letter.handle = `handle-${++count}`;
						letter.untilMs = world.nowMs + visibilitySeconds * 1000;
						const { messageId, body, attributes, handle: receiptHandle } = letter;
						return { messageId, body, attributes, receiptHandle, receiveCount: 1, sentAt: "2026-11-20T08:00:00.000Z" };
					}),
			release: async (_target, handles) => {
				for (const letter of letters) {
					if (letter.handle !== undefined && handles.includes(letter.handle)) letter.handle = undefined;
				}
			},
			remove: async (_target, handles) => {
				for (const handle of handles) {
					const at = letters.findIndex((letter) => letter.handle === handle);
					if (at >= 0) letters.splice(at, 1);
				}
			},
			purge: async ({ queueClass, queue }) => {
				world.purged.push(`${queueClass} ${queue}`);
				if (queue === "dead-letter") letters.length = 0;
			},
		},
		mappings: world.mappings,
		store: {
			claimMany: unused,
			settleMany: unused,
			beatMany: unused,
			requestRevoke: unused,
			getMany: async (ids) => {
				if (world.storeFails) throw new MillraceError("store-failed", "no such table");
				return ids.map((id) => records.get(id));
			},
			listRecent: async ({ limit }) => world.listed.slice(0, limit),
		},
		limits: world.limits,
		breakers: {
			...world.breakers,
			look: async (queueClass) => {
				if (world.storeFails) throw new MillraceError("store-failed", "no such table");
				return world.breakers.look(queueClass);
			},
		},
		schedules: world.schedules,
		cache: world.cache,
		sweeps,
		blobs: {
			put: async (key, text) => void blobs.set(key, text),
			get: async (key) => blobs.get(key),
		},
		clock,
		scheduler: world.scheduler,
		random: { unit: () => 0.5, token: () => `token-${++count}` },
	};

	async function run(...args: string[]): Promise<Ran> {
		const out: string[] = [];
		const err: string[] = [];
		const parts: ProgramParts = {
			io: {
				out: (text) => void out.push(text),
				err: (text) => void err.push(text),
				overwrite: (line) => void world.overwritten.push(line),
				readStdin: async () => world.stdin,
				ask: async () => world.answer ?? "",
				interactive: world.answer !== undefined,
				columns: 80,
				interrupted: world.interrupt.signal,
			},
			loadCatalogue: async () => world.catalogue,
			startApp: async () => {},
			connect: async () => ({ kind: "local", stack: "Millrace", description: "memory", platform }),
			folder: "/",
			env: {},
		};
		const code = await main(args, parts);
		const json: unknown = args.includes("--json") && out.length > 0 ? JSON.parse(out.join("\n")) : undefined;
		return { code, out: out.join("\n"), err: err.join("\n"), json };
	}

	return Object.assign(world, { platform });
}

async function unused(): Promise<never> {
	throw new Error("The command line neither claims nor settles");
}
