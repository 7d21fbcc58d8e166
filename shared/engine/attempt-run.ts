/** Steps 6 to 9 of a claimed run: perform → normalise outcome → settle → follow up. An attempt that lost its fence changes nothing (INV-02). */
import { MillraceError } from "../kernel/errors.ts";
import { RUN_RETENTION_SECONDS } from "../kernel/limits.ts";
import { type EpochMs, epochMs, plusSeconds, toEpochSeconds } from "../kernel/time.ts";
import type { PerformingRun, SettledRun, Settlement } from "../ports/job-store.ts";
import type { JobMessage } from "../wire/job-message.ts";
import { createFollowUpCollector } from "./collect-follow-ups.ts";
import { decideSettlement } from "./decide-settlement.ts";
import { type Carried, followUpsOf } from "./next-messages.ts";
import { type AttemptOutcome, normaliseOutcome } from "./normalise-outcome.ts";
import { parseMessage } from "./parse-message.ts";
import { perform } from "./perform.ts";
import { createProgressReporter } from "./progress-reporter.ts";
import type { Scene } from "./scene.ts";
import { sendNext } from "./send-next.ts";
import { storeResult } from "./store-result.ts";
import { emitEnded } from "./telemetry-of-run.ts";

/** @throws MillraceError `store-failed`, `send-failed`, `blob-failed`: the message is kept. `fence-lost` keeps it too: it may carry the run for whoever holds it. */
export async function attemptRun(
	scene: Scene,
	carried: Carried,
	claimed: { readonly run: PerformingRun; readonly workerLost: boolean },
	input: unknown,
	body: string,
): Promise<void> {
	const { parts, calls } = scene;
	const { run } = claimed;
	const about = { runId: run.id, job: run.job, attempt: run.attempts };
	if (claimed.workerLost) parts.telemetry.emit({ event: "worker.lost", ...about });
	parts.telemetry.emit({
		event: "attempt.started",
		...about,
		...(run.tenant === undefined ? {} : { tenant: run.tenant }),
	});

	const settlement = await calls.beforeSettle(() => performToSettlement(scene, carried, run, input));
	const expiresAt = toEpochSeconds(plusSeconds(lastInstant(settlement), RUN_RETENTION_SECONDS));
	const settled = await calls.settle({ id: run.id, fence: run.fence, settlement, expiresAt });
	if (!settled.settled) {
		parts.telemetry.emit({ event: "fence.lost", ...about });
		throw new MillraceError(
			"fence-lost",
			`Attempt ${run.attempts} of ${run.id} was taken over by another worker before it settled; it changed nothing.`,
		);
	}
	const { fence, leaseUntil: _, state: __, ...rest } = run;
	const record: SettledRun = { ...rest, settledBy: fence, expiresAt, ...settlement };
	emitEnded(parts.telemetry, record);
	const untouched = record.state === "SUCCESS" ? carried : { ...carried, message: readAgain(body) ?? carried.message };
	await sendNext(parts, calls.send, followUpsOf(untouched, record, parts.clock.now()));
}

/** The implementation has had the message's own input and headers in its hands: what is sent on is what came. */
function readAgain(body: string): JobMessage | undefined {
	const parsed = parseMessage(body);
	return parsed.refused ? undefined : parsed.message;
}

/** What the row must outlive: for a retry, the wait for its next attempt too. */
const lastInstant = (settlement: Settlement): EpochMs =>
	settlement.state === "RETRY" ? epochMs(Math.max(settlement.endedAt, settlement.nextAttemptAt)) : settlement.endedAt;

async function performToSettlement(
	scene: Scene,
	carried: Carried,
	run: PerformingRun,
	input: unknown,
): Promise<Settlement> {
	const { parts, calls } = scene;
	const { job, message } = carried;
	const implementation = parts.implementations[job.name];
	if (implementation === undefined) throw new Error(`No implementation of ${job.name}`);

	const reporter = createProgressReporter(parts.clock, async (progress) => {
		try {
			await calls.recordProgress({ id: run.id, fence: run.fence, progress });
		} catch (error) {
			// Progress is a courtesy: the attempt goes on without it.
			parts.telemetry.emit({ event: "progress.dropped", runId: run.id, job: run.job, why: (error as Error).message });
		}
	});
	const followUps = createFollowUpCollector({
		catalogue: parts.catalogue,
		job,
		runId: run.id,
		generation: run.generation,
		tenant: message.tenant,
		trace: message.trace,
		now: parts.clock.now,
	});
	const performed = await perform(parts, {
		job,
		implementation,
		input,
		message,
		run,
		endsAt: scene.legEndsAt,
		legOver: scene.legOver,
		reporter,
		followUps,
	});
	reporter.stop();
	const outcome = normaliseOutcome(job, performed);
	const { result, collected } = await storeSuccess(scene, outcome, followUps.collected());
	return decideSettlement(outcome, {
		job,
		attempt: run.attempts,
		endedAt: parts.clock.now(),
		stillRunningUntil: performed.threw && performed.stillRunning ? run.leaseUntil : undefined,
		unit: parts.random.unit(),
		result,
		followUps: collected,
		progress: reporter.latest(),
	});
}

/** Puts what a success leaves in the bucket before the row points at it. */
async function storeSuccess(
	scene: Scene,
	outcome: AttemptOutcome,
	follow: ReturnType<ReturnType<typeof createFollowUpCollector>["collected"]>,
) {
	if (outcome.kind !== "success") return { result: { kind: "inline", json: "null" } as const, collected: [] };
	const { blobs } = scene.parts;
	await Promise.all(follow.blobs.map(({ key, text }) => blobs.put(key, text)));
	return { result: await storeResult(blobs, outcome.resultJson), collected: follow.followUps };
}
