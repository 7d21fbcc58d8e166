/** What all widgets are made of: look, tables, buttons. Pure. */
import { type Html, html } from "./html.ts";
import type { ActionName, WidgetEvent, widgetNames } from "./widget-event.ts";

const look = html`<style>
.millrace { font: 13px/1.45 "Amazon Ember", "Helvetica Neue", Arial, sans-serif; }
.millrace.light { color: #16191f; --line: #d5dbdb; --soft: #545b64; --good: #1d8102; --bad: #b3261e; --busy: #0063a8; --bar: #e4e8ea; }
.millrace.dark { color: #e4e6e9; --line: #4a5260; --soft: #aab2bd; --good: #7bc96f; --bad: #ff9a8b; --busy: #7ab8f5; --bar: #3a4250; }
.millrace table { border-collapse: collapse; width: 100%; }
.millrace th { text-align: left; color: var(--soft); font-weight: 600; }
.millrace th, .millrace td { padding: 4px 8px; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: break-word; background: transparent; color: inherit; }
.millrace .acts { white-space: nowrap; } .millrace .long { overflow-wrap: anywhere; }
.millrace h3 { font-size: 14px; margin: 10px 0 4px; }
.millrace pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; max-height: 220px; overflow: auto; color: inherit; background: transparent; }
.millrace .soft { color: var(--soft); } .millrace .good { color: var(--good); } .millrace .bad { color: var(--bad); } .millrace .busy { color: var(--busy); }
.millrace .notice { border-left: 4px solid var(--busy); padding: 4px 10px; margin: 0 0 8px; } .millrace .notice.bad { border-color: var(--bad); }
.millrace progress { width: 140px; accent-color: var(--busy); }
</style>`;

export const page = ({ theme }: Pick<WidgetEvent, "theme">, ...content: readonly Html[]): Html =>
	html`${look}<div class="millrace ${theme}">${content}</div>`;

export const notice = (text: string, tone: "good" | "bad" = "good"): Html =>
	html`<div class="notice ${tone}" role="status">${text}</div>`;

export function table(headings: readonly string[], rows: readonly (readonly (Html | string | number)[])[]): Html {
	const cell = (value: Html | string | number): Html => html`<td>${value}</td>`;
	return html`<table><thead><tr>${headings.map((heading) => html`<th>${heading}</th>`)}</tr></thead><tbody>${rows.map(
		(cells) => html`<tr>${cells.map(cell)}</tr>`,
	)}</tbody></table>`;
}

/** Makes the button that calls the widgets function again with this event. */
export type Button = (
	label: string,
	event: {
		readonly widget: (typeof widgetNames)[number];
		readonly action?: ActionName;
		readonly [field: string]: string | undefined;
	},
	/** What the operator is asked first. Needed by whatever can't be taken back. */
	confirmation?: string,
) => Html;

/**
 * CloudWatch's own element for it, whose content is the event; it belongs to the element before it. The answer takes the widget's place.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_interactivity.html (2026-11-21)
 */
export const buttonTo =
	(endpoint: string): Button =>
	(label, event, confirmation) => {
		const style = event.action === undefined ? "btn" : "btn btn-primary";
		const body = JSON.stringify(event);
		return confirmation === undefined
			? html`<a class="${style}">${label}</a><cwdb-action action="call" display="widget" endpoint="${endpoint}">${body}</cwdb-action>`
			: html`<a class="${style}">${label}</a><cwdb-action action="call" display="widget" endpoint="${endpoint}" confirmation="${confirmation}">${body}</cwdb-action>`;
	};

/** `2026-11-21 09:30:00`, UTC. */
export const instant = (iso: string | undefined): string => iso?.slice(0, 19).replace("T", " ") ?? "";

export function duration(ms: number): string {
	if (ms < 1000) return `${Math.round(ms)} ms`;
	const seconds = ms / 1000;
	if (seconds < 60) return `${seconds.toFixed(1)} s`;
	return seconds < 3600
		? `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
		: `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

export function stateMark(state: string): Html {
	const tone: Readonly<Record<string, string>> = {
		SUCCESS: "good",
		FAILURE: "bad",
		STARTED: "busy",
		PROGRESS: "busy",
		RETRY: "busy",
	};
	return html`<b class="${tone[state] ?? "soft"}">${state}</b>`;
}
