/**
 * The sweeper's look at schedules: which ticks never came, since it looked last. They are counted, and made up for as the catch-up policy says.
 * What it sends has the tick's own run id, so that a tick that was only late is no second run (INV-11).
 */

import { timesBetween } from "../../job/schedule-times.ts";
import type { ScheduledRun } from "../../job/scheduled-run.ts";
import { MillraceError } from "../../kernel/errors.ts";
import { runIdOfTick } from "../../kernel/ids.ts";
import { type EpochMs, epochMs, plusMs, toIso } from "../../kernel/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Queue } from "../../ports/queue.ts";
import type { QueueOperator } from "../../ports/queue-operator.ts";
import type { ScheduleRecord, ScheduleRegistry } from "../../ports/schedule-registry.ts";

type Checked = Omit<ScheduledRun, "overlap">;

export interface TickParts {
	readonly schedules: Pick<ScheduleRegistry, "list" | "noteMissed">;
	readonly queue: Pick<Queue, "sendMany">;
	readonly operator: Pick<QueueOperator, "depth">;
	readonly clock: Clock;
	/** Those of the catalogue, without the ones it has disabled. */
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
/** Of one schedule in one sweep: a day of a 30 s rule, and more. */
const TIMES_MAX = 5_000;
const FINDINGS_TOLD_MAX = 100;
const BATCH = 10;

/** @throws MillraceError `store-failed`, `queue-failed`, `send-failed`: the next sweep looks at the same stretch of time again. */
export async function checkTicks(parts: TickParts, { dryRun }: { readonly dryRun: boolean }): Promise<TickReport> {
	const records = new Map((await parts.schedules.list()).map((record) => [record.name, record]));
	const deployed = new Set(parts.deployed.map(({ name }) => name));
	const made = [...records.values()]
		.filter(({ name }) => !deployed.has(name))
		.flatMap((record) => madeAtRunTime(record, parts.queueClassOf));
	const all = [...parts.deployed, ...made];
	const until = plusMs(parts.clock.now(), -GRACE_MS);
	const findings: TickReport["findings"][number][] = [];
	const report = { checked: 0, missed: 0, sent: 0 };
	for (const schedule of all) {
		const record = records.get(schedule.name);
		if (record?.disabled !== undefined) continue;
		report.checked++;
		const lookedUntil = Math.max(record?.missed.until ?? 0, record?.latest?.at ?? 0);
		const missed = lookedUntil === 0 ? [] : timesBetween(schedule.rule, epochMs(lookedUntil), until, TIMES_MAX);
		const latest = missed.at(-1);
		if (latest !== undefined) {
			// They may lie in the queue: of a class that is paused, or behind others.
			if ((await parts.operator.depth({ queueClass: schedule.queueClass, queue: "main" })).visible > 0) continue;
			report.missed += missed.length;
			if (findings.length < FINDINGS_TOLD_MAX)
				findings.push({ schedule: schedule.name, missed: missed.length, latest });
		}
		if (dryRun) continue;
		report.sent += await makeUp(parts, schedule, missed);
		const seen = latest === undefined ? {} : { latest };
		await parts.schedules.noteMissed(schedule.name, { count: missed.length, until, ...seen });
	}
	return { ...report, findings };
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
			...{ name, queueClass },
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
