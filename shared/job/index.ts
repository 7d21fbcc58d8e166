/** The definition API: all that a job's definition or implementation imports. */
export { type EpochMs, epochMs, parseIso, toIso } from "../kernel/time.ts";
export { nextPollSeconds, type PollPace } from "./adaptive-poll.ts";
export type { BatchPolicy } from "./batch-job.ts";
export type { BreakerPolicy } from "./breaker.ts";
export { type Budget, type BudgetUse, defineBudget } from "./budget.ts";
export { type ConcurrencyLimit, singleton } from "./concurrency.ts";
export type { EnqueueFromJobOptions, JobContext, JobLog, Progress } from "./context.ts";
export { crontab } from "./cron.ts";
export type { DebouncePolicy } from "./debounce.ts";
export { defineJob, type JobDefinition, type JobInput, type JobParsedInput, type JobResult } from "./define-job.ts";
export { type ErrorClass, JobError } from "./error-class.ts";
export type { HookedAttempt, HookedError, WorkerHooks } from "./hooks.ts";
export type {
	BatchImplementation,
	BatchItem,
	ImplementationsFor,
	JobAnswer,
	JobImplementation,
} from "./implementation.ts";
export { giveUp, type Outcome, retryAfter, skip, succeed } from "./outcome.ts";
export { defineQueueClass, type QueueClassDefinition } from "./queue-class.ts";
export { type RateLimit, type RateLimitKey, type RateLimitOptions, rateLimit, tokenBucket } from "./rate-limit.ts";
export { defineResource, type Resource, type ResourceOptions, replaceResource } from "./resource.ts";
export type { ResultCachePolicy } from "./result-cache.ts";
export { noRetry, type RetryPolicy, retryPolicy } from "./retry-policy.ts";
export { defineRoute, type Route, type RoutedRun } from "./route.ts";
export { type CatchUp, defineSchedule, type Overlap, type ScheduleDefinition, type ScheduleRule } from "./schedule.ts";
export { defineWebhook, type WebhookDefinition, type WebhookDelivery, type WebhookInput } from "./webhook.ts";
export { defineWorkerGroup, type WorkerGroupDefinition } from "./worker-group.ts";
