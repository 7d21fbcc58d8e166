/** From an event to the HTML that CloudWatch shows. Whatever fails is told in the widget: an exception would show as a bare error there. */
import { MillraceError } from "../../shared/kernel/errors.ts";
import { closeBreaker, openBreaker, showBreakers } from "./breakers.ts";
import { discard, purge, redrive, showDeadLetters } from "./dead-letters.ts";
import { type Html, none } from "./html.ts";
import { halveLimit, restoreLimit, setLimit, showLimits } from "./limits.ts";
import { notice, page } from "./page.ts";
import { showRun, showRuns } from "./runs.ts";
import { pauseSchedule, resumeSchedule, runSchedule, showSchedules } from "./schedules.ts";
import { type ActionName, readWidgetEvent, type WidgetEvent } from "./widget-event.ts";
import type { PerformAction, ShowWidget, WidgetParts } from "./widget-parts.ts";

const widgets: Readonly<Record<WidgetEvent["widget"], ShowWidget>> = {
	runs: showRuns,
	run: showRun,
	"dead-letters": showDeadLetters,
	schedules: showSchedules,
	limits: showLimits,
	breakers: showBreakers,
};

const actions: Readonly<Record<ActionName, PerformAction>> = {
	redrive,
	discard,
	purge,
	"pause-schedule": pauseSchedule,
	"resume-schedule": resumeSchedule,
	"run-schedule": runSchedule,
	"set-limit": setLimit,
	"halve-limit": halveLimit,
	"restore-limit": restoreLimit,
	"open-breaker": openBreaker,
	"close-breaker": closeBreaker,
};

export interface WidgetAnswer {
	readonly html: Html;
	/** For the log: what an operator had done, or tried to. */
	readonly done?: { readonly action: ActionName; readonly told: string; readonly failed: boolean };
}

export async function answerWidget(parts: WidgetParts, event: unknown): Promise<WidgetAnswer> {
	let read: WidgetEvent;
	try {
		read = readWidgetEvent(event);
	} catch (error) {
		return { html: page({ theme: "light" }, notice(wordsOf(error), "bad")) };
	}
	const { action } = read;
	const outcome = action === undefined ? undefined : await attempt(() => actions[action](parts, read));
	const shown = await attempt(() => widgets[read.widget](parts, read));
	const told =
		outcome === undefined
			? none
			: notice(outcome.words ?? outcome.value ?? "", outcome.words === undefined ? "good" : "bad");
	const content = shown.value ?? notice(shown.words ?? "", "bad");
	return {
		html: page(read, told, content),
		...(action === undefined || outcome === undefined
			? {}
			: { done: { action, told: outcome.words ?? outcome.value ?? "", failed: outcome.words !== undefined } }),
	};
}

async function attempt<Value>(
	work: () => Promise<Value>,
): Promise<{ readonly value?: Value; readonly words?: string }> {
	try {
		return { value: await work() };
	} catch (error) {
		return { words: wordsOf(error) };
	}
}

const wordsOf = (error: unknown): string =>
	error instanceof MillraceError ? `${error.code}: ${error.message}` : `It failed: ${String(error)}`;
