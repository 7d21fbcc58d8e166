/** A catalogue: the explicit lists of queue classes, worker groups and jobs that worker, infrastructure, producers and docs are derived from. */
import type { Budget } from "../job/budget.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { QueueClassDefinition } from "../job/queue-class.ts";
import type { Route } from "../job/route.ts";
import type { ScheduleDefinition } from "../job/schedule.ts";
import type { WorkerGroupDefinition } from "../job/worker-group.ts";
import { MillraceError } from "../kernel/errors.ts";
import { type CatalogueFault, findCatalogueFaults } from "./check-catalogue.ts";

export interface Catalogue<
	Jobs extends readonly JobDefinition[] = readonly JobDefinition[],
	Groups extends readonly WorkerGroupDefinition[] = readonly WorkerGroupDefinition[],
> {
	readonly workerGroups: Groups;
	readonly jobs: Jobs;
	/** Asked in this order, see shared/job/route-run.ts. */
	readonly routes: readonly Route[];
	/** Those of the deployment; others can be made while it runs. */
	readonly schedules: readonly ScheduleDefinition[];
	/** What is downstream can give; what exceeds it is warned of, at synth and by `millrace tune`. */
	readonly budgets: readonly Budget[];
	/** All classes, as the worker groups list them. */
	readonly queueClasses: readonly QueueClassDefinition[];
	/** The job of a wire name or alias. */
	findJob(name: string): JobDefinition | undefined;
	findQueueClass(name: string): QueueClassDefinition | undefined;
	findSchedule(name: string): ScheduleDefinition | undefined;
	/** The group that performs a class. Every class has exactly one. */
	groupOf(queueClass: string): WorkerGroupDefinition | undefined;
}

/** Defined in worker bundles (cdk/bundle/bundle-workers.ts): the infrastructure has checked the same lists before it bundled them. */
declare const MILLRACE_CATALOGUE_IS_CHECKED: true | undefined;

/**
 * Checks the lists against all rules and derives the look-ups.
 * @throws MillraceError `catalogue-invalid` with every fault found, each naming the thing, the value and the range.
 */
export function defineCatalogue<
	const Jobs extends readonly JobDefinition[],
	const Groups extends readonly WorkerGroupDefinition[],
>(given: {
	readonly workerGroups: Groups;
	readonly jobs: Jobs;
	/** Default none. */
	readonly routes?: readonly Route[];
	/** Default none. */
	readonly schedules?: readonly ScheduleDefinition[];
	/** Default none. */
	readonly budgets?: readonly Budget[];
}): Catalogue<Jobs, Groups> {
	const lists = { routes: [], schedules: [], budgets: [], ...given };
	// Spelled out here, where the bundler sees that the check and its rules can be left out.
	if (typeof MILLRACE_CATALOGUE_IS_CHECKED === "undefined") {
		const faults = findCatalogueFaults(lists);
		if (faults.length > 0) throw catalogueInvalid(faults);
	}

	const queueClasses = lists.workerGroups.flatMap((group) => [...group.queueClasses]);
	const jobsByName = new Map<string, JobDefinition>(
		lists.jobs.flatMap((job) => [job.name, ...job.aliases].map((name): [string, JobDefinition] => [name, job])),
	);
	const classesByName = new Map(queueClasses.map((queueClass) => [queueClass.name, queueClass]));
	const groupsByClass = new Map<string, WorkerGroupDefinition>(
		lists.workerGroups.flatMap((group) =>
			group.queueClasses.map((queueClass): [string, WorkerGroupDefinition] => [queueClass.name, group]),
		),
	);
	return {
		...lists,
		queueClasses,
		findJob: (name) => jobsByName.get(name),
		findQueueClass: (name) => classesByName.get(name),
		findSchedule: (name) => lists.schedules.find((schedule) => schedule.name === name),
		groupOf: (queueClass) => groupsByClass.get(queueClass),
	};
}

function catalogueInvalid(faults: readonly CatalogueFault[]): MillraceError {
	const lines = faults.map((fault) => `- ${fault.subject}: ${fault.problem}`);
	const noun = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
	return new MillraceError(
		"catalogue-invalid",
		`The catalogue has ${noun}; mend each and try again:\n${lines.join("\n")}`,
		{
			details: { faults },
		},
	);
}
