/** A message that another one's performance keeps from going on comes back when that may be lost. */
import { plusMs } from "../kernel/time.ts";
import { type BlockedClaim, isJobOf } from "./decide-claim.ts";
import type { Carried } from "./next-messages.ts";
import type { Scene } from "./scene.ts";
import { sendLater } from "./send-later.ts";

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
	return sendLater(scene, carried, why, { ...place, notBefore: plusMs(until, leaseEndMarginMs + laterMs) });
};
