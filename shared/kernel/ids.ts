/** Run ids and how they come about: given, else computed from (job, key), else from the SQS message id; and ids of follow-ups, always computed. */
import { sha256Hex } from "./sha256.ts";
import type { EpochMs } from "./time.ts";

declare const kind: unique symbol;
/** The id of a run: 1–128 characters of `A–Z a–z 0–9 . _ : -`. */
export type RunId = string & { readonly [kind]: "RunId" };
/** What a claim hands out; every later write of that attempt is conditional on it. */
export type Fence = string & { readonly [kind]: "Fence" };

export const RUN_ID_PATTERN = /^[A-Za-z0-9._:-]{1,128}$/;

/** Takes a text that is already known to be a run id (from the wire schema or a row). */
export const runId = (text: string): RunId => text as RunId;
export const fence = (text: string): Fence => text as Fence;

/** The run id of an idempotency key: the same (job, key) is the same run (INV-07). */
export const runIdFromKey = (jobName: string, key: string): RunId =>
	runId(`k-${sha256Hex(JSON.stringify([jobName, key])).slice(0, 40)}`);

/** The run id of a message that named neither id nor key: SQS's own message id, which a redelivery keeps. */
export const runIdFromMessageId = (messageId: string): RunId => runId(messageId);

/** The run id of the n-th (or keyed) run that another run enqueued: computed, so that sending it again is the same run (INV-04). */
export const followUpRunId = (parent: RunId, discriminator: string): RunId =>
	runId(`f-${sha256Hex(JSON.stringify([parent, discriminator])).slice(0, 40)}`);

/** The run id of a schedule's tick: of the time that it was scheduled for, so that a double fire is the same run (INV-11). */
export const runIdOfTick = (schedule: string, at: EpochMs): RunId =>
	runId(`s-${sha256Hex(JSON.stringify([schedule, at])).slice(0, 40)}`);

/**
 * The name of the schedule that brings a run's message back after a long wait: computed, so that making it again makes no second one, and so
 * that a revoke can name it. `hops` is 0 for the first message of a retry; for one that was deferred, how often it has been sent on, which
 * never repeats along one chain of messages: no schedule is taken for an earlier one of the same attempt that has already fired.
 */
export const scheduleName = (
	run: RunId,
	message: { readonly generation: number; readonly attempt: number; readonly hops: number },
): string =>
	`${scheduleNamePrefix(run)}${sha256Hex(JSON.stringify([run, message.generation, message.attempt, message.hops])).slice(0, 32)}`;

/** How the names of all schedules of a run begin, and those of no other run: whoever asks whether one waits needs not know which. */
export const scheduleNamePrefix = (run: RunId): string => `${sha256Hex(run).slice(0, 31)}.`;
