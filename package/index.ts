/** `millrace`: what a definition, an implementation or a catalogue imports. Data and types; loads no AWS SDK. */
export { type Catalogue, defineCatalogue } from "../shared/catalogue/define-catalogue.ts";
export { defineWebhooks } from "../shared/catalogue/define-webhooks.ts";
export * from "../shared/job/index.ts";
export { type ErrorCode, MillraceError } from "../shared/kernel/errors.ts";
