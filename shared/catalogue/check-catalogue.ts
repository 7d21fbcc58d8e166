/** The cross-field rules of a catalogue, as tables of what must hold. All faults are found before one error reports them together. */
import { type Budget, budgetFlaw } from "../job/budget.ts";
import type { JobDefinition } from "../job/define-job.ts";
import { alarmsFlaw } from "../job/queue-alarms.ts";
import type { QueueClassDefinition } from "../job/queue-class.ts";
import { limiterName, rateFlaw } from "../job/rate-limit.ts";
import { matchesJob, type Route } from "../job/route.ts";
import { classesOfJob, siblingsOf } from "../job/route-run.ts";
import type { WorkerGroupDefinition } from "../job/worker-group.ts";
import {
	GROUP_QUEUE_CLASSES_MAX,
	LAMBDA_TIMEOUT_SECONDS_MAX,
	LEG_RESERVE_MS,
	MAPPING_BATCH_MAX,
	MAPPING_CONCURRENCY_MAX,
	MAPPING_CONCURRENCY_MIN,
	MAPPING_WINDOW_SECONDS_MAX,
	TIME_LIMIT_SECONDS_MAX,
} from "../kernel/limits.ts";
import { batchRules } from "./batch-rules.ts";
import { breakerRules } from "./breaker-rules.ts";
import { groupCapRules, jobConcurrencyRules } from "./concurrency-rules.ts";
import { debounceRules } from "./debounce-rules.ts";
import { resultCacheRules } from "./result-cache-rules.ts";
import { hasField, type Lists, type Rule, range } from "./rule.ts";
import { scheduleRules } from "./schedule-rules.ts";

export interface CatalogueFault {
	/** The thing at fault: `job detect_anomalies_task`, `queue class observability`, `worker group lineage`. */
	readonly subject: string;
	/** What is wrong, the value given, and what is allowed. */
	readonly problem: string;
}

function pattern<Thing>(field: string, read: (thing: Thing) => string, allowed: RegExp, words: string): Rule<Thing> {
	return {
		holds: (thing) => allowed.test(read(thing)),
		problem: (thing) => `${field} must be ${words}; got "${read(thing)}"`,
	};
}

const classesOf = (lists: Lists): readonly QueueClassDefinition[] =>
	lists.workerGroups.flatMap((group) => [...group.queueClasses]);

const physicalName = /^[a-z][a-z0-9-]{0,39}$/;
const physicalNameWords = "1–40 lower-case letters, digits and hyphens, a letter first";

/** Classes of the same group whose priorities overlap with the class's own. */
const rivalsOf = (queueClass: QueueClassDefinition, lists: Lists): readonly string[] =>
	siblingsOf(lists, queueClass)
		.filter(({ name }) => name !== queueClass.name)
		.filter(
			({ priorities: theirs }) =>
				theirs !== undefined &&
				queueClass.priorities !== undefined &&
				theirs.from <= queueClass.priorities.to &&
				queueClass.priorities.from <= theirs.to,
		)
		.map(({ name }) => name);

const queueClassRules: readonly Rule<QueueClassDefinition>[] = [
	{
		holds: ({ alarms }) => alarms === false || alarmsFlaw(alarms) === undefined,
		problem: ({ alarms }) => (alarms === false ? "" : (alarmsFlaw(alarms) ?? "")),
	},
	pattern("name", (queueClass) => queueClass.name, physicalName, physicalNameWords),
	range("batchSize", (queueClass) => queueClass.batchSize, 1, MAPPING_BATCH_MAX),
	range("batchWindowSeconds", (queueClass) => queueClass.batchWindowSeconds, 0, MAPPING_WINDOW_SECONDS_MAX),
	range("maxConcurrency", (queueClass) => queueClass.maxConcurrency, MAPPING_CONCURRENCY_MIN, MAPPING_CONCURRENCY_MAX),
	{
		holds: ({ batchSize, batchWindowSeconds }) => batchSize <= 10 || batchWindowSeconds >= 1,
		problem: ({ batchSize }) =>
			`batchSize ${batchSize} is above 10 and so needs a batchWindowSeconds of at least 1; got 0`,
	},
	{
		holds: ({ priorities }) =>
			priorities === undefined ||
			(Number.isInteger(priorities.from) &&
				Number.isInteger(priorities.to) &&
				priorities.from >= 0 &&
				priorities.from <= priorities.to &&
				priorities.to <= 9),
		problem: ({ priorities }) =>
			`priorities must be whole numbers from 0 to 9, from not above to; got ${priorities?.from} to ${priorities?.to}`,
	},
	{
		holds: (queueClass, lists) => rivalsOf(queueClass, lists).length === 0,
		problem: (queueClass, lists) =>
			`serves priorities that other classes of its worker group serve too: ${rivalsOf(queueClass, lists).join(", ")}`,
	},
	{
		holds: (queueClass, lists) => classesOf(lists).filter((other) => other.name === queueClass.name).length === 1,
		problem: (queueClass, lists) => {
			const groups = lists.workerGroups.filter((group) =>
				group.queueClasses.some((other) => other.name === queueClass.name),
			);
			return `must feed exactly one worker group; it feeds ${groups.map((group) => group.name).join(", ")}`;
		},
	},
];

/** The classes whose addresses a group's function gets: its own, and those of the jobs that its jobs enqueue. */
function classesKnownTo(group: WorkerGroupDefinition, lists: Lists): readonly string[] {
	const own = group.queueClasses.map(({ name }) => name);
	const enqueued = lists.jobs.filter((job) => own.includes(job.queueClass.name)).flatMap((job) => job.enqueues);
	const enqueuedTo = lists.jobs
		.filter((job) => enqueued.includes(job.name))
		.flatMap((job) => classesOfJob(lists, job))
		.map(({ name }) => name);
	return [...new Set([...own, ...enqueuedTo])];
}

const routeRules: readonly Rule<Route>[] = [
	{
		holds: (route, lists) => lists.jobs.some((job) => matchesJob(route, job.name)),
		problem: () => "matches no job of the catalogue",
	},
	{
		holds: (route, lists) => strandedBy(route, lists).length === 0,
		problem: (route, lists) =>
			`leads to queue class "${route.to.name}", whose worker group does not perform: ${strandedBy(route, lists).join(", ")}. Let the class feed that job's group, or match fewer jobs`,
	},
];

/** The jobs that the rule would send where nobody performs them. */
const strandedBy = (route: Route, lists: Lists): readonly string[] =>
	lists.jobs
		.filter((job) => matchesJob(route, job.name))
		.filter((job) => !siblingsOf(lists, job.queueClass).some(({ name }) => name === route.to.name))
		.map(({ name }) => name);

const workerGroupRules: readonly Rule<WorkerGroupDefinition>[] = [
	pattern("name", (group) => group.name, physicalName, physicalNameWords),
	range("timeoutSeconds", (group) => group.timeoutSeconds, 10, LAMBDA_TIMEOUT_SECONDS_MAX),
	range("memoryMb", (group) => group.memoryMb, 128, 10_240),
	range("runConcurrency", (group) => group.runConcurrency, 1, MAPPING_BATCH_MAX),
	{
		holds: (group) => group.queueClasses.length > 0,
		problem: () => "must be fed by at least one queue class; got none",
	},
	{
		holds: (group, lists) => classesKnownTo(group, lists).length <= GROUP_QUEUE_CLASSES_MAX,
		problem: (group, lists) =>
			`is fed by, or enqueues to, at most ${GROUP_QUEUE_CLASSES_MAX} queue classes, because their addresses must fit a function's environment; got ${classesKnownTo(group, lists).length}: ${classesKnownTo(group, lists).join(", ")}`,
	},
	{
		holds: (group, lists) => lists.workerGroups.filter((other) => other.name === group.name).length === 1,
		problem: () => "is defined more than once; names are unique",
	},
];

/** What the function's timeout leaves of one invocation for the job, in seconds. */
function legSecondsOf(job: JobDefinition, lists: Lists): number {
	const group = lists.workerGroups.find(({ queueClasses }) =>
		queueClasses.some(({ name }) => name === job.queueClass.name),
	);
	// A class without a group is a fault of its own.
	return group === undefined ? Number.POSITIVE_INFINITY : group.timeoutSeconds - LEG_RESERVE_MS / 1000;
}

const namesOf = (job: JobDefinition): readonly string[] => [job.name, ...job.aliases];

const jobRules: readonly Rule<JobDefinition>[] = [
	...["name", "aliases"].map(
		(field): Rule<JobDefinition> => ({
			holds: (job) =>
				(field === "name" ? [job.name] : job.aliases).every((name) => /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/.test(name)),
			problem: (job) =>
				`${field} must be 1–100 letters, digits, "_", "-" or ".", a letter first; got ${JSON.stringify(field === "name" ? job.name : job.aliases)}`,
		}),
	),
	{
		holds: (job, lists) =>
			lists.jobs.every((other) => other === job || !namesOf(other).some((name) => namesOf(job).includes(name))),
		problem: (job, lists) => {
			const taken = lists.jobs
				.filter((other) => other !== job)
				.flatMap(namesOf)
				.filter((name) => namesOf(job).includes(name));
			return `names and aliases are unique over all jobs; also used elsewhere: ${[...new Set(taken)].join(", ")}`;
		},
	},
	{
		holds: (job, lists) => classesOf(lists).some((queueClass) => queueClass.name === job.queueClass.name),
		problem: (job, lists) =>
			`queue class "${job.queueClass.name}" feeds no worker group; known: ${[...new Set(classesOf(lists).map((queueClass) => queueClass.name))].join(", ")}`,
	},
	{
		holds: (job, lists) => job.enqueues.every((name) => lists.jobs.some((other) => other.name === name)),
		problem: (job, lists) =>
			`enqueues names no job of the catalogue: ${job.enqueues.filter((name) => !lists.jobs.some((other) => other.name === name)).join(", ")}`,
	},
	range("retry.retriesMax", (job) => job.retry.retriesMax, 0, 100),
	{
		holds: ({ retry }) => retry.delaySeconds >= 0 && retry.delaySeconds <= 86_400,
		problem: ({ retry }) => `retry.delaySeconds must be from 0 to 86400; got ${retry.delaySeconds}`,
	},
	{
		holds: ({ retry }) => retry.factor >= 1 && retry.factor <= 10,
		problem: ({ retry }) => `retry.factor must be from 1 to 10; got ${retry.factor}`,
	},
	{
		holds: ({ retry }) => retry.capSeconds >= retry.delaySeconds && retry.capSeconds <= 86_400,
		problem: ({ retry }) =>
			`retry.capSeconds must be from retry.delaySeconds (${retry.delaySeconds}) to 86400; got ${retry.capSeconds}`,
	},
	{
		holds: ({ timeLimits }) =>
			timeLimits === undefined ||
			(timeLimits.softSeconds >= 1 &&
				timeLimits.softSeconds < timeLimits.hardSeconds &&
				timeLimits.hardSeconds <= TIME_LIMIT_SECONDS_MAX),
		problem: ({ timeLimits }) =>
			`timeLimits must be from 1 s to ${TIME_LIMIT_SECONDS_MAX} s, soft below hard; got soft ${timeLimits?.softSeconds} and hard ${timeLimits?.hardSeconds}`,
	},
	{
		holds: (job, lists) =>
			job.checkpoints || job.timeLimits === undefined || job.timeLimits.hardSeconds <= legSecondsOf(job, lists),
		problem: (job, lists) =>
			`timeLimits.hardSeconds ${job.timeLimits?.hardSeconds} can't be met: without checkpoints an attempt is one leg, and a leg of its worker group ends after ${legSecondsOf(job, lists)} s. Raise the group's timeoutSeconds (at most ${LAMBDA_TIMEOUT_SECONDS_MAX}), or say \`checkpoints: true\` and call ctx.checkpoint`,
	},
	{
		holds: ({ rateLimit }) => rateLimit === undefined || rateFlaw(rateLimit) === undefined,
		problem: ({ rateLimit }) => `rateLimit ${rateLimit === undefined ? "" : rateFlaw(rateLimit)}`,
	},
	{
		holds: ({ rateLimit }) => rateLimit?.name === undefined || /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/.test(rateLimit.name),
		problem: ({ rateLimit }) =>
			`rateLimit.name must be 1–100 letters, digits, "_", "-" or ".", a letter first; got "${rateLimit?.name}"`,
	},
	{
		holds: ({ rateLimit, input }) =>
			rateLimit?.per === undefined || rateLimit.per === "tenant" || hasField(input, rateLimit.per),
		problem: ({ rateLimit }) =>
			`rateLimit.per must be "tenant" or "input.<field>" with a field of the input schema; got "${rateLimit?.per}"`,
	},
	{
		holds: (job, lists) => sharersOf(job, lists).every((other) => sameLimit(job, other)),
		problem: (job, lists) =>
			`shares the limiter "${limiterName(job)}" with ${sharersOf(job, lists)
				.filter((other) => !sameLimit(job, other))
				.map(({ name }) => name)
				.join(", ")}, so both must declare the same rate, burst and key`,
	},
];

/** The other jobs whose starts use up the same limiter. */
const sharersOf = (job: JobDefinition, { jobs }: Lists): readonly JobDefinition[] =>
	job.rateLimit === undefined
		? []
		: jobs.filter((other) => other !== job && other.rateLimit !== undefined && limiterName(other) === limiterName(job));

function sameLimit({ rateLimit: one }: JobDefinition, { rateLimit: other }: JobDefinition): boolean {
	const same =
		one?.count === other?.count && one?.periodSeconds === other?.periodSeconds && one?.burst === other?.burst;
	return same && one?.per === other?.per;
}

const budgetRules: readonly Rule<Budget>[] = [
	{
		holds: (budget, lists) => flawOf(budget, lists) === undefined,
		problem: (budget, lists) => flawOf(budget, lists) ?? "",
	},
];
const flawOf = (budget: Budget, { workerGroups }: Lists): string | undefined =>
	budgetFlaw(
		budget,
		workerGroups.map(({ name }) => name),
	);

function faultsOf<Thing>(
	things: readonly Thing[],
	subject: (thing: Thing) => string,
	rules: readonly Rule<Thing>[],
	lists: Lists,
): CatalogueFault[] {
	return things.flatMap((thing) =>
		rules
			.filter((rule) => !rule.holds(thing, lists))
			.map((rule) => ({ subject: subject(thing), problem: rule.problem(thing, lists) })),
	);
}

/** Every rule that a catalogue breaks; empty when it is sound. */
export function findCatalogueFaults(lists: Lists): readonly CatalogueFault[] {
	const queueClasses = [...new Map(classesOf(lists).map((queueClass) => [queueClass.name, queueClass])).values()];
	return [
		...faultsOf(
			queueClasses,
			(queueClass) => `queue class ${queueClass.name}`,
			[...queueClassRules, ...breakerRules],
			lists,
		),
		...faultsOf(
			lists.workerGroups,
			(group) => `worker group ${group.name}`,
			[...workerGroupRules, ...groupCapRules],
			lists,
		),
		...faultsOf(lists.routes, (route) => `route ${route.jobs} to ${route.to.name}`, routeRules, lists),
		...faultsOf(lists.budgets, ({ name }) => `budget ${name}`, budgetRules, lists),
		...faultsOf(lists.schedules, (schedule) => `schedule ${schedule.name}`, scheduleRules, lists),
		...faultsOf(
			lists.jobs,
			(job) => `job ${job.name}`,
			[...jobRules, ...jobConcurrencyRules, ...batchRules, ...debounceRules, ...resultCacheRules],
			lists,
		),
	];
}
