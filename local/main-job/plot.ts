/** One series as an SVG: its line, the labelled windows shaded, the detections marked. Readable on light and dark grounds. Pure. */

import type { EpochMs } from "../../shared/job/index.ts";
import type { DetectionMethod } from "../../shared/jobs/observability/anomaly.ts";
import type { Detection } from "./evaluate.ts";
import type { Point, Window } from "./series.ts";

export interface Plot {
	readonly title: string;
	readonly subtitle: string;
	readonly points: readonly Point[];
	readonly windows: readonly Window[];
	readonly detections: readonly Detection[];
}

const WIDTH = 1000;
const HEIGHT = 340;
const LEFT = 64;
const RIGHT = 16;
const TOP = 62;
const BOTTOM = 52;
const INNER_WIDTH = WIDTH - LEFT - RIGHT;
const INNER_HEIGHT = HEIGHT - TOP - BOTTOM;
/** Points further apart than this are not joined: the stretch leaves out what lies between. */
const GAP_MS = 60 * 60_000;
const Y_TICKS = 4;
const X_TICKS = 6;

interface Colours {
	readonly ground: string;
	readonly ink: string;
	readonly grid: string;
	readonly line: string;
	readonly window: string;
	readonly zScore: string;
	readonly robust: string;
}

/** Written out for each ground: most viewers of SVG files know style sheets, and few know variables in them. */
const rules = ({ ground, ink, grid, line, window, zScore, robust }: Colours): string => `
.ground { fill: ${ground}; }
text { fill: ${ink}; }
.grid { stroke: ${grid}; }
.gap { stroke: ${ink}; }
.line { stroke: ${line}; }
.window { fill: ${window}; }
.z-score { stroke: ${zScore}; }
.robust { stroke: ${robust}; }`;

const light: Colours = {
	ground: "#ffffff",
	ink: "#1c2430",
	grid: "#d5dae1",
	line: "#3b6ea8",
	window: "#fbe2b0",
	zScore: "#c2255c",
	robust: "#0b7a5c",
};
const dark: Colours = {
	ground: "#14181f",
	ink: "#e4e8ee",
	grid: "#38414d",
	line: "#7db0ea",
	window: "#4d3c17",
	zScore: "#ff7aa8",
	robust: "#4fd1a5",
};

const style = `
text { font: 12px system-ui, sans-serif; }
.title { font-size: 15px; font-weight: 600; }
.gap { stroke-dasharray: 2 4; opacity: 0.6; }
.line { fill: none; stroke-width: 1.2; }
.z-score, .robust { fill: none; stroke-width: 1.6; }${rules(light)}
@media (prefers-color-scheme: dark) {${rules(dark)}
}
`;

export function renderPlot(plot: Plot): string {
	const { points } = plot;
	const values = points.map(({ value }) => value);
	const lowest = Math.min(0, ...values);
	const highest = Math.max(...values, lowest + 1e-9);
	// By place and not by time: what the stretch leaves out takes no room.
	const x = (place: number): number => LEFT + (INNER_WIDTH * place) / Math.max(1, points.length - 1);
	const y = (value: number): number => TOP + INNER_HEIGHT * (1 - (value - lowest) / (highest - lowest));
	const places = new Map(points.map(({ at }, place) => [at, place]));

	const body = [
		`<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>`,
		text(LEFT, 22, plot.title, 'class="title"'),
		text(LEFT, 41, plot.subtitle),
		...legend(),
		...plot.windows.flatMap((window) => windowShade(window, points, x)),
		...Array.from({ length: Y_TICKS + 1 }, (_, tick) => {
			const value = lowest + ((highest - lowest) * tick) / Y_TICKS;
			const at = round(y(value));
			return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>${text(LEFT - 6, at + 4, tidyNumber(value), 'text-anchor="end"')}`;
		}),
		...Array.from({ length: X_TICKS }, (_, tick) => {
			const place = Math.round(((points.length - 1) * (tick + 0.5)) / X_TICKS);
			const point = points[place];
			return point === undefined ? "" : text(x(place), HEIGHT - 30, tidyInstant(point.at), 'text-anchor="middle"');
		}),
		...gapsOf(points).map((place) => {
			const at = round(x(place - 0.5));
			return `<line class="gap" x1="${at}" x2="${at}" y1="${TOP}" y2="${TOP + INNER_HEIGHT}"/>`;
		}),
		`<path class="line" d="${linePath(points, x, y)}"/>`,
		...plot.detections.map(({ at, method }) => {
			const place = places.get(at) ?? 0;
			return mark(method, x(place), y(points[place]?.value ?? 0));
		}),
		text(LEFT, HEIGHT - 10, "UTC. A dotted line stands where time is left out."),
	];
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(`${plot.title}: ${plot.subtitle}`)}">\n<style>${style}</style>\n${body.filter((part) => part !== "").join("\n")}\n</svg>\n`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const escaped = (content: string): string =>
	content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const text = (x: number, y: number, content: string, attributes = ""): string =>
	`<text x="${round(x)}" y="${round(y)}"${attributes === "" ? "" : ` ${attributes}`}>${escaped(content)}</text>`;

const tidyNumber = (value: number): string =>
	Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));

/** `03-14 12:40` */
const tidyInstant = (at: EpochMs): string => new Date(at).toISOString().slice(5, 16).replace("T", " ");

/** Places of the points that follow a gap. */
const gapsOf = (points: readonly Point[]): readonly number[] =>
	points.flatMap(({ at }, place) => (place > 0 && at - (points[place - 1]?.at ?? at) > GAP_MS ? [place] : []));

/** At most two points a pixel's column, its least and its greatest, in their order: 4,000 points need no more. */
function linePath(points: readonly Point[], x: (place: number) => number, y: (value: number) => number): string {
	const gaps = new Set(gapsOf(points));
	const columns = Map.groupBy(points.keys(), (place) => Math.floor(x(place)));
	const kept = [...columns.values()].flatMap((places) => {
		const byValue = [...places].sort((left, right) => (points[left]?.value ?? 0) - (points[right]?.value ?? 0));
		const ends = new Set([
			places[0],
			byValue[0],
			byValue.at(-1),
			places.at(-1),
			...places.filter((at) => gaps.has(at)),
		]);
		return places.filter((place) => ends.has(place));
	});
	return kept
		.map((place, index) => {
			const command = index === 0 || gaps.has(place) ? "M" : "L";
			return `${command}${round(x(place))} ${round(y(points[place]?.value ?? 0))}`;
		})
		.join("");
}

function windowShade({ from, to }: Window, points: readonly Point[], x: (place: number) => number): readonly string[] {
	const first = points.findIndex(({ at }) => at >= from);
	const last = points.findLastIndex(({ at }) => at <= to);
	if (first < 0 || last < first) return [];
	return [
		`<rect class="window" x="${round(x(first))}" y="${TOP}" width="${round(Math.max(2, x(last) - x(first)))}" height="${INNER_HEIGHT}"/>`,
	];
}

/** A circle for z-score and a diamond around it for robust: told apart without colour, also where both found the same. */
function mark(method: DetectionMethod, x: number, y: number): string {
	if (method === "z-score") return `<circle class="z-score" cx="${round(x)}" cy="${round(y)}" r="4"/>`;
	const side = 7;
	return `<path class="robust" d="M${round(x)} ${round(y - side)}l${side} ${side}l-${side} ${side}l-${side} -${side}z"/>`;
}

const legend = (): readonly string[] => [
	`<rect class="window" x="${WIDTH - 306}" y="13" width="22" height="12"/>${text(WIDTH - 278, 23, "labelled window")}`,
	`${mark("z-score", WIDTH - 168, 19)}${text(WIDTH - 156, 23, "z-score")}`,
	`${mark("robust", WIDTH - 92, 19)}${text(WIDTH - 78, 23, "robust")}`,
];
