/** `millrace/cdk`: what a team's own CDK app imports. */
export type { WorkerBundle } from "../cdk/bundle/worker-bundle.ts";
export type { WorkerOptions } from "../cdk/check-workers.ts";
export { type AlarmOptions, type ApiOptions, JobPlatform, type JobPlatformProps } from "../cdk/job-platform.ts";
