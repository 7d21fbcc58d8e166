/** What the sweeper does about a lost run: ends it, since its input went with its message; or sends again what it enqueued, which its row has. */
import { MillraceError } from "../../kernel/errors.ts";
import { fence } from "../../kernel/ids.ts";
import { OVERDUE_MS } from "../../kernel/limits.ts";
import { type EpochMs, plusMs } from "../../kernel/time.ts";
import type { FollowUp, FoundLost, SettledRun } from "../../ports/job-store.ts";
import { forgottenAt } from "../forgotten-at.ts";
import { enqueuedBy } from "../next-messages.ts";
import { sendNext } from "../send-next.ts";
import { emitEnded } from "../telemetry-of-run.ts";
import { type LostRun, reasonOf } from "./judge-run.ts";
import type { SweepParts } from "./sweep-parts.ts";

export interface Closed {
	/** False when somebody else has moved the run on. */
	readonly done: boolean;
	/** When to look at it again: it may be redriven, or its message turn up, and then it is a run like any other. */
	readonly lookAt: EpochMs;
}

/** INV-02: under the condition that the row is still the one that was seen. @throws MillraceError `store-failed` */
export async function endRun(
	{ store, random, telemetry }: Pick<SweepParts, "store" | "random" | "telemetry">,
	run: LostRun,
	{ since, seenAt }: Pick<FoundLost, "since" | "seenAt">,
	now: EpochMs,
): Promise<Closed> {
	const { id, job, generation, attempts, leg, carrier, retriesMax, queueClass, tenant, createdAt, startedAt } = run;
	const base = {
		...{ id, job, generation, attempts, carrier, retriesMax, createdAt, startedAt },
		...(leg === undefined ? {} : { leg }),
		...(queueClass === undefined ? {} : { queueClass }),
		...(tenant === undefined ? {} : { tenant }),
		settledBy: fence(random.token()),
		endedAt: now,
		expiresAt: forgottenAt("SKIPPED", now),
	};
	const record: SettledRun =
		run.revoke === undefined
			? { ...base, state: "SKIPPED", reason: reasonOf(run, since), found: { state: run.state, since, seenAt } }
			: { ...base, state: "REVOKED", reason: run.revoke };
	const [result] = await store.claimMany([{ record, expect: { kind: "seen", record: run } }]);
	if (result === undefined || "failed" in result)
		throw result?.failed ?? new MillraceError("store-failed", "no answer");
	if (!result.claimed) return { done: false, lookAt: now };
	emitEnded(telemetry, record);
	return { done: true, lookAt: plusMs(now, OVERDUE_MS) };
}

/** INV-04: under the same ids, so what had begun after all is the same run. @throws MillraceError `send-failed`, `blob-failed` */
export async function sendAgain(
	{ blobs, clock, telemetry, queue }: Pick<SweepParts, "blobs" | "clock" | "telemetry" | "queue">,
	missing: readonly FollowUp[],
	now: EpochMs,
): Promise<Closed> {
	await sendNext(
		{ blobs, clock, telemetry },
		async (target, message) => {
			const [result] = await queue.sendMany(target, [message]);
			return result ?? { sent: false, error: "no answer" };
		},
		enqueuedBy(missing),
	);
	return { done: true, lookAt: plusMs(now, OVERDUE_MS) };
}
