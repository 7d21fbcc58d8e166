/** Which limiter a run uses up: that of its job, or the share of it that its tenant or a field of its input names. Pure. */
import type { JobDefinition } from "../../job/define-job.ts";
import { limiterName, type Rate } from "../../job/rate-limit.ts";
import type { JobMessage } from "../../wire/job-message.ts";
import { limiterOfKey } from "../../wire/limiter-id.ts";
import { keyOfRun } from "../key-of-run.ts";

export interface Limiter {
	/** What the store knows it by. */
	readonly id: string;
	/** The limiter whose override holds for all its keys; absent where that is this one. */
	readonly family?: string;
	readonly declared: Rate;
}

/** `undefined` for a run that starts whenever it can. @param input as the job's schema has read it. */
export function limiterOf(job: JobDefinition, message: JobMessage, input: unknown): Limiter | undefined {
	const { rateLimit } = job;
	if (rateLimit === undefined) return undefined;
	const family = limiterName(job);
	if (rateLimit.per === undefined) return { id: family, declared: rateLimit };
	return { id: limiterOfKey(family, keyOfRun(rateLimit.per, message, input)), family, declared: rateLimit };
}
