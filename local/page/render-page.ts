/** The pages of the local dashboards. Pure, but for what it is given. */
import { type Html, html, none, toText } from "../../lambdas/widgets/html.ts";
import type { Dashboard, Widget } from "../../shared/dashboards/dashboard.ts";
import { drawChart, drawNumbers } from "./draw-chart.ts";
import { evaluateChart } from "./evaluate-series.ts";
import type { MetricStore } from "./metric-store.ts";
import { pageStyle } from "./page-style.ts";

export type Theme = "auto" | "light" | "dark";

export interface View {
	readonly stack: string;
	readonly dashboard: Dashboard;
	readonly theme: Theme;
	readonly minutes: number;
}

export interface Shown extends View {
	/** All there are, by stack. */
	readonly dashboards: Readonly<Record<string, readonly Dashboard[]>>;
}

export const RANGES_MINUTES = [5, 15, 60] as const;
/** Of a row of the grid. */
const ROW_PX = 42;
const COLUMN_PX = 55;
const GAP_PX = 10;
const TEXT_PX = 24;
const ALARMS_PX = 64;
/** Where the answer of a widgets function goes, which is HTML of another process. */
const answerPlace = html`<x-answer></x-answer>`;

/** The page as text, with the answers of the widgets function in their places, in order. No stranger's text can look like a place. */
export function withAnswers(page: Html, answers: readonly string[]): string {
	const pieces = toText(page).split(toText(answerPlace));
	return pieces.map((piece, index) => (index === 0 ? piece : `${answers[index - 1] ?? ""}${piece}`)).join("");
}

/** Title, legend and edges. */
const AROUND_CHART_PX = 62;

const isCustom = (widget: Widget): widget is Extract<Widget, { kind: "custom" }> => widget.kind === "custom";

export const addressOf = ({ stack, dashboard, theme, minutes }: View, path = "/"): string =>
	`${path}?${new URLSearchParams({ stack, dashboard: dashboard.name, theme, minutes: String(minutes) })}`;

export function document(title: string, theme: Theme, body: Html, frame = false): Html {
	const refresh = frame ? html`<meta http-equiv="refresh" content="10">` : none;
	return html`<!doctype html><html lang="en" class="${theme}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${refresh}<title>${title}</title>${pageStyle}</head><body class="${frame ? "frame" : "whole"}">${body}</body></html>`;
}

/** With a place for the answer of each of the dashboard's custom widgets, in their order, as the inside of a form. */
export function dashboardPage(shown: Shown, token: string): Html {
	const { dashboard } = shown;
	const custom = dashboard.widgets.filter(isCustom);
	const above = dashboard.widgets.filter((widget) => !isCustom(widget));
	const firstRow = Math.min(...custom.map(({ place }) => place.y));
	const cards = custom.map((widget) =>
		card(widget, html`<h2>${widget.title}</h2>${widgetForm(shown, token)}`, firstRow),
	);
	const height = heightOfAll(above);
	return document(
		dashboard.title,
		shown.theme,
		html`${head(shown)}<iframe title="charts" src="${addressOf(shown, "/charts")}" height="${height}"></iframe><div class="grid-of">${cards}</div>`,
	);
}

/** What renews itself. */
export function chartsFrame(shown: Shown, store: MetricStore, nowMs: number): Html {
	const cards = shown.dashboard.widgets
		.filter((widget) => !isCustom(widget))
		.map((widget) => card(widget, contentOf(widget, shown, store, nowMs), 0));
	return document(shown.dashboard.title, shown.theme, html`<div class="grid-of">${cards}</div>`, true);
}

/** One widget alone, after a button in it. */
export const widgetPage = (shown: Shown, token: string): Html =>
	document(
		shown.dashboard.title,
		shown.theme,
		html`${head(shown)}<p><a href="${addressOf(shown)}">Back to the dashboard</a></p><section>${widgetForm(shown, token)}</section>`,
	);

/** Asks before anything is done. */
export function confirmPage(
	shown: Shown,
	asked: { readonly confirmation: string; readonly press: string; readonly typed: Readonly<Record<string, string>> },
	token: string,
): Html {
	const kept = Object.entries(asked.typed).map(
		([name, value]) => html`<input type="hidden" name="${`typed ${name}`}" value="${value}">`,
	);
	return document(
		"Sure?",
		shown.theme,
		html`${head(shown)}<section><form method="post" action="${addressOf(shown, "/press")}"><input type="hidden" name="token" value="${token}"><input type="hidden" name="confirmed" value="yes">${kept}<p>${asked.confirmation}</p><p><button class="primary" type="submit" name="press" value="${asked.press.replace(/\r?\n/g, "\n")}">Yes</button> <a href="${addressOf(shown)}">No, back</a></p></form></section>`,
	);
}

const widgetForm = (shown: Shown, token: string): Html =>
	html`<form method="post" action="${addressOf(shown, "/press")}"><input type="hidden" name="token" value="${token}">${answerPlace}</form>`;

function head(shown: Shown): Html {
	const link = (view: View, label: string, current: boolean): Html =>
		current
			? html` <a href="${addressOf(view)}" aria-current="page">${label}</a>`
			: html` <a href="${addressOf(view)}">${label}</a>`;
	const all = Object.entries(shown.dashboards).flatMap(([stack, dashboards]) =>
		dashboards.map((dashboard) =>
			link({ ...shown, stack, dashboard }, dashboard.title.replace(/^Millrace: /, ""), dashboard === shown.dashboard),
		),
	);
	const ranges = RANGES_MINUTES.map((minutes) =>
		link({ ...shown, minutes }, `${minutes} min`, minutes === shown.minutes),
	);
	const themes = (["auto", "light", "dark"] as const).map((theme) =>
		link({ ...shown, theme }, theme, theme === shown.theme),
	);
	return html`<header><h1>${shown.dashboard.title}</h1><nav aria-label="dashboards">${all}</nav><nav aria-label="range">${ranges}</nav><nav aria-label="theme">${themes}</nav><span class="quiet">this machine</span></header>`;
}

function card(widget: Widget, content: Html, firstRow: number): Html {
	const { kind, place } = widget;
	const { x, y, width, height } = place;
	const heightPx = heightOf(widget);
	const style = `grid-column: ${x + 1} / span ${width}; grid-row: ${y - firstRow + 1} / span ${height}; height: ${heightPx}px`;
	return html`<section class="${kind === "text" ? "plain" : kind}" style="${style}">${content}</section>`;
}

function contentOf(widget: Widget, shown: Shown, store: MetricStore, nowMs: number): Html {
	const { width, height } = widget.place;
	switch (widget.kind) {
		case "text": {
			const [, ...lines] = widget.text.split("\n");
			const links = widget.links.flatMap(({ label, dashboard: name }) => {
				const dashboard = shown.dashboards[shown.stack]?.find((one) => one.name === name);
				return dashboard === undefined
					? []
					: [html` <a target="_top" href="${addressOf({ ...shown, dashboard })}">${label}</a>`];
			});
			return html`${lines.join(" ")}${links}`;
		}
		case "alarms":
			return html`<h2>${widget.title}</h2><p class="quiet">Alarms are evaluated by CloudWatch, not on one machine.</p>`;
		case "custom":
			return none;
		case "chart": {
			const minutes = shown.minutes;
			const stepMs = minutes <= 15 ? 10_000 : 30_000;
			const numbers = widget.view === "numbers";
			const steps = numbers ? undefined : { count: (minutes * 60_000) / stepMs, stepMs };
			const lines = evaluateChart(widget, store, steps);
			const note = numbers
				? html` <span class="quiet">since the start; DynamoDB is not measured on one machine</span>`
				: none;
			const drawn = numbers
				? drawNumbers(widget, lines)
				: drawChart(widget, lines, {
						width: width * COLUMN_PX,
						height: height * ROW_PX - AROUND_CHART_PX,
						fromMs: nowMs - minutes * 60_000,
						untilMs: nowMs,
					});
			return html`<h2>${widget.title}${note}</h2>${drawn}`;
		}
	}
}

/** What CloudWatch alone can fill takes less room here. */
function heightOf({ kind, place }: Widget): number {
	if (kind === "text") return TEXT_PX;
	return kind === "alarms" ? ALARMS_PX : place.height * ROW_PX;
}

/** Of all rows, with the gap after each. */
function heightOfAll(widgets: readonly Widget[]): number {
	const rows = new Map(widgets.map((widget) => [widget.place.y, heightOf(widget) + GAP_PX]));
	return [...rows.values()].reduce((sum, height) => sum + height, 0);
}
