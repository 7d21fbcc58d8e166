/**
 * Takes cached results away, for whoever knows that they are no longer true: a service that has changed the data, an operator by hand. Every
 * run that begins when a call has resolved performs anew, and nothing that was being computed meanwhile is given to it.
 */
import { clearInput, clearJob, invalidateTags } from "../engine/cache/invalidate.ts";
import { checkSendable, findJob } from "../engine/enqueue.ts";
import type { JobDefinition } from "../job/define-job.ts";
import { MillraceError } from "../kernel/errors.ts";
import type { ClientParts } from "./client-parts.ts";

export interface CachedInput {
	readonly input: unknown;
	/** On whose behalf it ran. Default: nobody's. Of no meaning where the job's cache is not per tenant. */
	readonly tenant?: string;
}

export interface Cache {
	/** What was computed under any of these tags, of all jobs and tenants. @throws MillraceError `unknown-cache-tag`, `store-failed` */
	invalidate(tags: readonly string[]): Promise<void>;
	/**
	 * All results of a job, or that of one input.
	 * @throws MillraceError `unknown-job`, `no-result-cache`, `store-failed`; for an input also what `enqueue` throws for one.
	 */
	clear(job: string | JobDefinition, of?: CachedInput): Promise<void>;
}

export function createCache(parts: Pick<ClientParts, "catalogue" | "cache" | "clock">): Cache {
	return {
		invalidate: (tags) => invalidateTags(parts, tags),
		async clear(given, of) {
			const job = findJob(parts.catalogue, given);
			if (job.resultCache === undefined) {
				throw new MillraceError("no-result-cache", `${job.name} has no result cache: its definition declares none.`, {
					details: { job: job.name },
				});
			}
			if (of === undefined) await clearJob(parts, job);
			else await clearInput(parts, job, checkSendable(job, of.input).input, of.tenant);
		},
	};
}
