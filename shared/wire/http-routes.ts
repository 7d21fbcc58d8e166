/** The routes of the HTTP API: what the infrastructure makes, the function answers and the OpenAPI document describes. */
import type * as z from "zod/mini";
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
	queuesAnswer,
	reasonRequest,
	resultAnswer,
	scheduleAnswer,
	scheduleRequest,
	schedulesAnswer,
	webhookAnswer,
} from "./http-api.ts";

export interface HttpRoute {
	readonly method: "GET" | "POST" | "PUT" | "DELETE";
	readonly path: string;
	readonly tag: "Jobs" | "Schedules" | "Platform" | "Webhooks";
	readonly summary: string;
	/** What the body of the request must be; absent for a request without one. */
	readonly body?: z.ZodMiniType;
	/** An empty body stands for `{}`. */
	readonly bodyOptional?: true;
	readonly status: number;
	/** Absent: an answer without a body. `text`: it is no JSON. */
	readonly answer?: z.ZodMiniType | "text";
	/** The errors that are a caller's business; every route may answer 500 and 503. */
	readonly errors: readonly ErrorCode[];
}

const bodyErrors = [
	"request-invalid",
	"message-not-json",
	"message-unknown-field",
	"message-invalid-field",
	"message-too-large",
] as const satisfies readonly ErrorCode[];

const enqueueErrors = [...bodyErrors, "unknown-job", "invalid-input", "already-expired"] as const;

const named = ["request-invalid", "schedule-not-found"] as const satisfies readonly ErrorCode[];

const health = {
	method: "GET",
	tag: "Platform",
	status: 200,
	answer: healthAnswer,
	errors: [],
} as const;

/** By operation. `{name}` in a path is a parameter. */
export const httpRoutes = {
	enqueueJob: {
		method: "POST",
		path: "/api/v1/jobs",
		tag: "Jobs",
		summary: "Enqueues one run of a job",
		body: enqueueRequest,
		status: 202,
		answer: enqueuedAnswer,
		errors: enqueueErrors,
	},
	getJob: {
		method: "GET",
		path: "/api/v1/jobs/{id}",
		tag: "Jobs",
		summary: "Tells how a run is",
		status: 200,
		answer: jobAnswer,
		errors: ["request-invalid", "message-invalid-field"],
	},
	getJobResult: {
		method: "GET",
		path: "/api/v1/jobs/{id}/result",
		tag: "Jobs",
		summary: "Hands out the result of a run, wherever it is stored",
		status: 200,
		answer: resultAnswer,
		errors: [
			"request-invalid",
			"message-invalid-field",
			"run-not-found",
			"run-not-finished",
			"run-failed",
			"result-missing",
			"message-too-large",
		],
	},
	getJobStatuses: {
		method: "POST",
		path: "/api/v1/jobs/batch-status",
		tag: "Jobs",
		summary: "Tells how up to 100 runs are",
		body: batchStatusRequest,
		status: 200,
		answer: batchStatusAnswer,
		errors: bodyErrors,
	},
	cancelJob: {
		method: "POST",
		path: "/api/v1/jobs/{id}/cancel",
		tag: "Jobs",
		summary: "Revokes a run",
		body: reasonRequest,
		bodyOptional: true,
		status: 200,
		answer: cancelAnswer,
		errors: bodyErrors,
	},
	listSchedules: {
		method: "GET",
		path: "/api/v1/schedules",
		tag: "Schedules",
		summary: "Lists all schedules, of the catalogue and of run time",
		status: 200,
		answer: schedulesAnswer,
		errors: ["request-invalid"],
	},
	getSchedule: {
		method: "GET",
		path: "/api/v1/schedules/{name}",
		tag: "Schedules",
		summary: "Shows a schedule",
		status: 200,
		answer: scheduleAnswer,
		errors: named,
	},
	putSchedule: {
		method: "PUT",
		path: "/api/v1/schedules/{name}",
		tag: "Schedules",
		summary: "Makes a schedule of run time, or changes it",
		body: scheduleRequest,
		status: 200,
		answer: scheduleAnswer,
		errors: [...bodyErrors, "unknown-job", "schedule-invalid"],
	},
	deleteSchedule: {
		method: "DELETE",
		path: "/api/v1/schedules/{name}",
		tag: "Schedules",
		summary: "Deletes a schedule of run time; its runs stay",
		status: 204,
		errors: [...named, "schedule-invalid"],
	},
	disableSchedule: {
		method: "POST",
		path: "/api/v1/schedules/{name}/disable",
		tag: "Schedules",
		summary: "Has the ticks of a schedule skipped",
		body: reasonRequest,
		bodyOptional: true,
		status: 200,
		answer: scheduleAnswer,
		errors: [...bodyErrors, "schedule-not-found"],
	},
	enableSchedule: {
		method: "POST",
		path: "/api/v1/schedules/{name}/enable",
		tag: "Schedules",
		summary: "Has a schedule tick again",
		status: 200,
		answer: scheduleAnswer,
		errors: [...named, "schedule-invalid"],
	},
	runSchedule: {
		method: "POST",
		path: "/api/v1/schedules/{name}/run",
		tag: "Schedules",
		summary: "Enqueues one run as the schedule would, beside its ticks",
		status: 202,
		answer: enqueuedAnswer,
		errors: [...named, "schedule-invalid"],
	},
	backfillSchedule: {
		method: "POST",
		path: "/api/v1/schedules/{name}/backfill",
		tag: "Schedules",
		summary: "Enqueues the runs of all times of a range, at most 1,000",
		body: backfillRequest,
		status: 202,
		answer: backfillAnswer,
		errors: [...bodyErrors, "schedule-not-found", "schedule-invalid"],
	},
	listQueues: {
		method: "GET",
		path: "/api/v1/queues",
		tag: "Platform",
		summary: "Lists the queue classes with their depths",
		status: 200,
		answer: queuesAnswer,
		errors: ["request-invalid"],
	},
	getHealth: {
		...health,
		path: "/health",
		summary: "Tells whether queues and table are reached and workers are fed; 503 with the reasons when not",
	},
	getHealthOfWorkers: { ...health, path: "/health/celery", summary: "The same, where Celery's services have it" },
	getMetrics: {
		method: "GET",
		path: "/metrics",
		tag: "Platform",
		summary: "Numbers of jobs and queues for Prometheus",
		status: 200,
		answer: "text",
		errors: [],
	},
	takeWebhook: {
		method: "POST",
		path: "/webhooks/{source}",
		tag: "Webhooks",
		summary: "Takes a signed delivery of a webhook and enqueues its run",
		status: 202,
		answer: webhookAnswer,
		errors: [
			"webhook-not-found",
			"webhook-refused",
			"message-not-json",
			"message-too-large",
			"invalid-input",
			"message-too-deep",
		],
	},
} as const satisfies Readonly<Record<string, HttpRoute>>;

export type Operation = keyof typeof httpRoutes;

/** As a type that is the same for all of them. */
export const routeOf = (operation: Operation): HttpRoute => httpRoutes[operation];

export const operations = Object.keys(httpRoutes) as readonly Operation[];

/** As API Gateway names it. */
export const routeKeyOf = (operation: Operation): string => {
	const { method, path } = httpRoutes[operation];
	return `${method} ${path}`;
};

/** Which a load balancer or a Prometheus may be let at without authorisation. */
export type OpenOperation = "getHealth" | "getHealthOfWorkers" | "getMetrics";
