/**
 * The sweeper's look at schedules: which ticks never came, since it looked last. They are counted, and made up for as the catch-up policy says.
 * What it sends has the tick's own run id, so that a tick that was only late is no second run (INV-11).
 */

import { beforeFirstTick, timesBetween } from "../../job/schedule-times.ts";
import type { ScheduledRun } from "../../job/scheduled-run.ts";
import { MillraceError } from "../../kernel/errors.ts";
import { type RunId, runIdOfTick } from "../../kernel/ids.ts";
import { type EpochMs, epochMs, plusMs, toIso } from "../../kernel/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { JobStore } from "../../ports/job-store.ts";
import type { Queue } from "../../ports/queue.ts";
import type { QueueDepth, QueueOperator } from "../../ports/queue-operator.ts";
import type { ScheduleRecord, ScheduleRegistry } from "../../ports/schedule-registry.ts";

type Checked = Omit<ScheduledRun, "overlap">;

export interface TickParts {
	readonly schedules: Pick<ScheduleRegistry, "admittedAmong" | "list" | "noteMissed" | "stopLooking">;
	readonly store: Pick<JobStore, "getMany">;
	readonly queue: Pick<Queue, "sendMany">;
	readonly operator: Pick<QueueOperator, "depth">;
	readonly clock: Clock;
	/** Those of the catalogue, disabled ones too. */
	readonly deployed: readonly Checked[];
	/** By wire name; `undefined` for a job that the catalogue does not have (any more). */
	readonly queueClassOf: (job: string) => string | undefined;
}

export interface TickReport {
	readonly checked: number;
	readonly missed: number;
	/** Made up for. */
	readonly sent: number;
	/** The first hundred. */
	readonly findings: readonly { readonly schedule: string; readonly missed: number; readonly latest: EpochMs }[];
}

/** A tick may be a minute late at EventBridge, and a moment in the queue. */
const GRACE_MS = 120_000;
/** Whose tick was longer ago can't be told from its row any more: rows are kept for a day. */
const LOOK_BACK_MS = 82_800_000;
/** Nothing was due for so long: the record then says up to where it was looked. */
const NOTED_AT_LEAST_MS = 43_200_000;
/** A day of the quickest rule. */
const TIMES_MAX = 20_000;
const FINDINGS_TOLD_MAX = 100;
const BATCH = 10;
const SCHEDULES_AT_ONCE = 8;

/** @throws MillraceError `store-failed`, `queue-failed`, `send-failed`: the next sweep looks at the same stretch of time again. */
export async function checkTicks(parts: TickParts, options: { readonly dryRun: boolean }): Promise<TickReport> {
	const records = new Map((await parts.schedules.list()).map((record) => [record.name, record]));
	const deployed = new Set(parts.deployed.map(({ name }) => name));
	const made = [...records.values()]
		.filter(({ name }) => !deployed.has(name))
		.flatMap((record) => madeAtRunTime(record, parts.queueClassOf));
	const waiting = [...parts.deployed, ...made];
	// Asked once, before anything is sent to it: what is made up for one schedule must not look like the ticks of the next.
	const depths = new Map<string, Promise<QueueDepth>>();
	const depthOf = (queueClass: string): Promise<QueueDepth> => {
		const asked = depths.get(queueClass) ?? parts.operator.depth({ queueClass, queue: "main" });
		depths.set(queueClass, asked);
		return asked;
	};
	const looks: Look[] = [];
	const lookOn = async (): Promise<void> => {
		for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
			looks.push(await lookAt({ ...parts, depthOf }, next, records.get(next.name), options));
	};
	await Promise.all(Array.from({ length: SCHEDULES_AT_ONCE }, lookOn));
	const findings = looks.flatMap(({ schedule, missed, latest }) =>
		latest === undefined ? [] : [{ schedule, missed, latest }],
	);
	const sum = (count: (look: Look) => number): number => looks.reduce((total, look) => total + count(look), 0);
	return {
		checked: sum(({ checked }) => (checked ? 1 : 0)),
		missed: sum(({ missed }) => missed),
		sent: sum(({ sent }) => sent),
		findings: findings.toSorted((one, other) => (one.schedule < other.schedule ? -1 : 1)).slice(0, FINDINGS_TOLD_MAX),
	};
}

interface Look {
	readonly schedule: string;
	readonly checked: boolean;
	readonly missed: number;
	readonly sent: number;
	readonly latest: EpochMs | undefined;
}

interface LookParts extends TickParts {
	/** Messages that lay in the queue of a class when this check began with it. */
	readonly depthOf: (queueClass: string) => Promise<QueueDepth>;
}

async function lookAt(
	parts: LookParts,
	schedule: Checked,
	record: ScheduleRecord | undefined,
	{ dryRun }: { readonly dryRun: boolean },
): Promise<Look> {
	const { schedules, clock, depthOf } = parts;
	const { name } = schedule;
	const now = clock.now();
	const until = plusMs(now, -GRACE_MS);
	const nothing: Look = { schedule: name, checked: true, missed: 0, sent: 0, latest: undefined };
	const lookedUntil = record?.missed.until;
	const note = async (count: number, latest?: EpochMs): Promise<void> => {
		if (dryRun) return;
		const from = lookedUntil === undefined ? {} : { from: lookedUntil };
		await schedules.noteMissed(name, { ...from, until, count, ...(latest === undefined ? {} : { latest }) });
	};
	// What is due while it is disabled is not missed: once it is enabled, be it by a deploy, it is looked at anew.
	if (!schedule.enabled || record?.disabled !== undefined) {
		if (lookedUntil !== undefined && !dryRun) await schedules.stopLooking(name, lookedUntil);
		return { ...nothing, checked: false };
	}
	if (lookedUntil === undefined) {
		// Who knows since when it ticks.
		if (!dryRun) await schedules.noteMissed(name, { count: 0, from: "never", until: beforeFirstTick(now) });
		return nothing;
	}
	const from = epochMs(Math.max(lookedUntil, now - LOOK_BACK_MS));
	const due = timesBetween(schedule.rule, from, until, TIMES_MAX);
	if (due.length === 0) {
		if (until - lookedUntil > NOTED_AT_LEAST_MS) await note(0);
		return nothing;
	}
	const withoutRow = await withoutRun(parts, name, due, record);
	if (withoutRow.length === 0) {
		await note(0);
		return nothing;
	}
	const { visible, inFlight, delayed } = await depthOf(schedule.queueClass);
	// They may lie in the queue: of a class that is paused, or behind others.
	if (visible > 0) return nothing;
	// Or wait for a slot or a rate; not where nothing is left that could: then it was purged, or lost.
	const missed = inFlight + delayed > 0 ? await withoutWaiting(parts, name, withoutRow) : withoutRow;
	const latest = missed.at(-1);
	if (latest === undefined) {
		await note(0);
		return nothing;
	}
	const sent = dryRun ? 0 : await makeUp(parts, schedule, missed);
	await note(missed.length, latest);
	return { schedule: name, checked: true, missed: missed.length, sent, latest };
}

/** Of ticks that go beside each other any number may wait, which the record does not name. */
async function withoutWaiting(
	{ schedules, clock }: TickParts,
	name: string,
	ticks: readonly EpochMs[],
): Promise<readonly EpochMs[]> {
	const ids = ticks.map((at) => runIdOfTick(name, at));
	const waiting = await schedules.admittedAmong(ids, clock.now());
	return ticks.filter((_, index) => !waiting.has(ids[index] as RunId));
}

/** Whatever became of a tick that came, it has a row; but for one that waits. */
async function withoutRun(
	{ store }: TickParts,
	name: string,
	due: readonly EpochMs[],
	record: ScheduleRecord | undefined,
): Promise<readonly EpochMs[]> {
	const onTheWay: readonly (string | undefined)[] = [
		record?.latest?.runId,
		record?.going?.runId,
		record?.waiting?.runId,
	];
	const ids = due.map((at) => runIdOfTick(name, at));
	const rows = await store.getMany(ids);
	return due.filter((_, index) => rows[index] === undefined && !onTheWay.includes(ids[index]));
}

function madeAtRunTime(
	{ name, definition }: ScheduleRecord,
	queueClassOf: TickParts["queueClassOf"],
): readonly Checked[] {
	const queueClass = definition === undefined ? undefined : queueClassOf(definition.job);
	if (definition === undefined || queueClass === undefined) return [];
	const { tenant, priority, ...rest } = definition;
	return [
		{
			...rest,
			...{ name, queueClass, enabled: true },
			...(tenant === undefined ? {} : { tenant }),
			...(priority === undefined ? {} : { priority }),
		},
	];
}

async function makeUp({ queue, clock }: TickParts, schedule: Checked, missed: readonly EpochMs[]): Promise<number> {
	const { windowSeconds, runs } = schedule.catchUp;
	const young = missed.filter((at) => clock.now() - at <= windowSeconds * 1000);
	const chosen = runs === "all" ? young : young.slice(-1);
	for (let first = 0; first < chosen.length; first += BATCH) {
		const bodies = chosen.slice(first, first + BATCH).map((at) => ({ body: bodyOf(schedule, at) }));
		const results = await queue.sendMany({ queueClass: schedule.queueClass, queue: "main" }, bodies);
		const failed = results.find(({ sent }) => !sent);
		if (failed?.sent === false)
			throw new MillraceError("send-failed", `A missed tick of ${schedule.name} could not be sent: ${failed.error}`);
	}
	return chosen.length;
}

function bodyOf({ name, job, input, tenant, priority, catchUp }: Checked, at: EpochMs): string {
	return JSON.stringify({
		job,
		input,
		id: runIdOfTick(name, at),
		...(tenant === undefined ? {} : { tenant }),
		...(priority === undefined ? {} : { priority }),
		// Of all that were missed each is wanted, whatever performs; the latest alone goes by the schedule's overlap policy.
		schedule: { name, at: toIso(at), ...(catchUp.runs === "all" ? { backfill: true } : {}) },
	});
}
