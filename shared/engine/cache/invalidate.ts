/** Takes cached results away: by tag, by job, by input. At once, and harmless to repeat. */
import type { JobDefinition } from "../../job/define-job.ts";
import { tagPlaceholder } from "../../job/result-cache.ts";
import { MillraceError } from "../../kernel/errors.ts";
import { CACHE_TAG_RETENTION_SECONDS } from "../../kernel/limits.ts";
import { showValue } from "../../kernel/show-value.ts";
import { plusSeconds, toEpochSeconds } from "../../kernel/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ResultCache } from "../../ports/result-cache.ts";
import { validate } from "../validate-input.ts";
import { cacheKeyOf, tagOfJob, tagOfKey, tagOfText } from "./cache-keys.ts";

export interface InvalidationParts {
	readonly cache: Pick<ResultCache, "renew">;
	readonly clock: Clock;
}

/**
 * Every look that begins when this has resolved misses what had one of these tags, and so does what was being computed meanwhile.
 * @throws MillraceError `unknown-cache-tag`, nothing invalidated; `store-failed`
 */
export async function invalidateTags(
	parts: InvalidationParts & { readonly catalogue: { readonly jobs: readonly JobDefinition[] } },
	tags: readonly string[],
): Promise<void> {
	const declared = [...new Set(parts.catalogue.jobs.flatMap((job) => job.resultCache?.tags ?? []))].sort();
	for (const tag of tags as readonly unknown[]) {
		if (typeof tag === "string" && tag.isWellFormed() && declared.some((pattern) => fits(tag, pattern))) continue;
		const hint = declared.length === 0 ? "No job declares any." : `Declared are: ${declared.join(", ")}.`;
		throw new MillraceError("unknown-cache-tag", `No job caches its results under ${showValue(tag)}. ${hint}`, {
			details: { tag, declared },
		});
	}
	await renewTags(parts, tags.map(tagOfText));
}

/** All results of a job. @throws MillraceError `store-failed` */
export const clearJob = (parts: InvalidationParts, job: JobDefinition): Promise<void> =>
	renewTags(parts, [tagOfJob(job)]);

/** The result of one input. @param sent which fits the job's schema. @throws MillraceError `store-failed` */
export async function clearInput(
	parts: InvalidationParts,
	job: JobDefinition,
	sent: unknown,
	tenant: string | undefined,
): Promise<void> {
	const read = validate(job.input, sent, "input");
	await renewTags(parts, [tagOfKey(cacheKeyOf(job, { sent, input: read.valid ? read.value : sent, tenant }))]);
}

/** @param tags of the store (see cache-keys.ts). @throws MillraceError `store-failed` */
async function renewTags({ cache, clock }: InvalidationParts, tags: readonly string[]): Promise<void> {
	const now = clock.now();
	const expiresAt = toEpochSeconds(plusSeconds(now, CACHE_TAG_RETENTION_SECONDS));
	await cache.renew([...new Set(tags)], now, expiresAt);
}

/** Whether the declared tag may turn into this one. */
function fits(tag: string, declared: string): boolean {
	const [first = "", ...texts] = declared.split(tagPlaceholder).filter((_, index) => index % 2 === 0);
	const last = texts.pop();
	if (last === undefined) return tag === first;
	if (!tag.startsWith(first)) return false;
	let from = first.length;
	for (const text of texts) {
		const at = tag.indexOf(text, from);
		if (at < 0) return false;
		from = at + text.length;
	}
	return tag.length - last.length >= from && tag.endsWith(last);
}
