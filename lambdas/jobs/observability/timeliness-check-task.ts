/** Compares recent executions with the thresholds of their pipelines and keeps the open alerts. */
import { type EpochMs, epochMs, type JobImplementation } from "../../../shared/job/index.ts";
import {
	PROBLEMS_LISTED_MAX,
	type timelinessCheckTask,
} from "../../../shared/jobs/observability/timeliness-check-task.ts";
import type { MonitoringStore } from "./monitoring-store.ts";
import { findProblems, type TimelinessProblem } from "./timeliness.ts";

/**
 * When the pipeline's latest execution ended. One that is said to end in the future (a clock that is ahead, a wrong date) has been seen to begin,
 * and says nothing about the time until then.
 */
async function lastSignOf(
	{ executions }: MonitoringStore,
	pipeline: number,
	now: EpochMs,
): Promise<EpochMs | undefined> {
	const last = await executions.lastFinished(pipeline);
	if (last === undefined || last.endedAt <= now) return last?.endedAt;
	const ended = (await executions.lastFinished(pipeline, now))?.endedAt;
	const begun = last.startedAt <= now ? last.startedAt : undefined;
	return ended === undefined || begun === undefined ? (ended ?? begun) : epochMs(Math.max(ended, begun));
}

export function checkTimeliness(store: MonitoringStore): JobImplementation<typeof timelinessCheckTask> {
	return async ({ lookback_minutes }, context) => {
		const now = store.now();
		const from = epochMs(now - lookback_minutes * 60_000);
		context.progress({ status: "Checking timeliness…", current_step: "Reading the executions", progress: 10 });
		const [registered, running] = await Promise.all([store.pipelines.list(), store.executions.running()]);
		const pipelines = registered.filter(
			({ timeliness }) =>
				timeliness.max_duration_minutes !== undefined || timeliness.expected_every_minutes !== undefined,
		);
		const problems: TimelinessProblem[] = [];
		let executions = 0;
		for (const pipeline of pipelines) {
			context.signal.throwIfAborted();
			const finished = await store.executions.finishedBetween(pipeline.pipeline, from, now);
			const own = running.filter((execution) => execution.pipeline === pipeline.pipeline);
			const lastEndedAt = finished.at(-1)?.endedAt ?? (await lastSignOf(store, pipeline.pipeline, now));
			executions += finished.length + own.length;
			problems.push(...findProblems(pipeline, { finished, running: own, lastEndedAt }, now));
		}
		problems.sort((left, right) => right.overdue_minutes - left.overdue_minutes);

		context.progress({ current_step: "Updating alerts", progress: 75 });
		const alerts = new Map(
			problems.map(({ problem, pipeline_id, pipeline_execution_id, threshold_minutes }) => [
				`${pipeline_id}#${problem}#${pipeline_execution_id ?? "-"}`,
				{ problem, pipeline_id, pipeline_execution_id, threshold_minutes },
			]),
		);
		const { opened, resolved } = await store.alerts.replace("timeliness", alerts, now);
		const listed = problems.slice(0, PROBLEMS_LISTED_MAX);
		if (problems.length > 0)
			context.log.warn("Late pipelines found", { problem_count: problems.length, opened, problems: listed });
		return {
			pipelines: pipelines.length,
			executions,
			problem_count: problems.length,
			resolved_count: resolved,
			problems: listed,
		};
	};
}
