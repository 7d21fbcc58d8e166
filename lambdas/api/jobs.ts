/** Routes of runs, which the API calls jobs, as Celery's services do. */

import type { z } from "zod/mini";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { runId } from "../../shared/kernel/ids.ts";
import { API_RESULT_BYTES_MAX } from "../../shared/kernel/limits.ts";
import type { jobAnswer } from "../../shared/wire/http-api.ts";
import { isTerminal } from "../../shared/wire/run-states.ts";
import type { RunView } from "../../shared/wire/run-view.ts";
import type { Answer, ApiParts } from "./api-parts.ts";
import { readBody } from "./read-body.ts";

type JobAnswer = z.infer<typeof jobAnswer>;
type JobOperation = "enqueueJob" | "getJob" | "getJobResult" | "getJobStatuses" | "cancelJob";

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

export function jobRoutes({ client, log }: ApiParts): Readonly<Record<JobOperation, Answer>> {
	return {
		async enqueueJob(request) {
			const { job, input = {}, delay, trace, ...options } = readBody("enqueueJob", request);
			const parent = request.headers["traceparent"];
			const { id } = await client.enqueue(job, input, {
				...options,
				...(delay === undefined ? {} : { delaySeconds: delay }),
				trace: trace ?? (parent !== undefined && TRACEPARENT.test(parent) ? parent : undefined),
			});
			return { status: 202, body: { job_id: id }, headers: { location: `/api/v1/jobs/${encodeURIComponent(id)}` } };
		},
		async getJob({ parameters }) {
			return { status: 200, body: toJobAnswer(await client.status(parameters["id"] ?? "")) };
		},
		async getJobResult({ parameters }) {
			const id = parameters["id"] ?? "";
			const view = await client.status(id);
			if (view.state === "SUCCESS" && (view.result_ref?.bytes ?? 0) > API_RESULT_BYTES_MAX) {
				throw new MillraceError(
					"message-too-large",
					`The result of run ${view.id} has ${view.result_ref?.bytes} bytes; the API hands out ${API_RESULT_BYTES_MAX}. Read it with the client, or from the bucket under ${view.result_ref?.key}.`,
				);
			}
			return { status: 200, body: { job_id: id, result: await client.result(id) } };
		},
		async getJobStatuses(request) {
			const asked = readBody("getJobStatuses", request);
			const views = await client.statusMany(Array.isArray(asked) ? asked : asked.job_ids);
			const jobs = views.map(({ id, state }) => [id, { status: state, ready: isTerminal(state) }]);
			return { status: 200, body: { jobs: Object.fromEntries(jobs) } };
		},
		async cancelJob(request) {
			const { reason } = readBody("cancelJob", request);
			const id = runId(request.parameters["id"] ?? "");
			const revocation = await client.revoke(id, reason);
			log.info("A run was revoked", { runId: id, outcome: revocation.outcome, caller: request.caller });
			const status = revocation.outcome === "ended" ? { status: revocation.state } : {};
			return { status: 200, body: { job_id: id, outcome: revocation.outcome, ...status } };
		},
	};
}

/** A traceback is for who may read logs: it never leaves by the API. */
export function toJobAnswer(view: RunView): JobAnswer {
	const about = {
		job_id: view.id,
		status: view.state,
		ready: isTerminal(view.state),
		...("job" in view ? { job: view.job } : {}),
	};
	switch (view.state) {
		case "PENDING":
		case "STARTED":
			return about;
		case "PROGRESS":
			return { ...about, progress: view.meta };
		case "RETRY":
		case "FAILURE":
			return { ...about, error: `${view.meta.exc_type}: ${view.meta.exc_message}` };
		case "REVOKED":
		case "SKIPPED":
			return { ...about, error: view.meta.reason };
		case "SUCCESS":
			return {
				...about,
				...(view.result_ref === undefined ? { result: view.result } : { result_ref: view.result_ref }),
			};
	}
}
