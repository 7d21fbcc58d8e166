/**
 * Schedules of the catalogue and those made at run time, as one list: when each is due next, how its last run went, what was missed. Those of run
 * time can be made, changed and removed here; all can be disabled, run at once, and run for times of the past.
 */
import { catchUpFlaw, inputFlaws, ruleFlaw, SCHEDULE_NAME_PATTERN } from "../catalogue/schedule-rules.ts";
import { findJob } from "../engine/enqueue.ts";
import type { JobDefinition } from "../job/define-job.ts";
import { routeRun } from "../job/route-run.ts";
import {
	type CatchUp,
	defaultCatchUp,
	eventBridgeExpression,
	type Overlap,
	type ScheduleDefinition,
	type ScheduleRule,
} from "../job/schedule.ts";
import { nextTimes, timesBetween } from "../job/schedule-times.ts";
import { MillraceError } from "../kernel/errors.ts";
import { runIdOfTick } from "../kernel/ids.ts";
import { nearestNames } from "../kernel/nearest-names.ts";
import { type EpochMs, epochMs, parseIso, toIso } from "../kernel/time.ts";
import type { ScheduleRecord } from "../ports/schedule-registry.ts";
import type { Scheduler } from "../ports/scheduler.ts";
import { overlapSchema, type StoredSchedule } from "../wire/schedule-definition.ts";
import { TICK_NAME_PREFIX, tickMessage } from "../wire/tick-message.ts";
import type { ClientParts, Enqueued } from "./client-parts.ts";
import { sendRun, sendRuns } from "./send-runs.ts";

export interface ScheduleView {
	readonly name: string;
	/** `catalogue`: deployed with the code. `run-time`: made by a client. */
	readonly origin: "catalogue" | "run-time";
	readonly job: string;
	readonly input: unknown;
	readonly rule: ScheduleRule;
	readonly overlap: Overlap;
	readonly catchUp: CatchUp;
	readonly enabled: boolean;
	/** Why an operator disabled it. */
	readonly disabledBecause?: string;
	/** ISO 8601, UTC; the next five. None while it is disabled. */
	readonly next: readonly string[];
	readonly last?: { readonly at: string; readonly runId: string; readonly state: string };
	/** Ticks that never came, as the sweeper counts them, and the latest of them. */
	readonly missed: { readonly count: number; readonly latest?: string };
}

export interface ScheduleChange {
	/** A definition of the catalogue, or a wire name. */
	readonly job: string | JobDefinition;
	/** Default `{}`. */
	readonly input?: unknown;
	/** Five fields in Celery's vocabulary. Either this or `everySeconds`. */
	readonly cron?: string;
	/** Of `cron`; default UTC. */
	readonly timeZone?: string;
	readonly everySeconds?: number;
	/** Default `skip`. */
	readonly overlap?: Overlap;
	/** Default: the latest, up to an hour late. */
	readonly catchUp?: CatchUp;
	readonly tenant?: string;
	readonly priority?: number;
}

/** Methods throw MillraceError `schedule-not-found` for a name that is none, `store-failed` and `schedule-failed` where AWS refuses. */
export interface Schedules {
	/** By name. */
	list(): Promise<readonly ScheduleView[]>;
	get(name: string): Promise<ScheduleView>;
	/** Makes a schedule of run time, or changes it; it ticks within a minute. @throws MillraceError `schedule-invalid` with every fault, `unknown-job` */
	upsert(name: string, change: ScheduleChange): Promise<ScheduleView>;
	/** Its ticks are skipped until it is enabled again. A run that performs goes on. */
	disable(name: string, reason?: string): Promise<void>;
	enable(name: string): Promise<void>;
	/** Of run time only. Runs that were enqueued stay. @throws MillraceError `schedule-invalid` for one of the catalogue */
	remove(name: string): Promise<void>;
	/** Enqueues one run as the schedule would, beside its ticks. */
	runNow(name: string): Promise<Enqueued>;
	/**
	 * Enqueues the runs of all times in [from, to], at most 1,000, whatever the catch-up window says; a time whose run is known (24 h after it ended)
	 * is not run again. @throws MillraceError `schedule-invalid` when there are more, or none
	 */
	backfill(name: string, range: { readonly from: string; readonly to: string }): Promise<readonly Enqueued[]>;
}

const NEXT_TIMES = 5;
const BACKFILL_MAX = 1_000;
const EVENT_AGE_SECONDS = { min: 60, max: 86_400 };
const FAR_AWAY_DAYS_MAX = 3_660;

type Known = Pick<ScheduleDefinition, "rule" | "overlap" | "catchUp" | "tenant" | "priority"> & {
	readonly origin: ScheduleView["origin"];
	readonly job: JobDefinition;
	readonly input: unknown;
	readonly enabled: boolean;
	readonly record: ScheduleRecord | undefined;
};

export function createSchedules(parts: ClientParts): Schedules {
	const { catalogue, clock } = parts;

	function knownOf(name: string, record: ScheduleRecord | undefined): Known | undefined {
		const deployed = catalogue.schedules.find((schedule) => schedule.name === name);
		if (deployed !== undefined) return { ...deployed, origin: "catalogue", record };
		const stored = record?.definition;
		const job = stored === undefined ? undefined : catalogue.findJob(stored.job);
		if (stored === undefined || job === undefined) return undefined;
		const { tenant, priority } = stored;
		return { ...stored, tenant, priority, job, origin: "run-time", enabled: true, record };
	}

	async function find(name: string): Promise<Known> {
		const [record] = await registryOf(parts).getMany([name]);
		const known = knownOf(name, record);
		if (known !== undefined) return known;
		const names = [
			...catalogue.schedules.map((schedule) => schedule.name),
			...(await registryOf(parts).list()).map((one) => one.name),
		];
		const near = nearestNames(name, names);
		throw new MillraceError(
			"schedule-not-found",
			`There is no schedule ${name}. ${near.length > 0 ? `Did you mean ${near.join(" or ")}?` : "List them with `millrace schedules`."}`,
		);
	}

	async function viewsOf(all: readonly (readonly [string, Known])[]): Promise<readonly ScheduleView[]> {
		const runs = all.flatMap(([, { record }]) => (record?.latest === undefined ? [] : [record.latest.runId]));
		const rows = new Map((await parts.store.getMany(runs)).map((row, index) => [runs[index], row]));
		return all.map(([name, known]) => viewOf(name, known, (run) => rows.get(run)?.state ?? "PENDING"));
	}

	function viewOf(name: string, known: Known, stateOf: (run: Enqueued["id"]) => string): ScheduleView {
		const { origin, job, input, rule, overlap, catchUp, record } = known;
		const { latest, disabled, missed } = record ?? {};
		const enabled = known.enabled && disabled === undefined;
		return {
			...{ name, origin, job: job.name, input, rule, overlap, catchUp, enabled },
			...(disabled === undefined ? {} : { disabledBecause: disabled }),
			next: enabled ? nextTimes(rule, clock.now(), NEXT_TIMES).map(toIso) : [],
			...(latest === undefined
				? {}
				: { last: { at: toIso(latest.at), runId: latest.runId, state: stateOf(latest.runId) } }),
			missed: {
				count: missed?.count ?? 0,
				...(missed?.latest === undefined ? {} : { latest: toIso(missed.latest) }),
			},
		};
	}

	async function get(name: string): Promise<ScheduleView> {
		const [view] = await viewsOf([[name, await find(name)]]);
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
		async list() {
			const records = new Map((await registryOf(parts).list()).map((record) => [record.name, record]));
			const unseen = catalogue.schedules.map(({ name }) => name).filter((name) => !records.has(name));
			const names = [...records.keys(), ...unseen].toSorted();
			const known = names.flatMap((name) => {
				const found = knownOf(name, records.get(name));
				return found === undefined ? [] : [[name, found] as const];
			});
			return viewsOf(known);
		},
		get,
		async upsert(name, change) {
			const job = findJob(catalogue, change.job);
			const stored = storedOf(name, job, change, catalogue.schedules);
			const [before] = await registryOf(parts).getMany([name]);
			// The definition first: a tick that comes at once finds it.
			await registryOf(parts).define(name, stored);
			await registryOf(parts).noteMissed(name, { count: 0, until: clock.now() });
			await recur(name, stored, job, before?.disabled === undefined);
			return get(name);
		},
		async disable(name, reason = "by an operator") {
			await find(name);
			await registryOf(parts).disable(name, reason);
			await schedulerOf(parts).turn(`${TICK_NAME_PREFIX}${name}`, "off");
		},
		async enable(name) {
			await find(name);
			// What was due meanwhile was not missed; a sweep may come between.
			await registryOf(parts).noteMissed(name, { count: 0, until: clock.now() });
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
			const { job, input, tenant, priority } = await find(name);
			return sendRun(parts, job, { input, options: { tenant, priority } });
		},
		async backfill(name, range) {
			const { job, input, rule, tenant, priority } = await find(name);
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

/** @throws MillraceError `schedule-invalid` with every fault */
function storedOf(
	name: string,
	job: JobDefinition,
	change: ScheduleChange,
	deployed: readonly ScheduleDefinition[],
): StoredSchedule {
	const { input = {}, cron, timeZone = "UTC", everySeconds, overlap = "skip", catchUp = defaultCatchUp } = change;
	const { tenant, priority } = change;
	const faults: string[] = [];
	if (!SCHEDULE_NAME_PATTERN.test(name))
		faults.push(`its name must be 1–50 letters, digits, "_", "-" or ".", a letter first; got "${name}"`);
	if (deployed.some((schedule) => schedule.name.toLowerCase() === name.toLowerCase()))
		faults.push("a schedule of the catalogue has this name");
	const rule: ScheduleRule | undefined =
		cron === undefined && everySeconds !== undefined
			? { kind: "every", everySeconds }
			: cron !== undefined && everySeconds === undefined
				? { kind: "cron", cron, timeZone }
				: undefined;
	if (rule === undefined) faults.push("it needs either cron or everySeconds");
	else faults.push(...[ruleFlaw(rule)].filter((flaw) => flaw !== undefined));
	faults.push(...[catchUpFlaw(catchUp)].filter((flaw) => flaw !== undefined));
	if (!overlapSchema.def.entries[overlap as keyof typeof overlapSchema.def.entries])
		faults.push(`overlap must be skip, queue, allow or cancel-other; got "${overlap}"`);
	if (priority !== undefined && !(Number.isInteger(priority) && priority >= 0 && priority <= 9))
		faults.push(`priority must be a whole number from 0 to 9; got ${priority}`);
	faults.push(...inputFlaws(job, input));
	if (rule !== undefined && faults.length === 0) {
		const who = tenant === undefined ? {} : { tenant };
		return { job: job.name, input, rule, overlap, catchUp, ...who, ...(priority === undefined ? {} : { priority }) };
	}
	throw new MillraceError("schedule-invalid", `Schedule ${name} can't be made:\n- ${faults.join("\n- ")}`, {
		details: { faults },
	});
}
