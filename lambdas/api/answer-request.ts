/** From a request to its answer, whatever happens: the one place where an error becomes a status. */
import type { Operation } from "../../shared/wire/http-routes.ts";
import { routeOf } from "../../shared/wire/http-routes.ts";
import type { ApiAnswer } from "./api-answer.ts";
import type { Answer, ApiParts } from "./api-parts.ts";
import type { ApiRequest } from "./api-request.ts";
import { jobRoutes } from "./jobs.ts";
import { metricsRoute } from "./metrics.ts";
import { platformRoutes } from "./platform-state.ts";
import { problemOf } from "./problem.ts";
import { refuseBody, refuseQuery } from "./read-body.ts";
import { scheduleRoutes } from "./schedules.ts";
import { webhookRoute } from "./webhooks/take-webhook.ts";

/** Never rejects. */
export function createAnswerer(parts: ApiParts): Answer {
	const answers: Readonly<Record<Operation, Answer>> = {
		...jobRoutes(parts),
		...scheduleRoutes(parts),
		...platformRoutes(parts),
		...metricsRoute(parts),
		...webhookRoute(parts),
	};
	return async (request) => {
		try {
			checkShape(request);
			return await answers[request.operation](request);
		} catch (error) {
			return tell(parts, request, error);
		}
	};
}

function checkShape(request: ApiRequest): void {
	const { tag, method } = routeOf(request.operation);
	// Whoever asks after health may add what keeps it out of caches, and a sender of webhooks what it likes.
	if (tag !== "Webhooks" && request.operation !== "getHealth" && request.operation !== "getMetrics")
		refuseQuery(request);
	if (method === "GET" || method === "DELETE") refuseBody(request);
}

function tell({ log }: ApiParts, { operation, requestId, caller }: ApiRequest, error: unknown): ApiAnswer {
	const answer = problemOf(error, requestId);
	if (answer.status >= 500) log.error("A request failed", { operation, requestId, caller, error });
	return answer;
}
