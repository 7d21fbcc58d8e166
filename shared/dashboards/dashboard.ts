/**
 * A dashboard as plain data: what it shows and where, apart from who draws it. `cdk/constructs/dashboards/` turns it into CloudWatch's own
 * JSON; the local runtime finds it in the template and draws it from what it measured itself.
 */

export type Statistic = "Sum" | "Average" | "Maximum" | "p50" | "p95" | "p99";

/** Numbers that somebody publishes, found by what they are about; never by a name that only AWS knows. */
export type Measure =
	/** The platform's own, of one worker group or of the sweeper; apart by one more dimension, or all of them together. */
	| {
			readonly of: "platform";
			readonly metric: string;
			readonly statistic: Statistic;
			readonly services: readonly string[];
			/** The dimension beside the service. Absent: it has none. */
			readonly by?: "job" | "queueClass" | "errorClass";
	  }
	| {
			readonly of: "queue";
			readonly queueClass: string;
			readonly queue: "main" | "dead-letter";
			readonly metric: QueueMetric;
			readonly statistic: Statistic;
	  }
	/** Of a worker group's function. */
	| {
			readonly of: "function";
			readonly group: string;
			readonly metric: FunctionMetric;
			readonly statistic: Statistic;
	  }
	/** Units that the platform's table was billed for, its index included. */
	| { readonly of: "table"; readonly metric: "ConsumedReadCapacityUnits" | "ConsumedWriteCapacityUnits" }
	/** How often EventBridge fired a schedule of the platform's group. */
	| { readonly of: "schedules"; readonly metric: "InvocationAttemptCount" };

export type QueueMetric =
	| "ApproximateAgeOfOldestMessage"
	| "ApproximateNumberOfMessagesDelayed"
	| "ApproximateNumberOfMessagesNotVisible"
	| "ApproximateNumberOfMessagesVisible"
	| "NumberOfEmptyReceives"
	| "NumberOfMessagesDeleted"
	| "NumberOfMessagesReceived"
	| "NumberOfMessagesSent";
export type FunctionMetric = "ConcurrentExecutions" | "Duration" | "Errors" | "Invocations" | "Throttles";

/** Arithmetic on measures, point by point. A measure without a point at that time counts as 0; dividing by 0 gives no point. */
export type Expression =
	| { readonly measure: Measure; readonly join?: "sum" | "max" }
	| { readonly sum: readonly Expression[] }
	| { readonly scaled: Expression; readonly by: number }
	| { readonly percent: Expression; readonly outOf: Expression };

/** What is drawn: one line, or one for each value of the measure's dimension, called by it. */
export type Series =
	| { readonly label: string; readonly value: Expression }
	| { readonly each: Measure & { readonly of: "platform" }; readonly label?: string };

export interface Place {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

export interface ChartWidget {
	readonly kind: "chart";
	readonly title: string;
	/** `numbers`: one figure for each series over the whole time; else over time. */
	readonly view: "lines" | "stacked" | "numbers";
	readonly series: readonly Series[];
	readonly unit?: "count" | "percent" | "milliseconds" | "seconds" | "dollars";
	/** Levels to compare with, drawn across. */
	readonly levels?: readonly { readonly label: string; readonly value: number }[];
	/** The hours that the figures are about. Default: those that the dashboard shows. */
	readonly hours?: number;
}

export type WidgetName = "runs" | "run" | "dead-letters" | "schedules" | "limits" | "breakers";

export type Widget = { readonly place: Place } & (
	| ChartWidget
	| { readonly kind: "text"; readonly text: string; readonly links: readonly { label: string; dashboard: string }[] }
	/** All alarms of the platform, or those about one worker group. */
	| { readonly kind: "alarms"; readonly title: string; readonly group?: string }
	/** What the widgets function answers. */
	| {
			readonly kind: "custom";
			readonly title: string;
			readonly widget: WidgetName;
			readonly parameters: Readonly<Record<string, string>>;
	  }
);

export interface Dashboard {
	/** `overview`, or `group-` and the worker group. */
	readonly name: string;
	readonly title: string;
	readonly widgets: readonly Widget[];
}

/** The grid is so many columns wide, in CloudWatch and everywhere else. */
export const DASHBOARD_COLUMNS = 24;

/** Key of a dashboard's Metadata in the template, where the local runtime finds it as it is described here. */
export const DASHBOARD_METADATA = "millrace:dashboard";

/** Key of the widgets function's Metadata, by which the local runtime finds the function that nothing but a person calls. */
export const WIDGETS_METADATA = "millrace:widgets";
