/**
 * What runs use of AWS. docs/cost.md is made of these numbers, and test/integration/cost.test.ts fails when the production worker uses
 * anything else.
 */

/** For one run (or command). */
export interface Counted {
	/** Lambda invocations. */
	readonly invocations: number;
	readonly sqs: number;
	/** Requests to DynamoDB; what it bills are units. */
	readonly dynamodb: number;
	/** Table and index. */
	readonly writeUnits: number;
	readonly readUnits: number;
	readonly s3Puts: number;
	readonly s3Gets: number;
	/** Schedules that fired. */
	readonly scheduled: number;
}

export interface Case {
	readonly title: string;
	/** In batches of ten, and alone. */
	readonly ten: Counted;
	readonly one: Counted;
	/** The DynamoDB requests are the most: how many it takes depends on how far the runs of a batch come apart on their way. */
	readonly requestsUpTo?: true;
}

function uses(
	invocations: number,
	sqs: number,
	dynamodb: number,
	writeUnits: number,
	more: Partial<Counted> = {},
): Counted {
	return { invocations, sqs, dynamodb, writeUnits, readUnits: 0, s3Puts: 0, s3Gets: 0, scheduled: 0, ...more };
}

/** Whole runs: sent, received, performed, deleted. */
export const countedRuns = {
	plain: { title: "a plain run that succeeds", ten: uses(0.1, 0.3, 0.2, 3), one: uses(1, 3, 2, 3) },
	longFunction: {
		title: "the same in a group with a timeout above 60 s",
		ten: uses(0.1, 0.4, 0.2, 3),
		one: uses(1, 4, 2, 3),
	},
	progress: { title: "with progress, ended within a second", ten: uses(0.1, 0.3, 0.2, 3), one: uses(1, 3, 2, 3) },
	checkpoint: { title: "with one checkpoint", ten: uses(0.1, 0.3, 0.3, 4), one: uses(1, 3, 3, 4) },
	legs: { title: "in two legs", ten: uses(0.2, 0.6, 0.7, 5), one: uses(2, 6, 4, 5) },
	retry: {
		title: "that succeeds at the second attempt",
		ten: uses(0.2, 0.6, 0.5, 5, { readUnits: 0.1 }),
		one: uses(2, 6, 4.5, 5, { readUnits: 0.5 }),
	},
	failure: { title: "that fails for good, with its dead letter", ten: uses(0.1, 0.4, 0.2, 3), one: uses(1, 4, 2, 3) },
	followUp: { title: "that enqueues another, both together", ten: uses(0.2, 0.6, 0.4, 6), one: uses(2, 6, 4, 6) },
	once: { title: "with one `ctx.once`", ten: uses(0.1, 0.3, 1.2, 4), one: uses(1, 3, 3, 4) },
	delayed: {
		title: "5 minutes later, by `delaySeconds` of the client",
		ten: uses(0.1, 0.3, 0.2, 3),
		one: uses(1, 3, 2, 3),
	},
	notBefore: {
		title: "5 minutes later, by `notBefore` of a bare message",
		ten: uses(0.2, 0.6, 0.2, 3),
		one: uses(2, 6, 2, 3),
	},
	scheduled: {
		title: "an hour later",
		ten: uses(0.2, 1.5, 0.2, 3, { scheduled: 1 }),
		one: uses(2, 6, 2, 3, { scheduled: 1 }),
	},
	tick: {
		title: "by a schedule's tick, the run of the one before ended",
		ten: uses(0.1, 1.2, 5, 5, { readUnits: 2, scheduled: 1 }),
		one: uses(1, 3, 5, 5, { readUnits: 2, scheduled: 1 }),
		requestsUpTo: true,
	},
	tickAllowed: {
		title: "by a tick with overlap `allow`",
		ten: uses(0.1, 1.2, 4, 4, { readUnits: 1, scheduled: 1 }),
		one: uses(1, 3, 4, 4, { readUnits: 1, scheduled: 1 }),
		requestsUpTo: true,
	},
	tickWaited: {
		title: "by a tick with overlap `queue`, after one wait for the run of the one before",
		ten: uses(0.2, 2.4, 8, 7, { readUnits: 4, scheduled: 1 }),
		one: uses(2, 6, 8, 7, { readUnits: 4, scheduled: 1 }),
		requestsUpTo: true,
	},
	rateNear: {
		title: "under a rate limit, its turn within 2.5 s",
		ten: uses(0.1, 0.3, 1.3, 3.2),
		one: uses(1, 3, 3.5, 4.5),
	},
	rateFar: {
		title: "under a rate limit, its turn later",
		ten: uses(0.2, 0.6, 2.3, 4.1, { readUnits: 0.1 }),
		one: uses(2, 6, 5, 5, { readUnits: 1 }),
	},
	placeFree: {
		title: "under a concurrency limit, with a free slot",
		ten: uses(0.1, 0.3, 0.4, 3.4),
		one: uses(1, 3, 4, 5),
	},
	placeTaken: {
		title: "under a concurrency limit of 1 that is taken",
		ten: uses(0.2, 0.6, 3.3, 4.3),
		one: uses(2, 6, 13, 14),
	},
	cacheMiss: {
		title: "with a result cache of one tag, computed",
		ten: uses(0.1, 0.3, 1.3, 4, { readUnits: 3.1 }),
		one: uses(1, 3, 4, 4, { readUnits: 4 }),
	},
	cacheHit: {
		title: "with a result cache, given an earlier result",
		ten: uses(0.1, 0.3, 0.2, 2, { readUnits: 0.4 }),
		one: uses(1, 3, 2, 2, { readUnits: 4 }),
	},
	gathered: { title: "done together with others", ten: uses(0.1, 0.3, 0.2, 3), one: uses(1, 3, 2, 3) },
	debounced: {
		title: "debounced, with one of ten (or two) that performs",
		ten: uses(0.2, 0.6, 0.6, 2.3, { readUnits: 1 }),
		one: uses(2, 6, 4, 4.5, { readUnits: 1 }),
	},
	outageRetry: {
		title: "that fails once on an outage, which the circuit breaker counts",
		ten: uses(0.2, 0.6, 0.7, 5.3),
		one: uses(2, 6, 5.5, 6.5),
	},
	groupCap: {
		title: "in a group with `concurrencyMax`, below it",
		ten: uses(0.1, 0.3, 0.4, 3.4),
		one: uses(1, 3, 4, 5),
	},
	inlineInput: { title: "with an input of 90 KB, in the message", ten: uses(0.1, 2.9, 0.2, 3), one: uses(1, 5, 2, 3) },
	largeInput: {
		title: "with an input of 200 KB, in S3",
		ten: uses(0.1, 0.3, 2, 3, { s3Puts: 1, s3Gets: 1 }),
		one: uses(1, 3, 2, 3, { s3Puts: 1, s3Gets: 1 }),
		requestsUpTo: true,
	},
	inlineResult: { title: "with a result of 4 KB, in the row", ten: uses(0.1, 0.3, 0.2, 7), one: uses(1, 3, 2, 7) },
	largeResult: {
		title: "with a result of 20 KB, in S3",
		ten: uses(0.1, 0.3, 0.2, 3, { s3Puts: 1 }),
		one: uses(1, 3, 2, 3, { s3Puts: 1 }),
	},
} as const satisfies Readonly<Record<string, Case>>;

/** What an invocation with plain runs of one job writes to CloudWatch: a line of metrics of the job and one of its group, of up to so many bytes together. */
export const countedLines = {
	tenBytes: 780,
	oneBytes: 700,
	metrics: ["AttemptsStarted", "RunsSucceeded", "RunDuration"],
	/** However many jobs the group has. */
	groupMetrics: ["GroupRunsActive", "GroupRunsSucceeded", "GroupRunsFailed"],
} as const;

/** What comes on top of a run, or is none. */
export const countedExtras = {
	heartbeatMinute: {
		title: "each minute that a run of a group with a timeout above 60 s performs",
		ten: uses(0, 0.3, 0.3, 3),
		one: uses(0, 3, 3, 3),
	},
	progressWrite: {
		title: "each second with progress, after the first",
		ten: uses(0, 0, 0.1, 1),
		one: uses(0, 0, 1, 1),
	},
	duplicate: {
		title: "a message that SQS delivers again",
		ten: uses(0.1, 0.2, 0.2, 1, { readUnits: 1 }),
		one: uses(1, 2, 1, 1),
	},
	sameKey: {
		title: "a second enqueue with the same `key`",
		ten: uses(0.1, 0.3, 0.2, 1, { readUnits: 1 }),
		one: uses(1, 3, 1, 1),
	},
	revokeQueued: {
		title: "revoking a queued run, its message included",
		ten: uses(0.1, 0.2, 2.2, 3, { readUnits: 2 }),
		one: uses(1, 2, 3, 3, { readUnits: 1 }),
	},
	invalidate: { title: "invalidating a tag of cached results", ten: uses(0, 0, 1, 1), one: uses(0, 0, 1, 1) },
	heldBack: {
		title: "sending on a run that an open breaker holds back",
		ten: uses(0.1, 0.4, 0, 0),
		one: uses(1, 4, 0, 0),
	},
	tickSkipped: {
		title: "a tick that is skipped, the run of the one before still going",
		ten: uses(0.1, 1.2, 3, 3, { readUnits: 2, scheduled: 1 }),
		one: uses(1, 3, 3, 3, { readUnits: 2, scheduled: 1 }),
		requestsUpTo: true,
	},
	redrive: {
		title: "redriving a dead letter of two or ten, its run included",
		ten: uses(0.1, 0.6, 1.3, 3, { readUnits: 1 }),
		one: uses(1, 4, 3, 3),
	},
	status: {
		title: "reading the state of a run",
		ten: uses(0, 0, 0.1, 0, { readUnits: 1 }),
		one: uses(0, 0, 1, 0, { readUnits: 1 }),
	},
} as const satisfies Readonly<Record<string, Case>>;

/** The sweeper, for one sweep; and commands of the operator, for one call on a platform of three queue classes. */
export const countedCalls = {
	sweepIdle: { title: "a sweep, nothing there", ...uses(1, 0, 12, 1, { readUnits: 6 }) },
	sweepThousand: { title: "a sweep that looks at 1,000 ended runs", ...uses(1, 0, 22, 1, { readUnits: 1_010 }) },
	queues: { title: "`millrace queues`", ...uses(0, 6, 3, 0, { readUnits: 3 }) },
	limits: { title: "`millrace limits`, one limited job", ...uses(0, 0, 1, 0, { readUnits: 1 }) },
	limitsSet: { title: "`millrace limits set`", ...uses(0, 0, 1, 1) },
	statusOfRun: { title: "`millrace status <id>`", ...uses(0, 0, 1, 0, { readUnits: 1 }) },
	runs: { title: "`millrace runs`, ten runs today", ...uses(0, 0, 57, 0, { readUnits: 38 }) },
	letters: { title: "`millrace dlq list`, ten letters", ...uses(0, 3, 0, 0) },
} as const satisfies Readonly<Record<string, { readonly title: string } & Counted>>;
