/** Keeps the result of a run that has succeeded for the next ones. Best effort: the run stands as it was settled. */
import { CACHE_FILL_SECONDS_MAX } from "../../kernel/limits.ts";
import { plusSeconds } from "../../kernel/time.ts";
import type { SettledRun } from "../../ports/job-store.ts";
import type { Carried } from "../next-messages.ts";
import type { Scene } from "../scene.ts";
import type { CachePlace } from "./look-up.ts";

/** @param place `undefined`: there is no cache, or nobody knows of when the data are that the result was computed from. Never rejects. */
export async function fillCache(
	{ parts }: Scene,
	{ job }: Pick<Carried, "job">,
	record: SettledRun,
	place: CachePlace | undefined,
): Promise<void> {
	const { resultCache } = job;
	if (resultCache === undefined || place === undefined || record.state !== "SUCCESS") return;
	const { key, stamp, lookedAt } = place;
	// The versions it saw may be forgotten by now.
	if (record.endedAt > plusSeconds(lookedAt, CACHE_FILL_SECONDS_MAX)) return;
	const until = plusSeconds(record.endedAt, resultCache.seconds);
	try {
		await parts.cache.fill(key, { from: record.id, result: record.result, stamp, lookedAt, until });
	} catch (error) {
		const about = { runId: record.id, job: record.job, attempt: record.attempts };
		parts.telemetry.emit({ event: "cache.failed", what: "fill", why: (error as Error).message, ...about });
	}
}
