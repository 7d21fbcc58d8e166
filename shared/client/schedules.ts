/**
 * Schedules of the catalogue and those made at run time, as one list: when each is due next, how its last run went, what was missed. Those of run
 * time can be made, changed and removed here; all can be disabled, run at once, and run for times of the past.
 */
import { findJob } from "../engine/enqueue.ts";
import type { JobDefinition } from "../job/define-job.ts";
import { routeRun } from "../job/route-run.ts";
import { eventBridgeExpression, ruleWords, type ScheduleRule } from "../job/schedule.ts";
import { beforeFirstTick, timesBetween } from "../job/schedule-times.ts";
import { MillraceError } from "../kernel/errors.ts";
import { runIdOfTick } from "../kernel/ids.ts";
import { nearestNames } from "../kernel/nearest-names.ts";
import { type EpochMs, epochMs, parseIso, toIso } from "../kernel/time.ts";
import type { Scheduler } from "../ports/scheduler.ts";
import type { StoredSchedule } from "../wire/schedule-definition.ts";
import { TICK_NAME_PREFIX, tickMessage } from "../wire/tick-message.ts";
import type { ClientParts, Enqueued } from "./client-parts.ts";
import { type KnownSchedule, knownSchedule, type ScheduleView, scheduleView } from "./known-schedule.ts";
import { checkedSchedule, type ScheduleChange } from "./schedule-change.ts";
import { sendRun, sendRuns } from "./send-runs.ts";

/** Methods throw MillraceError `schedule-not-found` for a name that is none, `store-failed` and `schedule-failed` where AWS refuses. */
export interface Schedules {
	/** By name. */
	list(): Promise<readonly ScheduleView[]>;
	get(name: string): Promise<ScheduleView>;
	/**
	 * Makes a schedule of run time, or changes it: what is not said gets its default, but for `enabled`. It ticks within a minute.
	 * @throws MillraceError `schedule-invalid` with every fault, `unknown-job`
	 */
	upsert(name: string, change: ScheduleChange): Promise<ScheduleView>;
	/** Its ticks are skipped until it is enabled again. A run that performs goes on. */
	disable(name: string, reason?: string): Promise<void>;
	/** @throws MillraceError `schedule-invalid` for one that the catalogue disables, or whose job is gone */
	enable(name: string): Promise<void>;
	/** Of run time only. Runs that were enqueued stay. @throws MillraceError `schedule-invalid` for one of the catalogue */
	remove(name: string): Promise<void>;
	/** Enqueues one run as the schedule would, beside its ticks. @throws MillraceError `schedule-invalid` when its job is gone */
	runNow(name: string): Promise<Enqueued>;
	/**
	 * Enqueues the runs of all times in [from, to], at most 1,000, whatever the catch-up window says; a time whose run is known (24 h after it ended)
	 * is not run again. @throws MillraceError `schedule-invalid` when there are more, or none, or its job is gone
	 */
	backfill(name: string, range: { readonly from: string; readonly to: string }): Promise<readonly Enqueued[]>;
}

const BACKFILL_MAX = 1_000;
const BY_AN_OPERATOR = "by an operator";
const EVENT_AGE_SECONDS = { min: 60, max: 86_400 };
const FAR_AWAY_DAYS_MAX = 3_660;

export function createSchedules(parts: ClientParts): Schedules {
	const { catalogue, clock } = parts;

	async function all(): Promise<readonly KnownSchedule[]> {
		const records = new Map((await registryOf(parts).list()).map((record) => [record.name, record]));
		const names = new Set([...records.keys(), ...catalogue.schedules.map(({ name }) => name)]);
		return [...names].toSorted().flatMap((name) => knownSchedule(catalogue, name, records.get(name)) ?? []);
	}

	async function find(name: string): Promise<KnownSchedule> {
		const [record] = await registryOf(parts).getMany([name]);
		const known = knownSchedule(catalogue, name, record);
		if (known !== undefined) return known;
		const near = nearestNames(
			name,
			(await all()).map((other) => other.name),
		);
		throw new MillraceError(
			"schedule-not-found",
			`There is no schedule ${name}. ${near.length > 0 ? `Did you mean ${near.join(" or ")}?` : "List them with `millrace schedules`."}`,
		);
	}

	async function findWithJob(name: string): Promise<KnownSchedule & { readonly job: JobDefinition }> {
		const known = await find(name);
		const { job, jobName } = known;
		if (job !== undefined) return { ...known, job };
		throw new MillraceError(
			"schedule-invalid",
			`Schedule ${name} enqueues ${jobName}, which is no job of the catalogue any more: delete it with \`millrace schedules delete ${name}\`, or deploy the job again.`,
		);
	}

	async function viewsOf(known: readonly KnownSchedule[]): Promise<readonly ScheduleView[]> {
		const runs = known.flatMap(({ record }) => (record?.latest === undefined ? [] : [record.latest.runId]));
		const rows = new Map((await parts.store.getMany(runs)).map((row, index) => [runs[index], row]));
		return known.map((one) => scheduleView(one, clock.now(), (run) => rows.get(run)?.state ?? "PENDING"));
	}

	async function get(name: string): Promise<ScheduleView> {
		const [view] = await viewsOf([await find(name)]);
		if (view === undefined) throw new MillraceError("schedule-not-found", `There is no schedule ${name}.`);
		return view;
	}

	async function recur(name: string, stored: StoredSchedule, job: JobDefinition, enabled: boolean): Promise<void> {
		const { expression, timeZone } = eventBridgeExpression(stored.rule);
		const run = { job: job.name, input: stored.input, tenant: stored.tenant, priority: stored.priority, headers: {} };
		const { windowSeconds } = stored.catchUp;
		await schedulerOf(parts).recur({
			name: `${TICK_NAME_PREFIX}${name}`,
			queueClass: routeRun(catalogue, job, run),
			...{ expression, timeZone, enabled },
			body: tickMessage({ ...stored, name }),
			eventAgeSeconds: Math.min(Math.max(windowSeconds, EVENT_AGE_SECONDS.min), EVENT_AGE_SECONDS.max),
			description: `Millrace: enqueues ${job.name}`,
		});
	}

	return {
		list: async () => viewsOf(await all()),
		get,
		async upsert(name, change) {
			const job = findJob(catalogue, change.job);
			const stored = checkedSchedule(name, job, change, catalogue.schedules);
			const registry = registryOf(parts);
			const [before] = await registry.getMany([name]);
			const made = before?.definition;
			const wasEnabled = before?.disabled === undefined;
			const enabled = change.enabled ?? (made === undefined || wasEnabled);
			// Where its times stay as they were, the sweeper goes on from where it has looked: a tick may get lost while EventBridge is told.
			const isDueAsBefore = made !== undefined && ruleWords(made.rule) === ruleWords(stored.rule) && wasEnabled;
			if (!isDueAsBefore) await registry.noteMissed(name, { count: 0, until: beforeFirstTick(clock.now()) });
			if (!enabled && wasEnabled) await registry.disable(name, BY_AN_OPERATOR);
			// Before EventBridge: a tick that comes at once finds it.
			await registry.define(name, stored);
			if (enabled && !wasEnabled) await registry.disable(name, undefined);
			await recur(name, stored, job, enabled);
			return get(name);
		},
		async disable(name, reason = BY_AN_OPERATOR) {
			await find(name);
			await registryOf(parts).disable(name, reason);
			await schedulerOf(parts).turn(`${TICK_NAME_PREFIX}${name}`, "off");
		},
		async enable(name) {
			const { enabled } = await findWithJob(name);
			if (!enabled) {
				throw new MillraceError(
					"schedule-invalid",
					`Schedule ${name} is disabled by the catalogue: enable it there and deploy.`,
				);
			}
			// What was due meanwhile was not missed; a sweep may come between.
			await registryOf(parts).noteMissed(name, { count: 0, until: beforeFirstTick(clock.now()) });
			await registryOf(parts).disable(name, undefined);
			await schedulerOf(parts).turn(`${TICK_NAME_PREFIX}${name}`, "on");
		},
		async remove(name) {
			const { origin } = await find(name);
			if (origin === "catalogue") {
				throw new MillraceError(
					"schedule-invalid",
					`Schedule ${name} is deployed with the catalogue: take it out there and deploy, or disable it.`,
				);
			}
			await schedulerOf(parts).cancel([`${TICK_NAME_PREFIX}${name}`]);
			await registryOf(parts).remove(name);
		},
		async runNow(name) {
			const { job, input, tenant, priority } = await findWithJob(name);
			return sendRun(parts, job, { input, options: { tenant, priority } });
		},
		async backfill(name, range) {
			const { job, input, rule, tenant, priority } = await findWithJob(name);
			const times = timesOf(name, rule, range, clock.now());
			return sendRuns(
				parts,
				job,
				times.map((at) => ({
					input,
					options: { id: runIdOfTick(name, at), tenant, priority },
					schedule: { name, at: toIso(at), backfill: true },
				})),
			);
		},
	};
}

function registryOf({ schedules }: ClientParts): NonNullable<ClientParts["schedules"]> {
	if (schedules !== undefined) return schedules;
	throw new MillraceError("schedule-failed", "This client was made without a schedule registry.");
}

function schedulerOf({ scheduler }: ClientParts): Pick<Scheduler, "recur" | "turn" | "cancel"> {
	if (scheduler !== undefined) return scheduler;
	throw new MillraceError("schedule-failed", "The platform's address names no schedule group: deploy it once more.");
}

function timesOf(
	name: string,
	rule: ScheduleRule,
	{ from, to }: { readonly from: string; readonly to: string },
	now: EpochMs,
): readonly EpochMs[] {
	const [start, end] = [from, to].map(parseIso);
	if (
		start === undefined ||
		end === undefined ||
		end < start ||
		end > now ||
		(end - start) / 86_400_000 > FAR_AWAY_DAYS_MAX
	) {
		throw new MillraceError(
			"schedule-invalid",
			`A backfill goes from one ISO 8601 instant to a later one that has passed, at most ten years; got ${from} to ${to}.`,
		);
	}
	const times = timesBetween(rule, epochMs(start - 1), end, BACKFILL_MAX + 1);
	if (times.length > 0 && times.length <= BACKFILL_MAX) return times;
	throw new MillraceError(
		"schedule-invalid",
		times.length === 0
			? `Schedule ${name} was never due from ${from} to ${to}.`
			: `Schedule ${name} was due more than ${BACKFILL_MAX} times from ${from} to ${to}: backfill it in pieces.`,
	);
}
