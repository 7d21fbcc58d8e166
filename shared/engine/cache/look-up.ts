/**
 * The look into the result cache before a run begins: the earlier result to end it with, or what its own result may be kept under. Nothing
 * that fails here fails a run: it performs as if there were no cache.
 */
import type { EpochMs } from "../../kernel/time.ts";
import type { CacheAnswer, CacheEntry } from "../../ports/result-cache.ts";
import type { Carried } from "../next-messages.ts";
import type { Scene } from "../scene.ts";
import { type CachedCall, cacheKeyOf, stampOf, tagsOfCall } from "./cache-keys.ts";

/** Under what the result of a run is kept that begins now. */
export interface CachePlace {
	readonly key: string;
	readonly stamp: string;
	readonly lookedAt: EpochMs;
}

export interface CacheLook {
	readonly place: CachePlace;
	/** What the run ends with instead of performing. */
	readonly hit?: Pick<CacheEntry, "from" | "result">;
	/** Why there is none, where it was asked for. */
	readonly missed?: "absent" | "expired" | "invalidated";
}

/**
 * `undefined` for a job without a cache, without a request, and where the look failed. Only a run that has not begun is given a result: what
 * has, be its worker lost, may have done half of its work. Retries, further legs and redrives are performed to their end, and look for the
 * place of their own.
 * @param mayBeGiven false once the run's row has said that it has begun, which this message does not tell.
 */
export async function lookUp(
	scene: Scene,
	{ job, runId, message }: Carried,
	call: CachedCall,
	mayBeGiven: boolean,
): Promise<CacheLook | undefined> {
	// The place of an attempt that goes on from a checkpoint lies in the checkpoint.
	if (job.resultCache === undefined || message.leg !== undefined) return undefined;
	const { clock, telemetry } = scene.parts;
	const attempt = message.attempt ?? 1;
	const about = { runId, job: job.name, attempt };
	try {
		const key = cacheKeyOf(job, call);
		const tags = tagsOfCall(job, key, call);
		const lookedAt = clock.now();
		const answer = await scene.calls.look({ key, tags });
		const place = { key, stamp: stampOf(tags, answer), lookedAt };
		if (!mayBeGiven || attempt > 1 || (message.generation ?? 1) > 1) return { place };
		return { place, ...judge(answer, place.stamp, clock.now()) };
	} catch (error) {
		telemetry.emit({ event: "cache.failed", what: "lookup", why: (error as Error).message, ...about });
		return undefined;
	}
}

/** A run that has waited here longer than this looks once more before it performs: whom it waited for may have computed its result. */
const lookAgainMs = 100;

/**
 * The last look before a run performs. One under a concurrency limit always looks: whoever had its slot has filled the cache before it was
 * free, so that of equal runs one performs.
 */
export async function lookAgain(
	scene: Scene,
	carried: Carried,
	call: CachedCall,
	first: CacheLook,
): Promise<CacheLook> {
	const waitedMs = scene.parts.clock.now() - first.place.lookedAt;
	if (carried.job.concurrency === undefined && waitedMs <= lookAgainMs) return first;
	return (await lookUp(scene, carried, call, true)) ?? first;
}

function judge({ entry }: CacheAnswer, stamp: string, now: EpochMs): Omit<CacheLook, "place"> {
	if (entry === undefined) return { missed: "absent" };
	if (entry.stamp !== stamp) return { missed: "invalidated" };
	return entry.until <= now ? { missed: "expired" } : { hit: { from: entry.from, result: entry.result } };
}
