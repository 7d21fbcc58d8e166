/** What the widgets function is called with: by CloudWatch for a widget on a dashboard, or by a button in one. */
import * as z from "zod/mini";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { describeIssues } from "../../shared/wire/describe-issues.ts";

export const widgetNames = ["runs", "run", "dead-letters", "schedules", "limits", "breakers"] as const;

export const actionNames = [
	"redrive",
	"discard",
	"purge",
	"pause-schedule",
	"resume-schedule",
	"run-schedule",
	"set-limit",
	"halve-limit",
	"restore-limit",
	"open-breaker",
	"close-breaker",
] as const;
export type ActionName = (typeof actionNames)[number];

const name = z.string().check(z.maxLength(256));

const eventSchema = z.object({
	describe: z.optional(z.boolean()),
	widget: z.optional(z.enum(widgetNames)),
	/** Only ever from a button: a widget that is merely shown has none. */
	action: z.optional(z.enum(actionNames)),
	queueClass: z.optional(name),
	/** Of dead letters. */
	group: z.optional(name),
	schedule: z.optional(name),
	limiter: z.optional(name),
	run: z.optional(name),
	job: z.optional(name),
	state: z.optional(name),
	widgetContext: z.optional(
		z.object({
			theme: z.optional(z.string()),
			/** What was typed into the widget. */
			forms: z.optional(z.object({ all: z.optional(z.record(z.string(), z.unknown())) })),
			/** What the dashboard's definition says. */
			params: z.optional(z.unknown()),
		}),
	),
});
type WidgetEventFields = z.infer<typeof eventSchema>;

export interface WidgetEvent extends Omit<WidgetEventFields, "widgetContext" | "widget"> {
	readonly widget: (typeof widgetNames)[number];
	readonly theme: "light" | "dark";
	/** The text of a field that was typed into; `undefined` when it is not there or empty. */
	typed(field: string): string | undefined;
}

/** @throws MillraceError `usage` */
export function readWidgetEvent(event: unknown): WidgetEvent {
	const parsed = z.safeParse(eventSchema, event);
	if (!parsed.success)
		throw usage(
			`The widget was asked for something else: ${describeIssues(parsed.error.issues, event, "event").join("; ")}`,
		);
	const { widgetContext, widget = "runs", ...fields } = parsed.data;
	const { params, forms, theme } = widgetContext ?? {};
	// Whoever may edit a dashboard could else have an operator perform it by looking.
	if (fields.action !== undefined && typeof params === "object" && params !== null && "action" in params)
		throw usage(
			"An action comes from a button; this one stands in the dashboard's own definition, and is not performed.",
		);
	return {
		...fields,
		widget,
		theme: theme === "dark" ? "dark" : "light",
		typed(field) {
			const text = forms?.all?.[field];
			return typeof text === "string" && text.trim() !== "" ? text.trim().slice(0, 256) : undefined;
		},
	};
}

const usage = (message: string): MillraceError => new MillraceError("usage", message);
