/**
 * A message that no retry can mend: recorded as a failed run where it can be named, dead-lettered with the reason, acknowledged.
 * Its body goes to the dead-letter queue whole; the id and the next generation are pinned in it when it is readable, so that it can be
 * redriven as the same run once the cause is mended.
 */
import type { JobDefinition } from "../job/define-job.ts";
import { MillraceError } from "../kernel/errors.ts";
import { fence, type RunId } from "../kernel/ids.ts";
import { cutToBytes, toMessageText, utf8Bytes } from "../kernel/json.ts";
import { SQS_MESSAGE_BYTES_MAX } from "../kernel/limits.ts";
import { sha256Hex } from "../kernel/sha256.ts";
import type { Claim, ClaimResult, RunRecord, SettledRun } from "../ports/job-store.ts";
import { isTerminal } from "../wire/run-states.ts";
import { carrierOf, isNamedIn, withRefused } from "./carrier-of.ts";
import { isJobOf } from "./decide-claim.ts";
import { forgottenAt } from "./forgotten-at.ts";
import { leaseHeld } from "./lease-held.ts";
import { runIdOfRefused } from "./name-run.ts";
import { begunAnew, deadLetterAttributesOf, enqueuedBy, toLetterError } from "./next-messages.ts";
import type { Readable, Refusal } from "./parse-message.ts";
import { type Send, sendNext, throwUnsent } from "./send-next.ts";
import type { DeliveredMessage, WorkerParts } from "./worker-parts.ts";

export interface RefusalContext {
	readonly parts: Pick<WorkerParts, "blobs" | "catalogue" | "clock" | "random" | "telemetry">;
	readonly claim: (claim: Claim) => Promise<ClaimResult>;
	readonly send: Send;
	/** Where the message came from: its dead-letter queue takes it. */
	readonly queueClass: string;
}

/**
 * @param definition the job where it is known, so that an alias names the same run.
 * @throws MillraceError `store-failed`, `send-failed`, `blob-failed`, `lease-held`: then the message is kept and refused again.
 */
export async function refuseMessage(
	context: RefusalContext,
	delivered: DeliveredMessage,
	refusal: Refusal,
	definition: Pick<JobDefinition, "name" | "aliases"> | undefined,
): Promise<void> {
	const { parts } = context;
	const now = parts.clock.now();
	const job = definition?.name ?? refusal.readable?.job ?? "(unknown)";
	const id = runIdOfRefused(delivered, refusal, job);
	// A conflicting id belongs to another run: its row is not ours to write.
	const recorded =
		refusal.reason === "run-id-conflict"
			? undefined
			: await recordFailure(context, delivered, refusal, {
					id,
					job: cutToBytes(job, 100),
					aliases: definition?.aliases ?? [],
				});
	if (recorded === "succeeded") return;

	const { reason, error, endedAt } = recorded?.before ?? {
		reason: refusal.reason,
		error: { excType: refusal.reason, excMessage: refusal.message },
		endedAt: now,
	};
	const attributes = deadLetterAttributesOf({
		reason,
		error: toLetterError(error),
		attempts: recorded?.attempts ?? 0,
		runId: id,
		job,
		failedAt: endedAt,
	});
	const body = await fitBody(parts, pinRun(delivered.body, refusal, id, recorded), attributes);
	throwUnsent([await context.send({ queueClass: context.queueClass, queue: "dead-letter" }, { body, attributes })]);
	parts.telemetry.emit({
		event: "message.refused",
		messageId: delivered.messageId,
		reason: refusal.reason,
		problem: refusal.message,
		ended: recorded !== undefined && recorded.before === undefined,
		job,
		runId: id,
	});
}

interface RecordedFailure extends Pick<SettledRun, "generation" | "attempts"> {
	/** How it had failed before this refusal: that stands, and its letter tells it (INV-02). */
	readonly before?: Extract<SettledRun, { state: "FAILURE" }>;
}

/**
 * The run ends here. One that had not begun fails in generation 0, so that a sound message under the same name is the first generation of
 * a run that can still begin. One that waits for its next attempt, or whose worker was lost, fails where it stands if this is the message
 * that carries it: another one under its name must not end it (INV-05). Whatever has ended, or performs elsewhere, is left alone.
 * @returns where it failed, now or when this message was delivered before; `succeeded` when this message's run had; else `undefined`.
 * @throws MillraceError `lease-held`
 */
async function recordFailure(
	context: RefusalContext,
	delivered: DeliveredMessage,
	refusal: Refusal,
	run: { readonly id: RunId; readonly job: string; readonly aliases: readonly string[] },
): Promise<RecordedFailure | "succeeded" | undefined> {
	const { parts, claim, send } = context;
	const now = parts.clock.now();
	const { id, job } = run;
	const carrier = carrierOf(refusal.readable?.fields, delivered.messageId);
	const failure: SettledRun = {
		state: "FAILURE",
		id,
		job,
		generation: generationOf(refusal) - 1,
		attempts: 0,
		carrier,
		retriesMax: 0,
		createdAt: now,
		startedAt: now,
		endedAt: now,
		expiresAt: forgottenAt("FAILURE", now),
		settledBy: fence(parts.random.token()),
		reason: refusal.reason,
		error: { excType: refusal.reason, excMessage: cutToBytes(refusal.message, 600), errorClass: "validation" },
	};
	const first = await claim({ expect: { kind: "absent" }, record: failure });
	if (first.claimed) return failure;
	const { blocker } = first;
	if (blocker === undefined) return undefined;
	const isCarrier = isNamedIn(blocker, carrier);
	// Refused before, perhaps for something else by a worker of another version.
	if (isCarrier && blocker.state === "FAILURE" && blocker.generation === failure.generation)
		return { ...failure, before: blocker };
	if (blocker.state === "FAILURE" && blocker.generation < generationOf(refusal)) {
		// It would have begun the next generation, and a copy of it may be about to, at a worker that can read it: no claim over the row as it was
		// lands after this, and whoever gets the copy finds that this message was refused.
		const noted = await claim({
			expect: { kind: "seen", record: blocker },
			record: { ...withRefused(blocker, carrier), settledBy: failure.settledBy },
		});
		if (noted.claimed) return undefined;
		throw changedMeanwhile(id);
	}
	// One that revived its run began a later generation than it says.
	const isRevived = isCarrier && blocker.generation > generationOf(refusal);
	if (blocker.generation !== generationOf(refusal) && !isRevived) return undefined;
	if (isCarrier && blocker.state === "SUCCESS") {
		// It could be read when it was performed, before a deploy: what is left of it is what its run enqueued.
		await sendNext(parts, send, enqueuedBy(blocker.followUps));
		return "succeeded";
	}
	if (isTerminal(blocker.state)) {
		const { generation, attempts } = blocker;
		// A copy of the carrier may have been refused, and be gone before it had sent the letter.
		const isItsOwn = isCarrier || isSentAfter(refusal, blocker);
		return isItsOwn && blocker.state === "FAILURE" ? { generation, attempts, before: blocker } : undefined;
	}
	// While a deploy renames the job, the name of the row or the message may be one that this worker does not know.
	const isUnknown = [job, blocker.job].some((name) => parts.catalogue.findJob(name) === undefined);
	const isItsNext = isForNextAttempt(refusal, blocker) && (isJobOf(blocker, run) || isUnknown);
	if (!isCarrier && !isItsNext) return undefined;
	if ("leaseUntil" in blocker && blocker.leaseUntil > now) throw leaseHeld(id, blocker.leaseUntil);
	const { generation, attempts, retriesMax, startedAt } = blocker;
	const second = await claim({
		expect: { kind: "seen", record: blocker },
		record: { ...failure, generation, attempts, retriesMax, startedAt },
	});
	if (second.claimed) return { generation, attempts };
	throw changedMeanwhile(id);
}

/** Whoever was first may need this message yet. */
const changedMeanwhile = (id: RunId): MillraceError =>
	new MillraceError(
		"store-failed",
		`Run ${id} changed while a message of it was refused; that is kept and tried again.`,
	);

/** The message that a retry, or a leg that ended, sent. */
function isForNextAttempt({ readable }: Refusal, row: RunRecord): boolean {
	const { attempt, leg } = readable?.fields ?? {};
	// The first leg again: it was given back before it began (unclaim.ts). What the engine sends on always names its attempt.
	if (row.state === "LEG")
		return ((leg as { number?: unknown } | undefined)?.number ?? 1) === row.nextLeg && attempt === row.attempts;
	return row.state === "RETRY" && attempt === row.attempts + 1;
}

/** The message of the attempt or leg at which the run has failed since, by itself or by a copy: it brings the run's own input. */
function isSentAfter({ readable }: Refusal, { attempts }: RunRecord): boolean {
	const { attempt, hops } = readable?.fields ?? {};
	return attempt === attempts + 1 || (attempt === attempts && typeof hops === "number" && hops > 0);
}

/** The generation that a message is for, as far as it can be read. */
function generationOf(refusal: Refusal): number {
	const given = refusal.readable?.fields["generation"];
	return typeof given === "number" && Number.isSafeInteger(given) && given > 0 ? given : 1;
}

/** The body with the run's id and the next generation in it, when that changes no field that was given; without what a redrive begins anew. */
function pinRun(body: string, refusal: Refusal, id: RunId, failed: RecordedFailure | undefined): string {
	const fields = refusal.readable?.fields;
	if (fields === undefined || refusal.reason === "run-id-conflict") return body;
	if (fields["id"] !== undefined && fields["id"] !== id) return body;
	const { notBefore } = fields;
	// Of a run that has begun, it has had its say: a producer's wish has come true, and a retry's time is the engine's own.
	const wish = notBefore === undefined || (failed?.attempts ?? 0) > 0 ? {} : { notBefore };
	const rest: Readable["fields"] = { ...begunAnew(fields), ...wish };
	const generation = failed === undefined ? generationOf(refusal) : failed.generation + 1;
	return toMessageText({ ...rest, ...wantedTick(rest["schedule"]), id, ...(generation === 1 ? {} : { generation }) });
}

/** Who sends a tick's letter back wants its run: no policy of the schedule, such as its catch-up window, has a say then. */
function wantedTick(schedule: unknown): { readonly schedule?: object } {
	if (typeof schedule !== "object" || schedule === null) return {};
	return { schedule: { ...schedule, backfill: true } };
}

/** A body that no longer fits SQS beside its attributes is set aside in the bucket, and a note that says where takes its place. */
async function fitBody(
	parts: RefusalContext["parts"],
	body: string,
	attributes: Readonly<Record<string, string>>,
): Promise<string> {
	const attributeBytes = Object.entries(attributes).reduce(
		(sum, [name, value]) => sum + utf8Bytes(name) + utf8Bytes(value) + 6,
		0,
	);
	const bytes = utf8Bytes(body);
	if (bytes + attributeBytes <= SQS_MESSAGE_BYTES_MAX) return body;
	const key = `dead-letters/${sha256Hex(body)}`;
	await parts.blobs.put(key, body);
	return toMessageText({ millrace: "moved-body", key, bytes });
}
