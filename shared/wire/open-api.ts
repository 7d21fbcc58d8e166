/** The OpenAPI 3.1 document of the HTTP API, from the routes and the zod schemas that check them. Read by people and generators of clients. */
import * as z from "zod/mini";
import type { ErrorCode } from "../kernel/errors.ts";
import {
	backfillAnswer,
	backfillRequest,
	batchStatusAnswer,
	batchStatusRequest,
	cancelAnswer,
	enqueuedAnswer,
	enqueueRequest,
	healthAnswer,
	jobAnswer,
	problemAnswer,
	queuesAnswer,
	reasonRequest,
	resultAnswer,
	scheduleAnswer,
	scheduleRequest,
	schedulesAnswer,
	webhookAnswer,
} from "./http-api.ts";
import { type HttpRoute, type Operation, operations, routeOf } from "./http-routes.ts";
import { httpStatusOf } from "./http-status.ts";
import type { JsonSchema } from "./json-schemas.ts";

const schemas = {
	EnqueueRequest: enqueueRequest,
	Enqueued: enqueuedAnswer,
	Job: jobAnswer,
	JobResult: resultAnswer,
	BatchStatusRequest: batchStatusRequest,
	BatchStatus: batchStatusAnswer,
	Reason: reasonRequest,
	Cancelled: cancelAnswer,
	ScheduleRequest: scheduleRequest,
	Schedule: scheduleAnswer,
	Schedules: schedulesAnswer,
	BackfillRequest: backfillRequest,
	Backfilled: backfillAnswer,
	Queues: queuesAnswer,
	Health: healthAnswer,
	WebhookTaken: webhookAnswer,
	Problem: problemAnswer,
} as const;

const requests: readonly z.ZodMiniType[] = [
	enqueueRequest,
	batchStatusRequest,
	reasonRequest,
	scheduleRequest,
	backfillRequest,
];

const refs: ReadonlyMap<unknown, JsonSchema> = new Map(
	Object.entries(schemas).map(([name, schema]) => [schema, { $ref: `#/components/schemas/${name}` }]),
);
const refOf = (schema: z.ZodMiniType): JsonSchema => refs.get(schema) ?? {};

const parameterWords: Readonly<Record<string, string>> = {
	id: "The run's id.",
	name: "The schedule's name.",
	source: "Which webhook: the `source` of its definition.",
};

const tags: Readonly<Record<HttpRoute["tag"], string>> = {
	Jobs: "Runs: enqueue them, ask after them, revoke them.",
	Schedules: "What enqueues runs at its times.",
	Platform: "Queues, health and numbers.",
	Webhooks: "Deliveries of others, known by their signature.",
};

/** @param version Of the project. */
export const openApiDocument = (version: string): JsonSchema => ({
	openapi: "3.1.0",
	info: {
		title: "Millrace",
		version,
		description: "Background jobs: enqueue runs, ask after them, work with schedules, take webhooks.",
		license: { name: "Apache-2.0", identifier: "Apache-2.0" },
	},
	servers: [
		{
			url: "https://{api}.execute-api.{region}.amazonaws.com",
			description: "The stack's output MillraceApiUrl",
			variables: { api: { default: "abcdef1234" }, region: { default: "us-east-1" } },
		},
	],
	security: [{ sigv4: [] }, { token: [] }],
	tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
	paths: pathsOf(operations),
	components: {
		securitySchemes: {
			sigv4: {
				type: "apiKey",
				in: "header",
				name: "authorization",
				description: "IAM: the request is signed by AWS Signature Version 4, service execute-api. The default.",
			},
			token: {
				type: "http",
				scheme: "bearer",
				bearerFormat: "JWT",
				description: "For a platform deployed with `jwt`.",
			},
		},
		schemas: Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, toJsonSchema(schema)])),
	},
});

function pathsOf(all: readonly Operation[]): JsonSchema {
	const paths: Record<string, Record<string, JsonSchema>> = {};
	for (const operation of all) {
		const { path, method } = routeOf(operation);
		paths[path] = { ...paths[path], [method.toLowerCase()]: describe(operation) };
	}
	return paths;
}

function describe(operation: Operation): JsonSchema {
	const { path, tag, summary, body, bodyOptional } = routeOf(operation);
	const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
		...{ name, in: "path", required: true, schema: { type: "string" } },
		description: parameterWords[name],
	}));
	const isWebhook = tag === "Webhooks";
	return {
		operationId: operation,
		tags: [tag],
		summary,
		...(isWebhook ? { security: [] } : {}),
		...(parameters.length === 0 ? {} : { parameters }),
		...(body === undefined ? {} : { requestBody: bodyOf(refOf(body), bodyOptional !== true) }),
		...(isWebhook ? { requestBody: bodyOf({ description: "What the sender sends." }, true) } : {}),
		responses: responsesOf(routeOf(operation)),
	};
}

const bodyOf = (schema: JsonSchema, required: boolean): JsonSchema => ({
	required,
	content: { "application/json": { schema } },
});

function responsesOf({ status, summary, answer, errors, path }: HttpRoute): JsonSchema {
	const content =
		answer === undefined
			? {}
			: answer === "text"
				? { content: { "text/plain": { schema: { type: "string" } } } }
				: { content: { "application/json": { schema: refOf(answer) } } };
	// Who the gateway does not let in, and what is too much for it, meets every route.
	const byStatus = new Map<number, string[]>([
		[403, ["not allowed (API Gateway)"]],
		[429, ["too many requests (API Gateway)"]],
	]);
	const codes: readonly ErrorCode[] = [...errors, "internal-error", "store-failed"];
	for (const code of codes) {
		const at = httpStatusOf[code];
		byStatus.set(at, [...(byStatus.get(at) ?? []), at >= 500 ? "" : code]);
	}
	const failures = [...byStatus].sort(([one], [other]) => one - other);
	return {
		[status]: { description: summary, ...content },
		...Object.fromEntries(failures.map(([code, words]) => [code, failure(code, words)])),
		...(path.startsWith("/health")
			? {
					503: {
						description: "Unhealthy, with the reasons",
						content: { "application/json": { schema: refOf(healthAnswer) } },
					},
				}
			: {}),
	};
}

function failure(status: number, words: readonly string[]): JsonSchema {
	const own = { "application/problem+json": { schema: refOf(problemAnswer) } };
	if (status === 403 || status === 429) return { description: words.join(", ") };
	const description =
		status === 500
			? "A fault of the API"
			: status === 503
				? "What the platform stands on did not answer"
				: words.join(", ");
	return { description, content: own };
}

function toJsonSchema(schema: z.ZodMiniType): JsonSchema {
	const io = requests.includes(schema) ? "input" : "output";
	const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
	return rest;
}
