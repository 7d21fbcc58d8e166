/** The rules of result caches. */
import type { JobDefinition } from "../job/define-job.ts";
import { CACHE_TAGS_MAX, tagPlaceholder } from "../job/result-cache.ts";
import { RUN_RETENTION_SECONDS } from "../kernel/limits.ts";
import { hasField, type Rule, range } from "./rule.ts";

const TAG_LENGTH_MAX = 128;

const tagsOf = ({ resultCache }: JobDefinition): readonly string[] => resultCache?.tags ?? [];
const placeholdersOf = (job: JobDefinition): readonly string[] =>
	tagsOf(job).flatMap((tag) => [...tag.matchAll(tagPlaceholder)].map(([, name = ""]) => name));

const isTag = (tag: string): boolean =>
	tag.length > 0 && tag.length <= TAG_LENGTH_MAX && tag.isWellFormed() && !/[{}]/.test(tag.replace(tagPlaceholder, ""));

const unknownFields = (job: JobDefinition): readonly string[] =>
	placeholdersOf(job).filter((name) => name !== "tenant" && !hasField(job.input, name));

export const resultCacheRules: readonly Rule<JobDefinition>[] = [
	// The blob of a large result is kept for twice as long: it outlives the last row that is given it.
	range("resultCache.seconds", ({ resultCache }) => resultCache?.seconds ?? 1, 1, RUN_RETENTION_SECONDS),
	range("resultCache.version", ({ resultCache }) => resultCache?.version ?? 1, 1, 1_000_000),
	{
		holds: (job) => tagsOf(job).length <= CACHE_TAGS_MAX,
		problem: (job) => `resultCache.tags must be at most ${CACHE_TAGS_MAX}; got ${tagsOf(job).length}`,
	},
	{
		holds: (job) => tagsOf(job).every(isTag),
		problem: (job) =>
			`resultCache.tags must be 1–${TAG_LENGTH_MAX} characters each, with braces only in {input.<field>} and {tenant}; got ${JSON.stringify(tagsOf(job).filter((tag) => !isTag(tag)))}`,
	},
	{
		holds: (job) => unknownFields(job).length === 0,
		problem: (job) => `resultCache.tags names no field of the input schema: ${unknownFields(job).join(", ")}`,
	},
	{
		holds: (job) => job.resultCache?.perTenant !== false || !placeholdersOf(job).includes("tenant"),
		problem: () => "resultCache.tags may name {tenant} only where the cache is per tenant",
	},
];
