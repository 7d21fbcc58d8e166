/** Looks over the executions of the last minutes for those that took or take too long, and for pipelines that did not run when expected. */
import * as z from "zod/mini";
import { observability } from "../../catalogue/queues.ts";
import { defineJob, rateLimit, retryPolicy } from "../../job/index.ts";
import { count, executionId, pipelineId } from "./fields.ts";

/**
 * - `late`: finished inside the lookback, and took longer than the pipeline allows.
 * - `still-running`: has been running for longer than the pipeline allows.
 * - `missing`: nothing finished for longer than the pipeline's expected interval.
 */
export const timelinessProblems = ["late", "still-running", "missing"] as const;

/** The result lists at most this many; the alerts in the table are all of them. */
export const PROBLEMS_LISTED_MAX = 100;

export const timelinessCheckTask = defineJob({
	name: "timeliness_check_task",
	description: "Checks that pipeline executions complete within their expected times.",
	queueClass: observability,
	input: z.strictObject({
		lookback_minutes: z._default(
			z
				.int()
				.check(
					z.gte(1),
					z.lte(43_200),
					z.describe("How far back finished executions are looked at. 1 to 43200 (30 days), default 60."),
				),
			60,
		),
	}),
	output: z.strictObject({
		/** Registered pipelines with a timeliness threshold. */
		pipelines: count,
		/** Executions that finished inside the lookback or still run. */
		executions: count,
		problem_count: count,
		/** Alerts that were open before and are no more. */
		resolved_count: count,
		/** The most overdue first. */
		problems: z.array(
			z.strictObject({
				problem: z.enum(timelinessProblems),
				pipeline_id: pipelineId,
				/** `null` for `missing`. */
				pipeline_execution_id: z.nullable(executionId),
				minutes: z.number(),
				threshold_minutes: z.number(),
				overdue_minutes: z.number(),
			}),
		),
	}),
	retry: retryPolicy({ retriesMax: 3, delaySeconds: 60 }),
	rateLimit: rateLimit("1/s"),
});
