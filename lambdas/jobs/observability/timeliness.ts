/** Which executions took or take too long and which pipelines did not run, decided from what is known of them and the time. */
import type { EpochMs } from "../../../shared/job/index.ts";
import type { timelinessProblems } from "../../../shared/jobs/observability/timeliness-check-task.ts";
import type { FinishedExecution, RunningExecution } from "./store/executions.ts";
import type { Pipeline } from "./store/pipelines.ts";

export interface TimelinessProblem {
	readonly problem: (typeof timelinessProblems)[number];
	readonly pipeline_id: number;
	readonly pipeline_execution_id: number | null;
	readonly minutes: number;
	readonly threshold_minutes: number;
	readonly overdue_minutes: number;
}

export interface PipelineActivity {
	/** Those that ended inside the lookback. */
	readonly finished: readonly FinishedExecution[];
	readonly running: readonly RunningExecution[];
	/** The latest end of all time. */
	readonly lastEndedAt: EpochMs | undefined;
}

const MS_PER_MINUTE = 60_000;

/** What is wrong with one pipeline; nothing is without thresholds. */
export function findProblems(
	pipeline: Pipeline,
	activity: PipelineActivity,
	now: EpochMs,
): readonly TimelinessProblem[] {
	const found = (
		problem: TimelinessProblem["problem"],
		execution: number | null,
		durationMs: number,
		threshold_minutes: number,
	): readonly TimelinessProblem[] => {
		const minutes = durationMs / MS_PER_MINUTE;
		if (minutes <= threshold_minutes) return [];
		return [
			{
				problem,
				pipeline_id: pipeline.pipeline,
				pipeline_execution_id: execution,
				minutes,
				threshold_minutes,
				overdue_minutes: minutes - threshold_minutes,
			},
		];
	};
	const { max_duration_minutes: longest, expected_every_minutes: interval } = pipeline.timeliness;
	const problems: TimelinessProblem[] = [];
	if (longest !== undefined) {
		for (const { execution, startedAt, endedAt } of activity.finished) {
			problems.push(...found("late", execution, endedAt - startedAt, longest));
		}
		for (const { execution, startedAt } of activity.running) {
			problems.push(...found("still-running", execution, now - startedAt, longest));
		}
	}
	if (interval !== undefined) {
		problems.push(...found("missing", null, now - (activity.lastEndedAt ?? pipeline.registeredAt), interval));
	}
	return problems;
}
