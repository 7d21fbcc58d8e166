/**
 * One invocation: performs the messages of a batch side by side and says which of them must be delivered again. Store and queue calls of
 * neighbours share batch requests; a slow run holds back nobody's settle.
 */

import { CACHE_TAGS_MAX } from "../job/result-cache.ts";
import { MillraceError } from "../kernel/errors.ts";
import {
	BEAT_INTERVAL_MS,
	DYNAMODB_BATCH_GET_MAX,
	DYNAMODB_STATEMENTS_MAX,
	LEASE_MARGIN_MS,
	LEASE_MS,
	LEG_RESERVE_MS,
	LONG_INVOCATION_MS,
	SQS_BATCH_ENTRIES_MAX,
} from "../kernel/limits.ts";
import { type EpochMs, plusMs } from "../kernel/time.ts";
import type { Beat, BeatResult, Claim, ClaimResult, FailedWrite, Settle, SettleResult } from "../ports/job-store.ts";
import type { OutgoingMessage, QueueTarget, SendResult } from "../ports/queue.ts";
import type { CacheAnswer, CacheQuestion } from "../ports/result-cache.ts";
import { createGathering } from "./batch-jobs/gathering.ts";
import { type Batcher, createBatcher } from "./batcher.ts";
import { createSlotDesk } from "./concurrency/slot-desk.ts";
import { createDebounceDesk } from "./debounce/debounce-desk.ts";
import { handleMessage } from "./handle-message.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { nameMessage } from "./name-run.ts";
import { type ParsedMessage, parseMessage } from "./parse-message.ts";
import { createLimitDesk } from "./rate/limit-desk.ts";
import type { BatchCalls, Scene } from "./scene.ts";
import { createSlots } from "./slots.ts";
import type { DeliveredMessage, WorkerParts } from "./worker-parts.ts";

/** How long a settle waits for its neighbours while some of them still perform. */
const settleLingerMs = 3;
/** A message comes back this long after the lease that it waits for, not just before its end. */
const afterLeaseSeconds = 2;
/** By so much longer each time. */
const laterSeconds = 60;
/** Who has no more than this left of a lease has missed two beats: dead, most likely, after checkpoints that extended its lease and not its visibility. */
const silentSeconds = (LEASE_MS + LEASE_MARGIN_MS - 2 * BEAT_INTERVAL_MS) / 1000;
/** So that an entry and the versions of its tags, of the job, the input and those declared, fit one request together. */
const cacheLooksMax = Math.floor(DYNAMODB_BATCH_GET_MAX / (3 + CACHE_TAGS_MAX));
/** A run that waited for a neighbour and would begin with less than this left of its leg (a quarter of a short one) would spend its attempt on being stopped. */
const worthMs = 10_000;
/** The invocation answers this long before Lambda would end it, finished or not. */
const answerReserveMs = 500;

export interface Batch {
	/** The class whose queue delivered it. */
	readonly queueClass: string;
	readonly messages: readonly DeliveredMessage[];
	/** When Lambda stops the function. */
	readonly invocationEndsAt: EpochMs;
}

export interface BatchAnswer {
	/** Ids of the messages that must be delivered again: exactly those that are not done. */
	readonly keptMessageIds: readonly string[];
}

/** Never rejects: what goes wrong with one message keeps that message and no other. */
export async function runBatch(parts: WorkerParts, batch: Batch): Promise<BatchAnswer> {
	const { clock, telemetry } = parts;
	const legEndsAt = plusMs(batch.invocationEndsAt, -LEG_RESERVE_MS);
	const lastStartAt = plusMs(legEndsAt, -Math.min(worthMs, (legEndsAt - clock.now()) / 4));
	const slots = createSlots(parts.runConcurrency);
	const calls = createBatchCalls(parts);
	const finished = new Set<string>();
	const sameRun = new Map<string, Promise<void>>();

	const keep = (messageId: string, why: string): void => telemetry.emit({ event: "message.kept", messageId, why });

	const answered = new AbortController();
	const heartbeat = startHeartbeat(clock, answered.signal);
	const gathering = createGathering(parts);
	const scene: Scene = {
		parts,
		calls,
		queueClass: batch.queueClass,
		receivedAt: clock.now(),
		invocationEndsAt: batch.invocationEndsAt,
		legEndsAt,
		legOver: clock.sleep(legEndsAt - clock.now(), answered.signal),
		heartbeat,
		desk: createLimitDesk(parts.limits, clock),
		slotDesk: createSlotDesk({
			store: parts.slots,
			clock,
			heartbeat,
			token: parts.random.token,
			invocationEndsAt: batch.invocationEndsAt,
			waitHereUntil: plusMs(clock.now(), (legEndsAt - clock.now()) / 2),
			failed: (error) => telemetry.emit({ event: "slots.failed", queueClass: batch.queueClass, why: error.message }),
			taken: ({ group }, performing) => {
				if (group !== undefined) telemetry.emit({ event: "places.taken", group, performing });
			},
		}),
		breaker: parts.breakers?.of(batch.queueClass),
		gathering,
		debounceDesk: createDebounceDesk(parts),
	};
	const target: QueueTarget = { queueClass: batch.queueClass, queue: "main" };
	/** Messages that this invocation has nothing more to do with. */
	const kept = new Set<string>();
	let hiding: Promise<void> | undefined;
	/**
	 * The carrier of a run that performs elsewhere comes back when the lease that was seen ends; later each time it meets it alive and beating,
	 * so that it does not use up its receives on one long performance.
	 */
	async function letComeBack({ receiptHandle, receiveCount }: DeliveredMessage, until: EpochMs): Promise<void> {
		await hiding;
		const leaseSeconds = Math.max(0, Math.ceil((until - clock.now()) / 1000));
		const moreSeconds = leaseSeconds > silentSeconds ? (receiveCount - 1) * laterSeconds : 0;
		const seconds = leaseSeconds + afterLeaseSeconds + moreSeconds;
		await parts.queue.changeVisibilityMany(target, [{ receiptHandle, seconds }]).catch(() => undefined);
	}
	const windowSeconds = parts.catalogue.findQueueClass(batch.queueClass)?.batchWindowSeconds ?? 0;
	if (batch.invocationEndsAt - clock.now() + windowSeconds * 1000 > LONG_INVOCATION_MS) {
		const hide = async (): Promise<void> => {
			const seconds = Math.ceil((LEASE_MS + LEASE_MARGIN_MS) / 1000) + afterLeaseSeconds;
			const change = batch.messages
				.filter(({ messageId }) => !kept.has(messageId))
				.map(({ receiptHandle }) => ({ receiptHandle, seconds }));
			await parts.queue.changeVisibilityMany(target, change).catch(() => undefined);
		};
		hiding = hide();
		scene.heartbeat.join(() => (hiding = hide()));
	}

	async function handle(message: DeliveredMessage, parsed: ParsedMessage, name: string): Promise<void> {
		const job = parsed.refused ? undefined : parts.catalogue.findJob(parsed.message.job);
		const gone = gathering.expect(job, name);
		try {
			if (clock.now() >= lastStartAt) return keep(message.messageId, "no time left in this invocation");
			await handleMessage(scene, message, parsed);
			finished.add(message.messageId);
		} catch (error) {
			keep(message.messageId, (error as Error).message);
			kept.add(message.messageId);
			if (error instanceof MillraceError && error.code === "lease-held")
				await letComeBack(message, error.details["until"] as EpochMs);
		} finally {
			gone();
		}
	}

	const all = batch.messages.map((message) => {
		// Messages of one run go one after another: the later ones then find it settled instead of deferring themselves.
		const parsed = parseMessage(message.body);
		const name = nameMessage(parts.catalogue, message, parsed);
		const start = () => slots.hold(() => handle(message, parsed, name));
		const handled = sameRun.get(name)?.then(start) ?? start();
		sameRun.set(name, handled);
		return handled;
	});

	const outOfTime = clock.sleep(batch.invocationEndsAt - answerReserveMs - clock.now(), answered.signal).then(() => {
		if (answered.signal.aborted) return;
		for (const { messageId } of batch.messages)
			if (!finished.has(messageId)) keep(messageId, "the invocation ran out of time");
	});
	await Promise.race([Promise.all(all).then(() => scene.breaker?.told()), outOfTime]);
	answered.abort("answered");
	return { keptMessageIds: batch.messages.map(({ messageId }) => messageId).filter((id) => !finished.has(id)) };
}

/** A write that failed is its own caller's trouble, not the batch's. */
function successful<Result extends object>(result: Result | FailedWrite): Result {
	if ("failed" in result) throw result.failed;
	return result;
}

function createBatchCalls(parts: WorkerParts): BatchCalls {
	const { store, queue, cache, clock } = parts;
	/** Attempts that are on their way to a settle. */
	let settlesAhead = 0;
	const thisTick = async (): Promise<void> => {};

	const looks = createBatcher<CacheQuestion, CacheAnswer>({
		send: (items) => cache.lookMany(items),
		itemsMax: cacheLooksMax,
		linger: thisTick,
	});
	const claims = createBatcher<Claim, ClaimResult | FailedWrite>({
		send: (items) => store.claimMany(items),
		keyOf: (item) => item.record.id,
		itemsMax: DYNAMODB_STATEMENTS_MAX,
		linger: thisTick,
	});
	const settles = createBatcher<Settle, SettleResult | FailedWrite>({
		send: (items) => store.settleMany(items),
		keyOf: (item) => item.id,
		itemsMax: DYNAMODB_STATEMENTS_MAX,
		linger: () => clock.sleep(settleLingerMs),
	});
	const beats = createBatcher<Beat, BeatResult | FailedWrite>({
		send: (items) => store.beatMany(items),
		keyOf: (item) => item.id,
		itemsMax: DYNAMODB_STATEMENTS_MAX,
		linger: () => clock.sleep(settleLingerMs),
	});
	const sends = new Map<string, Batcher<OutgoingMessage, SendResult>>();
	function senderTo(target: QueueTarget): Batcher<OutgoingMessage, SendResult> {
		const name = `${target.queueClass}/${target.queue}`;
		const known = sends.get(name);
		if (known !== undefined) return known;
		const made = createBatcher<OutgoingMessage, SendResult>({
			send: (items) => queue.sendMany(target, items),
			itemsMax: SQS_BATCH_ENTRIES_MAX,
			linger: thisTick,
		});
		sends.set(name, made);
		return made;
	}

	return {
		look: (question) => looks.add(question),
		claim: (claim) => claims.add(claim).then(successful),
		settle(settle) {
			settlesAhead--;
			const settled = settles.add(settle).then(successful);
			// Nobody is left whose settle would be worth waiting for.
			if (settlesAhead === 0) settles.flush();
			return settled;
		},
		beat: (beat) => beats.add(beat).then(successful),
		send: (target, message) => senderTo(target).add(message),
		async beforeSettle(work) {
			settlesAhead++;
			try {
				return await work();
			} catch (error) {
				settlesAhead--;
				if (settlesAhead === 0) settles.flush();
				throw error;
			}
		},
	};
}
