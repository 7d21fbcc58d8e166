/** `millrace/worker`: what the entry file of a worker group imports. */
export { type SentryOptions, sentryHooks } from "../lambdas/sentry/sentry-hooks.ts";
export { createWorker, type WorkerHandler, type WorkerOptions } from "../lambdas/worker/create-worker.ts";
