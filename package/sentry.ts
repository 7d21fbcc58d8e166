/** `millrace/sentry`: hooks for a worker's entry file that tell Sentry of runs that failed. */

export type { SentryEvent } from "../lambdas/sentry/sentry-event.ts";
export { type SentryOptions, sentryHooks } from "../lambdas/sentry/sentry-hooks.ts";
