/**
 * The facts of the runs table that infrastructure, local runtime and adapter must agree on: keys, listing index, expiry attribute.
 * Plain data without imports, so that CDK code can read it without loading an SDK.
 * How a run's row is spelled inside belongs to the adapter (shared/aws/run-row.ts).
 */

export const runTable = {
	/** Partition key, a string: the run id. There is no sort key. */
	partitionKey: "pk",
	/** Time to live, a number: epoch seconds. DynamoDB deletes late, so readers compare it themselves. */
	expiryAttribute: "ttl",
	/** Runs by first start. Both keys are written with the row's first write only, so that no later write touches the index. */
	recentIndex: {
		name: "recent",
		/** A string: `<yyyy-mm-dd of the first start, UTC>#<shard>`. */
		partitionKey: "lp",
		/** A string: the first start as 13 digits of epoch milliseconds, `#`, the run id. */
		sortKey: "ls",
		/** Projection INCLUDE: the table's key and the job's name, nothing that a later write changes. */
		projectedAttributes: ["jb"],
	},
} as const;

/** Keys of rate limiters, which share the table: no run id holds a `#`. */
export const LIMITER_KEY_PREFIX = "rate#";
/** Keys of what the sweeper remembers, likewise. */
export const SWEEP_KEY_PREFIX = "sweep#";
/** Keys of the slots of concurrency limits, likewise. */
export const SLOTS_KEY_PREFIX = "slots#";
/** Keys of the circuit breakers of queue classes, likewise. */
export const BREAKER_KEY_PREFIX = "breaker#";

/** Keys of cached results, likewise. */
export const CACHE_KEY_PREFIX = "cache#";
/** Keys of the versions of their tags, likewise: who may change these can take results away and make none up. */
export const CACHE_TAG_KEY_PREFIX = "cachetag#";

/** Keys of who is the latest of a debounced job's runs, likewise. */
export const DEBOUNCE_KEY_PREFIX = "debounce#";

/** The listing index spreads each day over this many partitions: one takes 1,000 writes a second, so the index takes 8,000. */
export const RECENT_INDEX_SHARDS = 8;

/** Keys of the effects that runs remember; `#` is no character of a run id. */
export const EFFECT_KEY_PREFIX = "once#";

/** Keys of what is known of schedules, likewise. They are listed by the listing index, in a partition of their own that is no day's. */
export const SCHEDULE_KEY_PREFIX = "schedule#";
export const SCHEDULE_LISTING = "schedules";

/** Keys of ticks that were admitted and wait for something else, likewise. */
export const TICK_KEY_PREFIX = "tick#";

/** Keys of alerts that were told, likewise. */
export const ALERT_KEY_PREFIX = "alert#";
