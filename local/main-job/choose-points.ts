/** Which points of a series are recorded: all of them, or a stretch around each labelled window with some history before it. */
import type { Point, Series } from "./series.ts";

/** 18 hours before each window: 12 are a full history, the rest is judged against it. And 2 hours after it. */
const POINTS_BEFORE = 216;
const POINTS_AFTER = 24;

export type Extent = "stretch" | "full";

export function choosePoints(series: Series, extent: Extent): readonly Point[] {
	if (extent === "full") return series.points;
	const { points } = series;
	const stretches = series.windows.map(({ from, to }) => ({
		first: points.findIndex(({ at }) => at >= from) - POINTS_BEFORE,
		last: points.findLastIndex(({ at }) => at <= to) + POINTS_AFTER,
	}));
	return points.filter((_, index) => stretches.some(({ first, last }) => index >= first && index <= last));
}
