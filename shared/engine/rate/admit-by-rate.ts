/**
 * A run's turn under its rate limit (INV-08): with a ticket it may go on to its claim and waits for its slot right before it performs; one
 * whose slot is far is sent on with its ticket, to come back shortly before. So waiting costs one message, however long the line is, and
 * no attempt (INV-06). Whoever comes too late for a slot takes another ticket, and comes back for that as much earlier as it was late, to
 * wait for it in the worker: else a run whose messages always come late would never start.
 */
import { SQS_DELAY_SECONDS_MAX } from "../../kernel/limits.ts";
import { type EpochMs, epochMs, plusMs, plusSeconds } from "../../kernel/time.ts";
import type { PerformingRun } from "../../ports/job-store.ts";
import type { RateTicket } from "../../wire/job-message.ts";
import type { Carried } from "../next-messages.ts";
import type { Scene } from "../scene.ts";
import { sendLater } from "../send-later.ts";
import { unclaim } from "../unclaim.ts";
import { type HeldTicket, isGoodNow } from "./limit-desk.ts";
import type { Limiter } from "./limiter-of.ts";
import { CHANGE_GRACE_MS } from "./timetable.ts";

/** A slot no further away is waited for in the worker: a queue's delay is whole seconds, and a message may take a moment more. */
const WAIT_MS_MAX = 2_500;
/** A claimed run that came too late for its slot waits for the next one in the worker if that is no further. Well below a lease. */
const LATE_WAIT_MS_MAX = 20_000;
/** A slot so far that its limiter's pace may change meanwhile is asked about once more, so long before. */
const ASK_AGAIN_MS = 1_000;
/** What is left of the invocation must be worth a start. */
const WORK_MS_MIN = 1_000;
/** A message comes back up to a second later than asked for, since delays are whole seconds, and needs a moment to be delivered and claimed. */
const RETURN_SPREAD_MS = 1_500;

export interface Turn {
	readonly limiter: Limiter;
	readonly ticket: HeldTicket;
	/** The slot is close enough to go on to the claim. */
	readonly near: boolean;
	/** How much earlier than its slot it comes back. */
	readonly lateMs?: number;
}

/** @throws MillraceError `store-failed` */
export async function takeTurn(scene: Scene, { message }: Carried, limiter: Limiter): Promise<Turn> {
	const { desk } = scene;
	const brought = message.ticket?.limiter === limiter.id ? message.ticket : undefined;
	const kept =
		brought === undefined
			? undefined
			: await desk.check(limiter, { epoch: brought.epoch, slot: epochMs(brought.slot) });
	const ticket = kept ?? (await desk.take(limiter));
	const lateMs = brought === undefined ? 0 : latenessOf(scene, brought, kept === undefined);
	return { limiter, ticket, near: isNear(scene, ticket, WAIT_MS_MAX + lateMs), lateMs };
}

/** When a run with a near turn will begin, by this worker's clock. */
export const startOfTurn = ({ desk, parts }: Scene, { ticket }: Turn): EpochMs =>
	plusMs(parts.clock.now(), Math.max(0, ticket.slot - desk.now()));

/**
 * Waits until the claimed run may start. Comes back with `near: false` when it came too late for its slot and its new one is far.
 * @param given Absent: it needs a new ticket. @param lateMs how late its messages come. @throws MillraceError `store-failed`
 */
export async function awaitTurn(
	scene: Scene,
	limiter: Limiter,
	given: HeldTicket | undefined,
	lateMs = 0,
): Promise<Turn> {
	const { desk } = scene;
	for (let ticket = given ?? (await desk.take(limiter)); ; ticket = await desk.take(limiter)) {
		const turn = { limiter, ticket, near: ticket === given || isNear(scene, ticket, LATE_WAIT_MS_MAX), lateMs };
		if (!turn.near) return turn;
		const held = await awaitSlot(scene, limiter, ticket);
		if (held !== undefined) return { ...turn, ticket: held };
	}
}

/** `undefined` when it is no good then. */
async function awaitSlot(
	{ desk, parts }: Scene,
	limiter: Limiter,
	ticket: HeldTicket,
): Promise<HeldTicket | undefined> {
	const sleepUntil = async (at: EpochMs): Promise<void> => {
		for (let now = desk.now(); now < at; now = desk.now()) await parts.clock.sleep(at - now);
	};
	let held: HeldTicket | undefined = ticket;
	if (ticket.slot - ticket.checkedAt > CHANGE_GRACE_MS) {
		await sleepUntil(plusMs(ticket.slot, -ASK_AGAIN_MS));
		held = await desk.check(limiter, ticket);
	}
	await sleepUntil(ticket.slot);
	return held !== undefined && isGoodNow(held, desk.now()) ? held : undefined;
}

/** Sends the message on, to come back shortly before its slot. @throws MillraceError `send-failed`, `blob-failed` */
export async function sendToTurn(
	scene: Scene,
	carried: Carried,
	{ limiter, ticket, lateMs = 0 }: Turn,
	of: { readonly messageId: string; readonly attempt: number },
): Promise<void> {
	const { parts, desk } = scene;
	const { slot, until, epoch } = ticket;
	const waitMs = Math.max(0, Math.min(slot, until - RETURN_SPREAD_MS) - lateMs - desk.now());
	const delaySeconds = Math.min(Math.ceil(waitMs / 1000), SQS_DELAY_SECONDS_MAX);
	const notBefore = plusSeconds(parts.clock.now(), delaySeconds);
	// It carries the run in place of this message, which may have been delivered twice and be performing by now.
	const late = lateMs === 0 ? {} : { late: lateMs };
	const sent: RateTicket = { limiter: limiter.id, epoch, slot, until, ...late, carrier: of.messageId };
	await sendLater(scene, carried, "rate", { attempt: of.attempt, notBefore }, { ticket: sent });
}

/**
 * A claimed run that can't start here goes back: the same attempt, which has not begun, by another message. Nothing is spent (INV-06).
 * @throws MillraceError `store-failed`, `send-failed`, `blob-failed`; `fence-lost`: somebody else holds the run, and the message is kept.
 */
export async function giveBack(scene: Scene, carried: Carried, run: PerformingRun, turn: Turn): Promise<void> {
	await unclaim(scene, run);
	await sendToTurn(scene, carried, turn, { messageId: run.carrier, attempt: run.attempts });
}

function isNear({ desk, legEndsAt, parts }: Scene, { slot }: HeldTicket, waitMsMax: number): boolean {
	const waitMs = slot - desk.now();
	return waitMs <= waitMsMax && parts.clock.now() + Math.max(waitMs, 0) + WORK_MS_MIN <= legEndsAt;
}

/** Never more than it may wait in this worker, whose last moments must be worth a start. */
function latenessOf({ desk, legEndsAt, parts }: Scene, { slot, late = 0 }: RateTicket, missed: boolean): number {
	const roomMs = (legEndsAt - parts.clock.now()) / 2;
	const lateMs = missed ? Math.max(late, desk.now() - slot + late) : late;
	return Math.round(Math.max(0, Math.min(lateMs, LATE_WAIT_MS_MAX, roomMs)));
}
