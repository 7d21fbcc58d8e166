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

/** The listing index spreads each day over this many partitions: one takes 1,000 writes a second, so the index takes 8,000. */
export const RECENT_INDEX_SHARDS = 8;
