/** `millrace/client`: what a producer imports, to enqueue runs with types, see how they are and read their results. */
export { connectPlatform } from "../shared/aws/connect.ts";
export { type AwsAccess, openPlatform } from "../shared/aws/open-platform.ts";
export * from "../shared/client/client.ts";
export { createOperator, type Operator } from "../shared/client/operator.ts";
export { MillraceError } from "../shared/kernel/errors.ts";
export type { Platform } from "../shared/ports/platform.ts";
export type { PlatformAddress } from "../shared/wire/platform-address.ts";
export type { RunView } from "../shared/wire/run-view.ts";
