/** "Not now": a message goes on as another one, later. */
import { type EpochMs, plusMs } from "../kernel/time.ts";
import { type BlockedClaim, isJobOf } from "./decide-claim.ts";
import { type Carried, sendOn } from "./next-messages.ts";
import type { Scene } from "./scene.ts";
import { sendNext } from "./send-next.ts";

type Behind = Extract<BlockedClaim, { kind: "defer"; why: "leased" | "stand-by" }>;

/** By the engine, not by a producer or an operator. */
export const sentOn = ({ message }: Carried): boolean => (message.hops ?? 0) > 0;

/** The attempt that another message performs, as a claim would find it. @throws MillraceError `store-failed` */
export async function whoPerforms(
	{ parts }: Scene,
	{ job, message, runId }: Carried,
	messageId: string,
): Promise<Behind | undefined> {
	const [row] = await parts.store.getMany([runId]);
	const isPerforming = row !== undefined && "leaseUntil" in row && row.leaseUntil > parts.clock.now();
	if (!isPerforming || row.carrier === messageId || !isJobOf(row, { job: job.name, aliases: job.aliases }))
		return undefined;
	// A redrive stays the first of its own generation.
	const { generation, attempts: attempt, leaseUntil: until } = row;
	return (message.generation ?? 1) === generation
		? { kind: "defer", why: "leased", until, generation, attempt }
		: undefined;
}

/** Come back just after a lease is over, not just before. */
const leaseEndMarginMs = 1000;
/** Each time by so much later: what it waits for may take hours, and it is only there in case that gets lost. */
const laterMsEachTime = 60_000;
const laterMsMax = 600_000;

/** To look again when whoever performs it may be lost, or whoever should go on with it is overdue. @throws MillraceError `send-failed`, `blob-failed` */
export const deferBehind = (scene: Scene, carried: Carried, { why, until, ...place }: Behind): Promise<void> => {
	const laterMs = Math.min((carried.message.hops ?? 0) * laterMsEachTime, laterMsMax);
	return defer(scene, carried, why, plusMs(until, leaseEndMarginMs + laterMs), place);
};

/**
 * Sends the message on for later, then lets this one go: waiting costs no attempt and no in-flight message (INV-06).
 * @throws MillraceError `send-failed`, `blob-failed`
 */
export async function defer(
	scene: Scene,
	carried: Carried,
	why: "not-before" | "leased" | "stand-by",
	until: EpochMs,
	{ generation, attempt }: { readonly generation: number; readonly attempt: number },
): Promise<void> {
	const { parts, calls } = scene;
	const now = parts.clock.now();
	const next = sendOn(carried, { attempt, generation, notBefore: until, deferred: true }, now);
	await sendNext(parts, calls.send, [next]);
	const { runId: id, job } = carried;
	parts.telemetry.emit({
		event: "run.deferred",
		why,
		delaySeconds: Math.max(0, Math.ceil((until - now) / 1000)),
		runId: id,
		job: job.name,
		attempt,
	});
}
