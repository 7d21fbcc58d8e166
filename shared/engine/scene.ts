/** What every step of one invocation works with. */
import type { EpochMs } from "../kernel/time.ts";
import type { Beat, BeatResult, Claim, ClaimResult, Settle, SettleResult } from "../ports/job-store.ts";
import type { CacheAnswer, CacheQuestion } from "../ports/result-cache.ts";
import type { Gathering } from "./batch-jobs/gathering.ts";
import type { Breaker } from "./breaker/breaker.ts";
import type { SlotDesk } from "./concurrency/slot-desk.ts";
import type { DebounceDesk } from "./debounce/debounce-desk.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { LimitDesk } from "./rate/limit-desk.ts";
import type { Send } from "./send-next.ts";
import type { WorkerParts } from "./worker-parts.ts";

/** Single calls that share batch requests with the neighbours' (see run-batch.ts). */
export interface BatchCalls {
	look(question: CacheQuestion): Promise<CacheAnswer>;
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
	/** When the batch came. */
	readonly receivedAt: EpochMs;
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
	/** The class's breaker; absent where nothing holds its runs back. */
	readonly breaker: Breaker | undefined;
	/** Runs of batch jobs, which perform together. */
	readonly gathering: Gathering;
	/** Who is the latest of a debounced job's runs. */
	readonly debounceDesk: DebounceDesk;
}
