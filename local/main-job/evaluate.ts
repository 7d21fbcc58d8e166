/** What was found against what was labelled. A window with at least one anomaly in it is a hit; an anomaly in no window is a false alarm. */

import type { EpochMs } from "../../shared/job/index.ts";
import type { DetectionMethod } from "../../shared/jobs/observability/anomaly.ts";
import type { Point, Window } from "./series.ts";

export interface Detection {
	readonly at: EpochMs;
	readonly method: DetectionMethod;
}

export interface MethodResult {
	readonly hits: number;
	/** Windows without any anomaly. */
	readonly missed: readonly Window[];
	/** Anomalous executions, inside windows and out. */
	readonly detections: number;
	readonly falseAlarms: number;
	/** Judged executions outside the windows. */
	readonly quiet: number;
	/** Per thousand of these; 0 when there is none. */
	readonly falseAlarmsPerThousand: number;
}

const inside =
	(at: EpochMs) =>
	({ from, to }: Window): boolean =>
		at >= from && at <= to;

/** @param unjudged how many of the first points had too little history to be judged. */
export function evaluate(
	method: DetectionMethod,
	given: {
		readonly points: readonly Point[];
		readonly windows: readonly Window[];
		readonly detections: readonly Detection[];
		readonly unjudged: number;
	},
): MethodResult {
	const found = given.detections.filter((detection) => detection.method === method);
	const missed = given.windows.filter((window) => !found.some(({ at }) => inside(at)(window)));
	const falseAlarms = found.filter(({ at }) => !given.windows.some(inside(at))).length;
	const quiet = given.points.slice(given.unjudged).filter(({ at }) => !given.windows.some(inside(at))).length;
	return {
		hits: given.windows.length - missed.length,
		missed,
		detections: found.length,
		falseAlarms,
		quiet,
		falseAlarmsPerThousand: quiet === 0 ? 0 : (1000 * falseAlarms) / quiet,
	};
}
