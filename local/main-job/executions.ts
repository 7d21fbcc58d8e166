/** The series as pipelines and their executions: one pipeline a series, one execution a point, with the value as its one metric. */
import type { JobInput } from "../../shared/job/index.ts";
import { epochMs, toIso } from "../../shared/job/index.ts";
import type { pipelineExecutionRecordTask } from "../../shared/jobs/observability/pipeline-execution-record-task.ts";
import { choosePoints, type Extent } from "./choose-points.ts";
import type { Point, Series } from "./series.ts";

export interface SeriesPipeline {
	readonly series: Series;
	readonly pipeline: number;
	/** Those that are recorded. */
	readonly points: readonly Point[];
	/** Id of the first one's execution; the others follow. */
	readonly firstExecution: number;
}

/** The series have one value in five minutes: the execution that measured it took them. */
const EXECUTION_MS = 300_000;

/**
 * Pipelines 1, 2, … with executions from 1, 10 001, …; for the full extent 101, 102, … from 1 000 001, …: ids of both must differ, since
 * kept data may hold both, and an execution is recorded once.
 */
export function toPipelines(all: readonly Series[], extent: Extent): readonly SeriesPipeline[] {
	return all.map((series, index) => ({
		series,
		pipeline: (extent === "full" ? 100 : 0) + index + 1,
		points: choosePoints(series, extent),
		firstExecution: (extent === "full" ? 1_000_000 : 0) + index * 10_000 + 1,
	}));
}

export interface ExecutionMessage {
	readonly key: string;
	readonly input: JobInput<typeof pipelineExecutionRecordTask>;
}

/** One message an execution, the pipelines in turn, each in the order of time. */
export function toMessages(pipelines: readonly SeriesPipeline[]): readonly ExecutionMessage[] {
	const longest = Math.max(0, ...pipelines.map(({ points }) => points.length));
	return Array.from({ length: longest }, (_, place) =>
		pipelines.flatMap(({ pipeline, points, firstExecution }): ExecutionMessage[] => {
			const point = points[place];
			if (point === undefined) return [];
			const execution = firstExecution + place;
			return [
				{
					key: executionKey(pipeline, execution),
					input: {
						pipeline_id: pipeline,
						pipeline_execution_id: execution,
						started_at: toIso(epochMs(point.at - EXECUTION_MS)),
						ended_at: toIso(point.at),
						status: "success",
						metrics: { value: point.value },
					},
				},
			];
		}),
	).flat();
}

/** Idempotency key of an execution's record, and of its check. A second start with kept data is the same runs. */
export const executionKey = (pipeline: number, execution: number): string => `${pipeline}:${execution}`;
