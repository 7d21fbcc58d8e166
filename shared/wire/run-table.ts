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

/** The listing index spreads each day over this many partitions: one takes 1,000 writes a second, so the index takes 8,000. */
export const RECENT_INDEX_SHARDS = 8;

/** Keys of the effects that runs remember; `#` is no character of a run id. */
export const EFFECT_KEY_PREFIX = "once#";
