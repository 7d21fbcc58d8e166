/** A page of runs in a sweep: reads their rows, acts on those that two sweeps found lost, and notes when to look at which again. */
import type { RunId } from "../../kernel/ids.ts";
import { type EpochMs, epochMs, plusMs } from "../../kernel/time.ts";
import type { FollowUp, RunRecord } from "../../ports/job-store.ts";
import type { Suspicion, WatchedRun } from "../../ports/sweep-store.ts";
import { createCarriers, type Held } from "./carriers.ts";
import { endRun, sendAgain } from "./close-run.ts";
import { fingerprintOf, judgeRun, type LostRun } from "./judge-run.ts";
import { readRows } from "./read-rows.ts";
import type { Finding, FindingAction, SweepParts } from "./sweep-parts.ts";

/**
 * Two looks at the same lost run lie at least this far apart: longer than a message can be out of sight, be it in the approximation of
 * SQS's counts or on its way from one queue to another.
 */
const SUSPICION_MS = 15 * 60_000;
/** How soon and how late a run is looked at again that a message may yet carry; in between, the longer the longer it is overdue. */
const LEFT_MS_MIN = 25 * 60_000;
const LEFT_MS_MAX = 6 * 3_600_000;
/** A row that this version can't read is somebody else's matter for as long. */
const UNREADABLE_MS = 6 * 3_600_000;
/** EventBridge Scheduler answers some 50 questions a second. */
const QUESTIONS_AT_ONCE = 4;

/** What became of one run: when to look at it again (never: forget it), and what there is to tell. */
interface Examined {
	readonly wish?: { readonly lookAt: EpochMs; readonly suspicion?: Suspicion };
	readonly finding?: Finding;
	/** What may carry it may be gone within the minute. */
	readonly heldBriefly?: boolean;
}

export interface ExaminedPage {
	readonly findings: readonly Finding[];
	/** Those of the runs that were left though they may be looked at with more success within the minute. */
	readonly heldBriefly: readonly WatchedRun[];
}

/** A run that nothing seems to carry. */
interface Open {
	readonly row: RunRecord;
	readonly since: EpochMs;
	readonly suspicion: Suspicion | undefined;
	/** Whose queues may hold its message. */
	readonly classes: readonly (string | undefined)[];
	/** The runs whose schedules may. */
	readonly ids: readonly RunId[];
	/** Of a success: what never began. */
	readonly missing: readonly FollowUp[];
}

/** @throws MillraceError as `sweep` */
export async function examinePage(
	parts: SweepParts,
	runs: readonly WatchedRun[],
	{ dryRun, watched }: { readonly dryRun: boolean; readonly watched: boolean },
): Promise<ExaminedPage> {
	const now = parts.clock.now();
	const examined = new Map<RunId, Examined>();
	const open = await judgeRows(parts, runs, now, examined);
	const suspects = await inEmptyQueues(parts, open, now, examined);
	const lost = await firmlyLost(parts, suspects, now, examined);
	const closed = dryRun ? [] : await Promise.all(lost.map((run) => act(parts, run, now)));
	for (const [index, run] of lost.entries()) {
		const { done, lookAt } = closed[index] ?? { done: true, lookAt: now };
		examined.set(run.row.id, { wish: { lookAt }, ...(done ? { finding: tell(run, actionOn(run.row)) } : {}) });
	}
	if (!dryRun) {
		await parts.sweeps.watch([...examined].flatMap(([id, { wish }]) => (wish === undefined ? [] : [{ id, ...wish }])));
		const over = watched ? runs.filter(({ id }) => examined.get(id)?.wish === undefined) : [];
		await parts.sweeps.unwatch(over.map(({ id }) => id));
	}
	return {
		findings: [...examined.values()].flatMap(({ finding }) => (finding === undefined ? [] : [finding])),
		heldBriefly: runs.filter(({ id }) => examined.get(id)?.heldBriefly === true),
	};
}

type Notes = Map<RunId, Examined>;

/** By the clock alone. @returns those that are overdue. */
async function judgeRows(parts: SweepParts, runs: readonly WatchedRun[], now: EpochMs, notes: Notes): Promise<Open[]> {
	const rows = await readRows(
		parts.store,
		runs.map(({ id }) => id),
	);
	const open: Open[] = [];
	for (const [index, { id, suspicion }] of runs.entries()) {
		const row = rows[index];
		if (row === undefined) continue;
		if (row === "unreadable") {
			notes.set(id, { wish: { lookAt: plusMs(now, UNREADABLE_MS) } });
			continue;
		}
		const judged = judgeRun(row, now);
		if (judged.kind === "later") notes.set(id, { wish: { lookAt: judged.at } });
		if (judged.kind === "overdue") {
			const classes = [row.queueClass ?? parts.queueClassOf(row.job)];
			open.push({ row, since: judged.since, suspicion, classes, ids: [id], missing: [] });
		}
		if (judged.kind === "follow-ups") {
			const { followUps } = judged.run;
			const begun = await readRows(
				parts.store,
				followUps.map(({ message }) => message.id as RunId),
			);
			const missing = followUps.filter((_, at) => begun[at] === undefined);
			if (missing.length === 0) continue;
			const classes = missing.map(({ queueClass }) => queueClass);
			const ids = missing.map(({ message }) => message.id as RunId);
			open.push({ row, since: judged.since, suspicion, classes, ids, missing });
		}
	}
	return open;
}

/** @returns those whose queues hold nothing now, and that an earlier sweep found so, too, with the row just as it is. */
async function inEmptyQueues(parts: SweepParts, open: readonly Open[], now: EpochMs, notes: Notes): Promise<Open[]> {
	const carriers = createCarriers(parts);
	const confirmed: Open[] = [];
	for (const run of open) {
		const held = await carriers.inQueues(run.classes);
		if (held !== undefined) {
			leave(run, held, now, notes);
			continue;
		}
		const fingerprint = fingerprintOf(run.row);
		const suspicion = run.suspicion?.fingerprint === fingerprint ? run.suspicion : { at: now, fingerprint };
		if (now - suspicion.at >= SUSPICION_MS) confirmed.push(run);
		else {
			const wish = { lookAt: plusMs(suspicion.at, SUSPICION_MS), suspicion };
			notes.set(run.row.id, { wish, finding: tell(run, "suspected") });
		}
	}
	return confirmed;
}

/** Schedules are asked only now, since most that were suspected have gone on by themselves; and the queues once more, into which they fire. */
async function firmlyLost(parts: SweepParts, suspects: readonly Open[], now: EpochMs, notes: Notes): Promise<Open[]> {
	const carriers = createCarriers(parts);
	const unscheduled: Open[] = [];
	for (let start = 0; start < suspects.length; start += QUESTIONS_AT_ONCE) {
		const some = suspects.slice(start, start + QUESTIONS_AT_ONCE);
		const answers = await Promise.all(some.map(({ ids }) => carriers.inSchedules(ids)));
		for (const [index, run] of some.entries()) {
			const scheduled = answers[index];
			if (scheduled === undefined) unscheduled.push(run);
			else leave(run, { why: scheduled, briefly: false }, now, notes);
		}
	}
	const lost: Open[] = [];
	for (const run of unscheduled) {
		const held = await carriers.inQueues(run.classes);
		if (held === undefined) lost.push(run);
		else leave(run, held, now, notes);
	}
	return lost;
}

function leave(run: Open, { why, briefly }: Held, now: EpochMs, notes: Notes): void {
	const waitMs = Math.min(Math.max((now - run.since) / 2, LEFT_MS_MIN), LEFT_MS_MAX);
	const wish = { lookAt: epochMs(Math.round(now + waitMs)) };
	notes.set(run.row.id, { wish, finding: tell(run, "left", why), heldBriefly: briefly });
}

const act = (parts: SweepParts, { row, since, suspicion, missing }: Open, now: EpochMs) =>
	row.state === "SUCCESS"
		? sendAgain(parts, missing, now)
		: endRun(parts, row as LostRun, { since, seenAt: suspicion?.at ?? now }, now);

const actionOn = ({ state, revoke }: RunRecord): FindingAction =>
	state === "SUCCESS" ? "sent-again" : revoke === undefined ? "skipped" : "revoked";

function tell({ row, since }: Open, action: FindingAction, why?: string): Finding {
	const { id: runId, job, state, attempts } = row;
	return { runId, job, state, attempts, since, action, ...(why === undefined ? {} : { why }) };
}
