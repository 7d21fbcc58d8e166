/** What every step of one invocation works with. */
import type { EpochMs } from "../kernel/time.ts";
import type { Beat, BeatResult, Claim, ClaimResult, Settle, SettleResult } from "../ports/job-store.ts";
import type { SlotDesk } from "./concurrency/slot-desk.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { LimitDesk } from "./rate/limit-desk.ts";
import type { Send } from "./send-next.ts";
import type { WorkerParts } from "./worker-parts.ts";

/** Single calls that share batch requests with the neighbours' (see run-batch.ts). */
export interface BatchCalls {
	claim(claim: Claim): Promise<ClaimResult>;
	settle(settle: Settle): Promise<SettleResult>;
	beat(beat: Beat): Promise<BeatResult>;
	send: Send;
	/** Announces a settle: neighbours' settles may wait for it a moment. When `work` throws, there will be none. */
	beforeSettle<Result>(work: () => Promise<Result>): Promise<Result>;
}

export interface Scene {
	readonly parts: WorkerParts;
	readonly calls: BatchCalls;
	/** Where the message came from. */
	readonly queueClass: string;
	readonly invocationEndsAt: EpochMs;
	/** When an attempt is told to stop. */
	readonly legEndsAt: EpochMs;
	/** Resolves then, or when the batch is answered. */
	readonly legOver: Promise<void>;
	readonly heartbeat: Heartbeat;
	/** Tickets of rate limiters. */
	readonly desk: LimitDesk;
	/** Slots of concurrency limits. */
	readonly slotDesk: SlotDesk;
}
