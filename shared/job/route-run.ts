/**
 * The queue class of a run, by the first that has an answer: the call, the rules in their order, the priority, the definition. All
 * classes of an answer feed the worker group that performs the job, which the catalogue's own check sees to.
 */

import { MillraceError } from "../kernel/errors.ts";
import type { JobDefinition } from "./define-job.ts";
import type { QueueClassDefinition } from "./queue-class.ts";
import { matchesJob, type Route, type RoutedRun } from "./route.ts";
import type { WorkerGroupDefinition } from "./worker-group.ts";

export interface Routing {
	readonly routes: readonly Route[];
	readonly workerGroups: readonly WorkerGroupDefinition[];
}

/**
 * @param called the class that the call asks for. Default none.
 * @throws MillraceError `queue-class-not-found` when no class of the job's worker group has the name that the call asks for.
 */
export function routeRun(routing: Routing, job: JobDefinition, run: RoutedRun, called?: string): string {
	if (called !== undefined) {
		const classes = siblingsOf(routing, job.queueClass);
		if (classes.some(({ name }) => name === called)) return called;
		throw new MillraceError(
			"queue-class-not-found",
			`${job.name} can't go through queue class "${called}": its worker group is fed by ${classes.map(({ name }) => name).join(", ")}.`,
		);
	}
	const route = routing.routes.find((rule) => matchesJob(rule, job.name) && rule.when(run));
	if (route !== undefined) return route.to.name;
	const { priority } = run;
	const serving =
		priority === undefined
			? undefined
			: siblingsOf(routing, job.queueClass).find(({ priorities }) => serves(priorities, priority));
	return (serving ?? job.queueClass).name;
}

const serves = (priorities: QueueClassDefinition["priorities"], priority: number): boolean =>
	priorities !== undefined && priority >= priorities.from && priority <= priorities.to;

/** Every class that `routeRun` may answer for the job without being asked by a call: where whoever enqueues it must be allowed to send. */
export function classesOfJob(routing: Routing, job: JobDefinition): readonly QueueClassDefinition[] {
	const routed = routing.routes.filter((route) => matchesJob(route, job.name)).map(({ to }) => to);
	const byPriority = siblingsOf(routing, job.queueClass).filter(({ priorities }) => priorities !== undefined);
	return [...new Map([job.queueClass, ...routed, ...byPriority].map((known) => [known.name, known])).values()];
}

/** The classes of the worker group that the class feeds; the class alone when it feeds none, which is a fault of its own. */
export function siblingsOf(
	{ workerGroups }: Pick<Routing, "workerGroups">,
	{ name }: QueueClassDefinition,
): readonly QueueClassDefinition[] {
	return workerGroups.find(({ queueClasses }) => queueClasses.some((other) => other.name === name))?.queueClasses ?? [];
}
