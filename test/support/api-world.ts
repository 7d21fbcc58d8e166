/** The HTTP API over a platform in memory. Whatever it answers is held against the schema of its route. */
import * as z from "zod/mini";
import { createAnswerer } from "../../lambdas/api/answer-request.ts";
import { type GatewayResponse, toResponse } from "../../lambdas/api/api-answer.ts";
import { readRequest } from "../../lambdas/api/api-request.ts";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { defineWebhooks } from "../../shared/catalogue/define-webhooks.ts";
import { createClient } from "../../shared/client/client.ts";
import {
	crontab,
	defineJob,
	defineQueueClass,
	defineSchedule,
	defineWebhook,
	defineWorkerGroup,
} from "../../shared/job/index.ts";
import type { RunRecord } from "../../shared/ports/job-store.ts";
import { healthAnswer, problemAnswer } from "../../shared/wire/http-api.ts";
import { type Operation, routeKeyOf, routeOf } from "../../shared/wire/http-routes.ts";
import { createMemoryBlobStore } from "./memory-blob-store.ts";
import { createMemoryJobStore } from "./memory-job-store.ts";
import { createMemoryLimitStore } from "./memory-limit-store.ts";
import { createMemoryMappingOperator } from "./memory-mapping-operator.ts";
import { createMemoryMetricSource } from "./memory-metric-source.ts";
import { createMemoryQueue } from "./memory-queue.ts";
import { createMemoryResultCache } from "./memory-result-cache.ts";
import { createMemoryScheduleRegistry } from "./memory-schedule-registry.ts";
import { createMemoryScheduler } from "./memory-scheduler.ts";
import { createMemorySecretSource } from "./memory-secret-source.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const front = defineQueueClass({ name: "front", promise: "within a second" });
const back = defineQueueClass({ name: "back", promise: "within the hour" });

export const sendInvoice = defineJob({
	name: "send_invoice",
	description: "Sends an invoice.",
	queueClass: front,
	input: z.strictObject({ invoice_id: z.int(), note: z.optional(z.string()) }),
	output: z.unknown(),
});

export const processWebhookEvent = defineJob({
	name: "process_webhook_event",
	description: "Processes what GitHub, GitLab and Jira tell.",
	queueClass: back,
	input: z.strictObject({ source: z.string(), event: z.string(), delivery_id: z.string(), payload: z.unknown() }),
	output: z.null(),
});

export const shopCatalogue = defineCatalogue({
	workerGroups: [defineWorkerGroup({ name: "shop", queueClasses: [front, back] })],
	jobs: [processWebhookEvent, sendInvoice],
	schedules: [
		defineSchedule({
			name: "nightly",
			job: sendInvoice,
			input: { invoice_id: 1 },
			cron: crontab({ hour: 2, minute: 0 }),
		}),
	],
});

const job = processWebhookEvent;
export const shopWebhooks = defineWebhooks(shopCatalogue, [
	defineWebhook({ source: "github", job, secretParameter: "/hooks/github" }),
	defineWebhook({ source: "gitlab", job, secretParameter: "/hooks/gitlab" }),
	defineWebhook({ source: "jira", job, secretParameter: "/hooks/jira" }),
	defineWebhook({
		source: "billing",
		scheme: "standard",
		job: sendInvoice,
		secretParameter: "/hooks/billing",
		toInput: ({ payload }) => (payload as { readonly invoice?: { readonly invoice_id: number } }).invoice,
	}),
	defineWebhook({ source: "github-by-body", scheme: "github", job, secretParameter: "/hooks/github", sameBy: "body" }),
]);

export interface Ask {
	readonly parameters?: Readonly<Record<string, string>>;
	readonly headers?: Readonly<Record<string, string>>;
	readonly query?: string;
	/** Sent as JSON. */
	readonly json?: unknown;
	/** Sent as it stands. */
	readonly body?: string | Buffer;
	/** As API Gateway does for bodies of types that it takes for binary. */
	readonly base64?: boolean;
}

export function eventOf(operation: Operation, ask: Ask = {}): object {
	const { parameters, headers = {}, query = "", json, body, base64 = false } = ask;
	const sent = body ?? (json === undefined ? undefined : JSON.stringify(json));
	const type = json === undefined ? {} : { "content-type": "application/json" };
	return {
		version: "2.0",
		routeKey: routeKeyOf(operation),
		rawPath: routeOf(operation).path,
		rawQueryString: query,
		headers: { host: "api.example", ...type, ...headers },
		...(parameters === undefined ? {} : { pathParameters: parameters }),
		requestContext: { requestId: "req-1", http: { method: routeOf(operation).method } },
		...(sent === undefined ? {} : { body: base64 ? Buffer.from(sent).toString("base64") : sent.toString() }),
		isBase64Encoded: base64,
	};
}

export function apiWorld() {
	const clock = createVirtualClock();
	const queue = createMemoryQueue(clock, ["front", "back"]);
	const store = createMemoryJobStore(clock);
	const blobs = createMemoryBlobStore();
	const secrets = createMemorySecretSource();
	const metrics = createMemoryMetricSource();
	const mappings = createMemoryMappingOperator(["front", "back"], () => clock.now());
	const scheduler = createMemoryScheduler(clock, queue, { wakes: false });
	const registry = createMemoryScheduleRegistry();
	const logged: { readonly level: string; readonly message: string; readonly fields: object }[] = [];
	const logAt = (level: string) => (message: string, fields: object) => void logged.push({ level, message, fields });
	let tokens = 0;
	const client = createClient({
		catalogue: shopCatalogue,
		...{ queue, store, blobs, clock, scheduler },
		limits: createMemoryLimitStore(),
		cache: createMemoryResultCache(),
		schedules: registry,
		random: { unit: () => 0.5, token: () => `token-${++tokens}` },
	});
	const parts = {
		catalogue: shopCatalogue,
		client,
		operator: queue,
		...{ mappings, store, secrets, metrics, clock },
		webhooks: shopWebhooks,
		log: { info: logAt("info"), warn: logAt("warn"), error: logAt("error") },
	};
	const answer = createAnswerer(parts);

	async function call(operation: Operation, ask?: Ask): Promise<GatewayResponse & { readonly json: unknown }> {
		const response = toResponse(await answer(readRequest(eventOf(operation, ask))));
		return { ...response, json: checked(operation, response) };
	}
	const bodies = (queueClass: string): unknown[] =>
		queue.messages({ queueClass, queue: "main" }).map(({ body }) => JSON.parse(body));
	/** A row as a worker would have left it. */
	const put = async (record: RunRecord): Promise<void> => {
		await store.claimMany([{ record, expect: { kind: "absent" } }]);
	};
	return {
		call,
		put,
		parts,
		clock,
		queue,
		store,
		blobs,
		secrets,
		metrics,
		mappings,
		scheduler,
		registry,
		client,
		logged,
		bodies,
	};
}

function checked(operation: Operation, { statusCode, headers, body }: GatewayResponse): unknown {
	const { status, answer } = routeOf(operation);
	if (body === "") return undefined;
	if (statusCode === status && answer === "text") return undefined;
	const json: unknown = JSON.parse(body);
	if (statusCode === status && answer !== undefined) return z.parse(answer as z.ZodMiniType, json);
	if (headers["content-type"] !== "application/problem+json") return z.parse(healthAnswer, json);
	const problem = z.parse(problemAnswer, json);
	if (problem.status !== statusCode) throw new Error(`The problem says ${problem.status}, the answer ${statusCode}.`);
	return problem;
}
