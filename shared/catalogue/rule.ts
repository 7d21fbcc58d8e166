/** What a rule of the catalogue is, and what several tables of them have in common. */
import type { Budget } from "../job/budget.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { Route } from "../job/route.ts";
import type { ScheduleDefinition } from "../job/schedule.ts";
import type { WorkerGroupDefinition } from "../job/worker-group.ts";

export interface Lists {
	readonly workerGroups: readonly WorkerGroupDefinition[];
	readonly jobs: readonly JobDefinition[];
	readonly routes: readonly Route[];
	readonly schedules: readonly ScheduleDefinition[];
	readonly budgets: readonly Budget[];
}

export interface Rule<Thing> {
	readonly holds: (thing: Thing, lists: Lists) => boolean;
	readonly problem: (thing: Thing, lists: Lists) => string;
}

/** A rule for a whole number inside a range. */
export function range<Thing>(field: string, read: (thing: Thing) => number, least: number, most: number): Rule<Thing> {
	return {
		holds: (thing) => Number.isInteger(read(thing)) && read(thing) >= least && read(thing) <= most,
		problem: (thing) => `${field} must be a whole number from ${least} to ${most}; got ${read(thing)}`,
	};
}

/** A schema that does not tell its fields may have any. */
export function hasField(input: JobDefinition["input"], per: string): boolean {
	if (!per.startsWith("input.") || per === "input.") return false;
	const def: object = input._zod.def;
	const shape: unknown = "shape" in def ? def.shape : undefined;
	return typeof shape !== "object" || shape === null || Object.hasOwn(shape, per.slice("input.".length));
}
