/**
 * Numbers set by AWS, each with its source and the day it was read, and the derived ones of ours beside them.
 * No other file repeats one of these.
 */

const KiB = 1024;

/** SQS: body plus attributes of one message, and the sum over one batch request. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html (2026-11-20) */
export const SQS_MESSAGE_BYTES_MAX = 1024 * KiB;
/** SQS: entries of one batch request. Same page (2026-11-20). */
export const SQS_BATCH_ENTRIES_MAX = 10;
/** SQS: longest DelaySeconds. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html (2026-11-20) */
export const SQS_DELAY_SECONDS_MAX = 900;
/** Longest time between two probes of a circuit breaker: a run that is held back waits for a probe, and then up to as long again, in one delay. */
export const BREAKER_OPEN_SECONDS_MAX = SQS_DELAY_SECONDS_MAX / 2;
/** Longest time out of sight. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html (2026-11-21) */
export const SQS_VISIBILITY_SECONDS_MAX = 43_200;
/** SQS: longest retention, 14 days; used for dead-letter queues, which keep the original enqueue time. Same page family (2026-11-20) */
export const SQS_RETENTION_SECONDS_MAX = 14 * 86_400;

/** EventBridge Scheduler: input of one schedule. https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html (2026-11-20) */
export const SCHEDULE_INPUT_BYTES_MAX = 256 * KiB;
/** EventBridge Scheduler: deliveries tried again after the first. https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html (2026-11-20) */
export const SCHEDULE_RETRIES_MAX = 185;

/** Lambda: longest function timeout. https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html (2026-11-20) */
export const LAMBDA_TIMEOUT_SECONDS_MAX = 900;
/**
 * Lambda gives a function 4 KB of environment (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, 2026-11-20). The
 * addresses of one queue class take up to 330 bytes of it, with physical names of 80 characters.
 */
export const GROUP_QUEUE_CLASSES_MAX = 10;
/** Lambda: range of MaximumConcurrency of an SQS mapping. https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html (2026-11-20) */
export const MAPPING_CONCURRENCY_MIN = 2;
export const MAPPING_CONCURRENCY_MAX = 1_000;
/** Lambda: longest batching window, and largest batch (above 10 needs a window). Same page (2026-11-20) */
export const MAPPING_WINDOW_SECONDS_MAX = 300;
/** Longest value of a tag. https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html (2026-11-21) */
export const TAG_VALUE_CHARACTERS_MAX = 256;
export const MAPPING_BATCH_MAX = 10_000;

/** DynamoDB: statements of one BatchExecuteStatement. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.multiplestatements.batching.html (2026-11-20) */
export const DYNAMODB_STATEMENTS_MAX = 25;
/** DynamoDB: keys of one BatchGetItem. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html (2026-11-20) */
export const DYNAMODB_BATCH_GET_MAX = 100;
/** DynamoDB: puts and deletes of one BatchWriteItem. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html (2026-11-20) */
export const DYNAMODB_BATCH_WRITE_MAX = 25;
/** DynamoDB: one item, names and values together. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html (2026-11-20) */
export const DYNAMODB_ITEM_BYTES_MAX = 400 * KiB;

/**
 * Inputs above this travel by claim check in S3. SQS bills each 64 KiB as one request, and a batch shares 1 MiB, so ten messages of
 * at most 96 KiB always fit one batch request.
 */
export const INLINE_INPUT_BYTES_MAX = 96 * KiB;
/** Largest input of all, by claim check: its text, its parsed form and the schema's copy must fit a small function's memory together. */
export const INPUT_BYTES_MAX = 16 * 1024 * KiB;
/** Results above this go to S3: at 8 KiB a write of the row costs as much as a PUT (8 write units at $0.625/M against $5/M). */
export const INLINE_RESULT_BYTES_MAX = 8 * KiB;
/** What one run's collected enqueues may add to its row, as JSON; larger inputs among them go by claim check first. */
export const FOLLOW_UPS_BYTES_MAX = 64 * KiB;
export const FOLLOW_UPS_MAX = 100;
/** An enqueued run's input above this goes by claim check, so that the row that carries it stays small (DynamoDB bills each KiB written). */
export const INLINE_FOLLOW_UP_INPUT_BYTES_MAX = 8 * KiB;

/** Deepest nesting of a message. Deeper is refused: nothing real is deeper, and recursion over it is an attack on every reader. */
export const MESSAGE_DEPTH_MAX = 64;
/** Times that one run's message may be sent on (retries, deferrals) before it is dead-lettered: our own loop guard, since functions set recursiveLoop ALLOW. */
export const HOPS_MAX = 10_000;
/** Longest wait before a start: 366 days. A schedule can wait for decades; a large input is kept in S3 for as long as this, so it has an end. */
export const DELAY_SECONDS_MAX = 366 * 86_400;
/** A large input that waits longer than this moves to the folder that keeps it for a wait of any length. */
export const LONG_WAIT_SECONDS = 7 * 86_400;

/** The queue's own maxReceiveCount: only the backstop for code that dies before it can claim. AWS advises at least 5 with Lambda. https://repost.aws/knowledge-center/lambda-retrying-valid-sqs-messages (2026-11-20) */
export const MAX_RECEIVE_COUNT = 5;
/** Added to function timeout and window for a queue's visibility, so that a message never comes back while its function can still run. */
export const VISIBILITY_MARGIN_SECONDS = 60;
/** A leg ends this long before Lambda would kill it, so that the outcome can still be settled and sent. */
export const LEG_RESERVE_MS = 3_000;
/** A lease outlives its function by this much: no two workers' clocks differ by more (INV-03). Less than VISIBILITY_MARGIN_SECONDS, so that a redelivery finds it over. */
export const LEASE_MARGIN_MS = 15_000;

/** How long a queue class keeps what nobody takes: SQS's own default, said so that others can count on it. */
export const QUEUE_RETENTION_SECONDS = 4 * 86_400;
/** How long a run's row and its result are kept after the last write, and so the idempotency window (INV-07). Celery's result_expires: 86 400 s. */
export const RUN_RETENTION_SECONDS = 86_400;
/**
 * The same for a run that has not ended: its message may lie in the queue of a paused class for as long as that keeps it, and what the run has
 * done so far (attempts, a checkpoint, a revoke, effects) must be known when it comes.
 */
export const UNENDED_RETENTION_SECONDS = QUEUE_RETENTION_SECONDS + RUN_RETENTION_SECONDS;

/** How often a performing run shows that it lives. */
export const BEAT_INTERVAL_MS = 20_000;
/**
 * A lease lasts this long after a beat, and the margin on top: two beats may fail and a third be late. With the visibility that follows
 * it, a killed worker's run performs again within 2 minutes, whatever its function's timeout.
 */
export const LEASE_MS = 60_000;
/**
 * Where function timeout and batching window together are longer than this, the queue's own visibility would bring a killed worker's messages
 * back after more than 2 minutes: a worker then hides them for the length of a lease only, and again with each beat.
 */
export const LONG_INVOCATION_MS = 60_000;
/** A checkpoint this close to the end of its leg goes on in the next one; or, for short legs, in the last fifth. */
export const LEG_SHORT_MS = 30_000;
/** A checkpoint above this goes to S3: DynamoDB bills each KiB of the row with every write. */
export const INLINE_CURSOR_BYTES_MAX = 4 * KiB;
/** A run that nothing has moved on for so long is overdue: the stale timeout of the seeds' own reconciliation. */
export const OVERDUE_MS = 45 * 60_000;
/** The sweeper looks at a run first when it is this old: most have long ended, and are never looked at again. */
export const SWEEP_AGE_MS = 60 * 60_000;
/** How often the sweeper runs. */
export const SWEEP_INTERVAL_MINUTES = 30;
/** Celery's limits of the seeds: told after 55 minutes, stopped after 60. */
export const SOFT_TIME_LIMIT_SECONDS = 3_300;
export const HARD_TIME_LIMIT_SECONDS = 3_600;
/** Results of effects stay in the table as long as they are remembered; an item takes 400 KiB. */
export const EFFECT_BYTES_MAX = 256 * KiB;
/** How long the result of an effect is remembered: longer than any run waits for its next attempt. */
export const EFFECT_RETENTION_SECONDS = 100 * 86_400;
/** Longest hard limit: a day, after which the record of a run that shows no sign of life is forgotten. */
export const TIME_LIMIT_SECONDS_MAX = 86_400;
/** A run that looked into the cache longer ago keeps its result to itself: it may have gone on from checkpoints for days. */
export const CACHE_FILL_SECONDS_MAX = 7 * 86_400;
/** How long the version of an invalidated tag is remembered: longer than any result can be given that was computed before, by weeks. */
export const CACHE_TAG_RETENTION_SECONDS = 30 * 86_400;
/**
 * Body of one request to the HTTP API. Lambda takes 6 MB for an invocation, in which the body stands as a JSON text and perhaps in base64.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (2026-11-21)
 */
export const API_BODY_BYTES_MAX = 4 * 1024 * KiB;
/** A result that the HTTP API hands out: Lambda answers 6 MB, in which it stands as a JSON text. Same page (2026-11-21) */
export const API_RESULT_BYTES_MAX = 4 * 1024 * KiB;
/** Runs that one request asks after: one BatchGetItem. */
export const API_BATCH_STATUS_MAX = 100;

/** How late a schedule's tick may be made up for: it must still meet its row if it performed after all, and rows are kept for a day. */
export const CATCH_UP_SECONDS_MAX = 82_800;
