/** The type of an implementation, and of the complete set of them for a worker group: one missing or one too many does not compile. */

import type * as z from "zod/v4/core";
import type { JobContext } from "./context.ts";
import type { JobDefinition, JobParsedInput } from "./define-job.ts";
import type { Outcome } from "./outcome.ts";
import type { WorkerGroupDefinition } from "./worker-group.ts";

/** The function that does the work of `Job`. Returns the result (before the output schema's defaults) or an outcome; throws on error. */
export type JobImplementation<Job extends JobDefinition> = (
	input: JobParsedInput<Job>,
	context: JobContext,
) => Promise<z.input<Job["output"]> | Outcome<z.input<Job["output"]>>>;

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
