/** A worker group: one Lambda function that performs the jobs of one or more queue classes, with its own role and bundle. */
import type { QueueClassDefinition } from "./queue-class.ts";

export interface WorkerGroupDefinition<
	Name extends string = string,
	Classes extends readonly QueueClassDefinition[] = readonly QueueClassDefinition[],
> {
	/** Lower-case letters, digits and `-`; unique in the catalogue. */
	readonly name: Name;
	/** The classes that feed this function. A class feeds exactly one group. */
	readonly queueClasses: Classes;
	/** Function timeout in seconds. 10–900, default 60. An attempt is told to end 3 s before. */
	readonly timeoutSeconds: number;
	/** Function memory in MB; CPU grows with it (1 769 MB is one vCPU). 128–10 240, default 512. */
	readonly memoryMb: number;
	/**
	 * Runs of one batch performed at the same time. 1–10 000, default the largest batch size of its classes. With less, the later runs of a
	 * batch have what time the earlier ones leave: lower the classes' `batchSize` too.
	 */
	readonly runConcurrency: number;
	/**
	 * Runs of the group performing at the same time, over all its queue classes and workers, exactly. 1–50. Default: no cap but what its
	 * classes' `maxConcurrency` invocations of `runConcurrency` runs make. With a cap no class invokes the function more often than can be of use.
	 */
	readonly concurrencyMax: number | undefined;
}

export type WorkerGroupOptions<Name extends string, Classes extends readonly QueueClassDefinition[]> = Pick<
	WorkerGroupDefinition<Name, Classes>,
	"name" | "queueClasses"
> &
	Partial<Omit<WorkerGroupDefinition<Name, Classes>, "name" | "queueClasses">>;

/** Fills in the defaults. Ranges are checked together with the rest of the catalogue by `defineCatalogue`. */
export function defineWorkerGroup<const Name extends string, const Classes extends readonly QueueClassDefinition[]>(
	options: WorkerGroupOptions<Name, Classes>,
): WorkerGroupDefinition<Name, Classes> {
	return {
		timeoutSeconds: 60,
		memoryMb: 512,
		concurrencyMax: undefined,
		runConcurrency: Math.max(1, ...options.queueClasses.map((queueClass) => queueClass.batchSize)),
		...options,
	};
}
