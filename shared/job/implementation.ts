/** The type of an implementation, and of the complete set of them for a worker group: one missing or one too many does not compile. */

import type * as z from "zod/v4/core";
import type { BatchPolicy } from "./batch-job.ts";
import type { JobContext } from "./context.ts";
import type { JobDefinition, JobParsedInput } from "./define-job.ts";
import type { Outcome } from "./outcome.ts";
import type { WorkerGroupDefinition } from "./worker-group.ts";

/** What a run comes to: the result (before the output schema's defaults), or an outcome. */
export type JobAnswer<Job extends JobDefinition> = z.input<Job["output"]> | Outcome<z.input<Job["output"]>>;

/** One of the runs that a batch job is given together: its input, and its own context. */
export interface BatchItem<Job extends JobDefinition> {
	readonly input: JobParsedInput<Job>;
	readonly context: JobContext;
}

/**
 * The function that does the work of a job with `batch`: one answer for each run, in their order. An Error is the error of that run alone;
 * a throw is the error of each. Runs are told to stop alone, by the signal of their own context.
 */
export type BatchImplementation<Job extends JobDefinition> = (
	items: readonly BatchItem<Job>[],
) => Promise<readonly (JobAnswer<Job> | Error)[]>;

/** The function that does the work of `Job`. Returns an answer; throws on error. For a job with `batch`: see `BatchImplementation`. */
export type JobImplementation<Job extends JobDefinition> = [Job["batch"]] extends [BatchPolicy]
	? BatchImplementation<Job>
	: (input: JobParsedInput<Job>, context: JobContext) => Promise<JobAnswer<Job>>;

interface CatalogueShape {
	readonly jobs: readonly JobDefinition[];
	readonly workerGroups: readonly WorkerGroupDefinition[];
}

type GroupNamed<Catalogue extends CatalogueShape, Group extends string> = Extract<
	Catalogue["workerGroups"][number],
	{ readonly name: Group }
>;

/** The jobs whose queue class feeds the group. */
export type JobsOfGroup<Catalogue extends CatalogueShape, Group extends string> = Extract<
	Catalogue["jobs"][number],
	{ readonly queueClass: { readonly name: GroupNamed<Catalogue, Group>["queueClasses"][number]["name"] } }
>;

/** One implementation per job of the group, under the job's wire name. */
export type ImplementationsFor<Catalogue extends CatalogueShape, Group extends string> = {
	readonly [Job in JobsOfGroup<Catalogue, Group> as Job["name"]]: JobImplementation<Job>;
};
