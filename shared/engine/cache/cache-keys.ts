/** Under which names the cache keeps the result of a run and the versions of its tags. Pure. */
import type { JobDefinition } from "../../job/define-job.ts";
import { tagPlaceholder } from "../../job/result-cache.ts";
import { canonicalJson } from "../../kernel/canonical-json.ts";
import { type Json, utf8Bytes } from "../../kernel/json.ts";
import { MESSAGE_DEPTH_MAX } from "../../kernel/limits.ts";
import { sha256Hex } from "../../kernel/sha256.ts";
import { toJson } from "../../kernel/to-json.ts";
import type { CacheAnswer } from "../../ports/result-cache.ts";
import { keyOfRun } from "../key-of-run.ts";

/** What of a message has a part in its run's result. */
export interface CachedCall {
	/** As it was sent: plain JSON. */
	readonly sent: unknown;
	/** As the job's schema has read it. */
	readonly input: unknown;
	readonly tenant: string | undefined;
}

/** The key of an entry. Two runs have one key only if their implementation is called with the same input, on behalf of the same tenant. */
export function cacheKeyOf(job: JobDefinition, { sent, input, tenant }: CachedCall): string {
	const { perTenant = true, version = 1 } = job.resultCache ?? {};
	const read = toJson(input, MESSAGE_DEPTH_MAX);
	const call: Json = [
		version,
		perTenant ? [tenant ?? null] : [],
		// What a schema turns into a Map or a Date has no JSON that tells it from another; what was sent has.
		read.ok ? { read: read.json } : { sent: sent as Json },
	];
	return `${job.name}#${sha256Hex(canonicalJson(call))}`;
}

/** Longer ones are named by their digest. */
const TAG_BYTES_MAX = 256;

/** Invalidates all results of a job. */
export const tagOfJob = (job: JobDefinition): string => `job#${job.name}`;
/** Invalidates one result. */
export const tagOfKey = (key: string): string => `key#${key}`;
/** Invalidates what was declared to have it. */
export const tagOfText = (tag: string): string =>
	`tag#${utf8Bytes(tag) <= TAG_BYTES_MAX ? tag : `sha256-${sha256Hex(tag)}`}`;

/** All that may invalidate the result of this call. */
export const tagsOfCall = (job: JobDefinition, key: string, { input, tenant }: CachedCall): readonly string[] => [
	tagOfJob(job),
	tagOfKey(key),
	...(job.resultCache?.tags ?? []).map((tag) => tagOfText(fillTag(tag, input, tenant))),
];

/** A field that is absent or null leaves its place empty. */
function fillTag(tag: string, input: unknown, tenant: string | undefined): string {
	return tag.replace(tagPlaceholder, (_, name: string) => {
		const per = name === "tenant" ? name : (`input.${name.slice("input.".length)}` as const);
		const value = keyOfRun(per, { tenant }, input);
		if (value === undefined || value === null) return "";
		return typeof value === "string" ? value : JSON.stringify(value);
	});
}

/** Equal only where all versions are. */
export const stampOf = (tags: readonly string[], { versions }: CacheAnswer): string =>
	sha256Hex(JSON.stringify(tags.map((tag, index) => [tag, versions[index] ?? null]))).slice(0, 32);
