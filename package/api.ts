/** `millrace/api`: what the entry file of a platform's HTTP API imports. */
export { type ApiHandler, type ApiOptions, createApi } from "../lambdas/api/create-api.ts";
