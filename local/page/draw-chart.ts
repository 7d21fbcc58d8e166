/** A chart as inline SVG, in the colours of the page. Pure. */
import { type Html, html, none } from "../../lambdas/widgets/html.ts";
import type { ChartWidget } from "../../shared/dashboards/dashboard.ts";
import type { DrawnLine } from "./evaluate-series.ts";

export interface ChartSize {
	readonly width: number;
	readonly height: number;
}

const margin = { left: 46, right: 8, top: 8, bottom: 18 };
/** Lines that a legend has room for; the others are drawn in the last colour. */
const COLOURS = 8;

export function drawChart(
	chart: ChartWidget,
	lines: readonly DrawnLine[],
	{ width, height, fromMs, untilMs }: ChartSize & { readonly fromMs: number; readonly untilMs: number },
): Html {
	const drawable = lines
		.map((line, colour) => ({ ...line, colour }))
		.filter(({ values }) => values.some((value) => value !== undefined));
	const stacks =
		chart.view === "stacked" ? stack(drawable) : drawable.map(({ values }) => ({ base: undefined, values }));
	const measured = stacks.flatMap(({ values }) => values.filter((value) => value !== undefined));
	const levels = together(chart.levels ?? []).filter(({ value }) => value <= Math.max(...measured, 1) * 20);
	const top = niceTop(chart.unit === "percent" ? 100 : Math.max(...measured, ...levels.map(({ value }) => value), 0));
	const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
	const count = Math.max(2, lines[0]?.values.length ?? 2);
	const x = (index: number): number => round(margin.left + (inner.width * index) / (count - 1));
	const y = (value: number): number => round(margin.top + inner.height * (1 - value / top));
	const ticks = [0, 0.5, 1].map(
		(share) =>
			html`<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${y(top * share)}" y2="${y(top * share)}"></line><text x="${margin.left - 6}" y="${y(top * share) + 4}" text-anchor="end">${short(top * share, chart.unit)}</text>`,
	);
	const drawn = stacks.map(({ base, values }, index) => {
		const colour = (drawable[index]?.colour ?? 0) % COLOURS;
		const area =
			base === undefined ? none : html`<path class="area c${colour}" d="${areaOf(values, base, x, y)}"></path>`;
		return html`<path class="line c${colour}" d="${pathOf(values, x, y)}"></path>${area}`;
	});
	const across = levels.map(
		({ label, value }) =>
			html`<line class="level" x1="${margin.left}" x2="${width - margin.right}" y1="${y(value)}" y2="${y(value)}"></line><text x="${margin.left + 4}" y="${y(value) + 12}">${label}: ${value}</text>`,
	);
	const empty =
		measured.length === 0
			? html`<text x="${width / 2}" y="${height / 2}" text-anchor="middle">nothing measured yet</text>`
			: none;
	const times = html`<text x="${margin.left}" y="${height - 4}">${clockOf(fromMs)}</text><text x="${width - margin.right}" y="${height - 4}" text-anchor="end">${clockOf(untilMs)}</text>`;
	return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${chart.title}">${ticks}${across}${drawn}${empty}${times}</svg>${legend(chart, lines)}`;
}

function legend({ unit }: ChartWidget, lines: readonly DrawnLine[]): Html {
	const items = lines.map(({ label, values }, index) => {
		const last = values.findLast((value) => value !== undefined);
		return html`<li><i class="c${index % COLOURS}"></i>${label}${last === undefined ? none : html` <b>${short(last, unit)}</b>`}</li>`;
	});
	return html`<ul class="legend">${items}</ul>`;
}

/** One figure for each series. */
export const drawNumbers = ({ unit }: ChartWidget, lines: readonly DrawnLine[]): Html =>
	html`<div class="numbers">${lines.map(
		({ label, values }) => html`<p><b>${values[0] === undefined ? "–" : short(values[0], unit)}</b>${label}</p>`,
	)}</div>`;

/** Levels of one value share a line. */
const together = (levels: NonNullable<ChartWidget["levels"]>): NonNullable<ChartWidget["levels"]> =>
	[...Map.groupBy(levels, ({ value }) => value)].map(([value, same]) => ({
		label: same.map(({ label }) => label).join(", "),
		value,
	}));

type Values = readonly (number | undefined)[];

/** One above the other; a gap where none was measured. */
function stack(lines: readonly DrawnLine[]): readonly { readonly base: Values; readonly values: Values }[] {
	let base: Values = (lines[0]?.values ?? []).map((_, index) =>
		lines.some(({ values }) => values[index] !== undefined) ? 0 : undefined,
	);
	return lines.map(({ values }) => {
		const below = base;
		base = below.map((value, index) => (value === undefined ? undefined : value + (values[index] ?? 0)));
		return { base: below, values: base };
	});
}

/** A gap where nothing was measured; a point alone is a short stroke. */
function pathOf(values: Values, x: (index: number) => number, y: (value: number) => number): string {
	return values
		.map((value, index) => {
			if (value === undefined) return "";
			const start = values[index - 1] === undefined;
			const alone = start && values[index + 1] === undefined;
			return `${start ? "M" : "L"}${x(index)} ${y(value)}${alone ? "m-2 0h4" : ""}`;
		})
		.join("");
}

/** Between the line and the one below it, a piece for each stretch without a gap. */
function areaOf(values: Values, base: Values, x: (index: number) => number, y: (value: number) => number): string {
	const pieces: number[][] = [];
	for (const [index, value] of values.entries()) {
		if (value === undefined) continue;
		const latest = pieces.at(-1);
		if (latest === undefined || latest.at(-1) !== index - 1) pieces.push([index]);
		else latest.push(index);
	}
	const points = (indexes: readonly number[], of: Values): string[] =>
		indexes.map((index) => `${x(index)} ${y(of[index] ?? 0)}`);
	return pieces
		.map((indexes) => `M${[...points(indexes, values), ...points(indexes, base).toReversed()].join("L")}Z`)
		.join("");
}

function niceTop(largest: number): number {
	if (!(largest > 0)) return 1;
	const step = 10 ** Math.floor(Math.log10(largest));
	return [1, 1.2, 1.5, 2, 3, 4, 5, 6, 8, 10].map((factor) => factor * step).find((top) => top >= largest) ?? 10 * step;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const clockOf = (ms: number): string => new Date(ms).toISOString().slice(11, 16);

function short(value: number, unit: ChartWidget["unit"]): string {
	const number = Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
	switch (unit) {
		case "percent":
			return `${number} %`;
		case "milliseconds":
			return value >= 1000 ? `${Number((value / 1000).toPrecision(3))} s` : `${number} ms`;
		case "seconds":
			return `${number} s`;
		case "dollars":
			return `$${value === 0 ? "0" : value.toFixed(value < 0.01 ? 6 : 2)}`;
		default:
			return number >= 10_000 ? `${Number((number / 1000).toPrecision(3))} k` : String(number);
	}
}
