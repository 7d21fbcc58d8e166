/** The batch jobs of one invocation: which of their runs are on the way, and the implementation that each of them is given. Plain jobs pass through. */
import type { JobDefinition } from "../../job/define-job.ts";
import type { BatchImplementation, JobImplementation } from "../../job/implementation.ts";
import type { WorkerParts } from "../worker-parts.ts";
import { createGatherer, type Gatherer } from "./gatherer.ts";

export interface Gathering {
	/** Neighbours may wait for this run until the returned function is called, which a run that has joined them does not feel. */
	expect(job: JobDefinition | undefined, run: string): () => void;
	/** What performs one run of the job. `undefined` where the worker has no implementation of it. */
	implementationOf(job: JobDefinition): JobImplementation<JobDefinition> | undefined;
}

const nothing = (): void => {};

export function createGathering({ clock, implementations }: Pick<WorkerParts, "clock" | "implementations">): Gathering {
	const gatherers = new Map<string, Gatherer>();
	function gathererOf(job: JobDefinition): Gatherer | undefined {
		const implementation = implementations[job.name];
		if (job.batch === undefined || implementation === undefined) return undefined;
		const known = gatherers.get(job.name);
		if (known !== undefined) return known;
		// The mapped type of a worker's implementations has asked one of this kind for a job with `batch`.
		const made = createGatherer(job, implementation as unknown as BatchImplementation<JobDefinition>, clock);
		gatherers.set(job.name, made);
		return made;
	}

	return {
		expect(job, run) {
			const gatherer = job === undefined ? undefined : gathererOf(job);
			if (gatherer === undefined) return nothing;
			gatherer.expect(run);
			return () => gatherer.gone(run);
		},
		implementationOf: (job) => gathererOf(job)?.join ?? implementations[job.name],
	};
}
