/**
 * A result cache, as data: a run of the same job and input inside a period is given the result of the one before, and performs nothing.
 * What it was computed from may change sooner: each cached result has tags, and whoever changes the data invalidates them.
 */

export interface ResultCachePolicy {
	/** How long a result is given to others, from its run's end. 1–86 400. */
	readonly seconds: number;
	/**
	 * What invalidates the result, at most 5: texts in which `{input.<field>}` stands for that field and `{tenant}` for the tenant, as in
	 * `pipeline:{input.pipeline_id}`. Jobs that name the same tag are invalidated together. Default none.
	 */
	readonly tags?: readonly string[];
	/** Whether a tenant is given only results of its own runs. Default true; false only where the tenant has no part in the result. */
	readonly perTenant?: boolean;
	/** Raise it with a deploy that changes what the job returns: results of another version are not given. Default 1. */
	readonly version?: number;
}

/** Each costs a read with every look into the cache. */
export const CACHE_TAGS_MAX = 5;

/** What a tag may hold in place of a text of its own. */
export const tagPlaceholder = /\{(tenant|input\.[^{}]+)\}/g;
