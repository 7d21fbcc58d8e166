/** Puts widgets into rows: each row as high as its highest widget, its widgets sharing the width in the given parts. Pure. */
import { DASHBOARD_COLUMNS, type Widget } from "./dashboard.ts";

type WithoutPlace<Any> = Any extends unknown ? Omit<Any, "place"> : never;
export type UnplacedWidget = WithoutPlace<Widget>;

export interface Row {
	readonly height: number;
	readonly widgets: readonly UnplacedWidget[];
}

export function placeRows(rows: readonly Row[]): readonly Widget[] {
	let y = 0;
	return rows.flatMap(({ height, widgets }) => {
		const width = Math.floor(DASHBOARD_COLUMNS / Math.max(1, widgets.length));
		const placed = widgets.map((widget, index) => ({ ...widget, place: { x: index * width, y, width, height } }));
		y += height;
		return placed;
	});
}
