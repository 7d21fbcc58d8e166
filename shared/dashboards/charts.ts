/** The charts that both kinds of dashboard are made of. Pure. */
import type { QueueClassDefinition } from "../job/queue-class.ts";
import type { WorkerGroupDefinition } from "../job/worker-group.ts";
import { type PriceName, prices } from "../kernel/prices.ts";
import type { ChartWidget, Expression, FunctionMetric, Measure, QueueMetric, Series, Statistic } from "./dashboard.ts";

/** With how many invocations there can be at the same time, as it is deployed. */
export type DescribedGroup = WorkerGroupDefinition & { readonly invocationsMax: number };
type Groups = readonly DescribedGroup[];

const namesOf = (groups: Groups): readonly string[] => groups.map(({ name }) => name);
const classesOf = (groups: Groups): readonly QueueClassDefinition[] =>
	groups.flatMap(({ queueClasses }) => [...queueClasses]);

export const SWEEPER = "sweeper";

function ofJobs(groups: Groups, metric: string, statistic: Statistic = "Sum"): Measure & { readonly of: "platform" } {
	return { of: "platform", metric, statistic, services: namesOf(groups), by: "job" };
}
const counted = (groups: Groups, metric: string): Expression => ({ measure: ofJobs(groups, metric) });
const line = (label: string, value: Expression): Series => ({ label, value });

export const throughput = (groups: Groups): ChartWidget => ({
	kind: "chart",
	title: "Runs by how they ended",
	view: "stacked",
	series: [
		line("succeeded", counted(groups, "RunsSucceeded")),
		line("failed", counted(groups, "RunsFailed")),
		line("skipped", counted(groups, "RunsSkipped")),
		line("revoked", counted(groups, "RunsRevoked")),
	],
});

export function successPercent(groups: Groups): ChartWidget {
	const [succeeded, failed] = [counted(groups, "RunsSucceeded"), counted(groups, "RunsFailed")];
	const share: Expression = { percent: succeeded, outOf: { sum: [succeeded, failed] } };
	return {
		...{ kind: "chart", title: "Success", view: "lines", unit: "percent" },
		series: [line("succeeded of what succeeded or failed", share)],
	};
}

/** Percentiles of several jobs can't be put together to one: the overview shows the slowest job's. */
export function durations(groups: Groups): ChartWidget {
	const slowest = (statistic: "p50" | "p95" | "p99"): Series =>
		line(statistic, { measure: ofJobs(groups, "RunDuration", statistic), join: "max" });
	return {
		...{ kind: "chart", title: "Duration of the slowest job's runs", view: "lines", unit: "milliseconds" },
		series: [slowest("p50"), slowest("p95"), slowest("p99")],
	};
}

export const durationByJob = (groups: Groups, statistic: "p50" | "p95" | "p99"): ChartWidget => ({
	...{ kind: "chart", title: `Duration, ${statistic}, by job`, view: "lines", unit: "milliseconds" },
	series: [{ each: ofJobs(groups, "RunDuration", statistic) }],
});

export const byJob = (groups: Groups, metric: string, title: string): ChartWidget => ({
	...{ kind: "chart", title, view: "stacked" },
	series: [{ each: ofJobs(groups, metric) }],
});

export const failuresByClass = (groups: Groups): ChartWidget => ({
	...{ kind: "chart", title: "Failed attempts by class of error", view: "stacked" },
	series: [
		{
			each: {
				...{ of: "platform", metric: "AttemptsFailed", statistic: "Sum" },
				...{ services: namesOf(groups), by: "errorClass" },
			},
		},
	],
});

export const retries = (groups: Groups): ChartWidget => ({
	...{ kind: "chart", title: "Retries, deferrals, lost workers", view: "lines" },
	series: [
		line("retries", counted(groups, "AttemptsRetried")),
		line("deferrals", counted(groups, "RunsDeferred")),
		line("lost workers", counted(groups, "WorkersLost")),
		line("refused messages", counted(groups, "MessagesRefused")),
	],
});

function queueChart(
	groups: Groups,
	title: string,
	of: { readonly queue?: "main" | "dead-letter"; readonly metrics: readonly QueueMetric[] },
): ChartWidget {
	const { queue = "main", metrics } = of;
	return {
		...{ kind: "chart", title, view: "lines" },
		series: classesOf(groups).map(({ name }) =>
			line(name, {
				sum: metrics.map((metric) => ({
					measure: { of: "queue", queueClass: name, queue, metric, statistic: "Maximum" },
				})),
			}),
		),
	};
}

export const depth = (groups: Groups): ChartWidget =>
	queueChart(groups, "Messages that wait", { metrics: ["ApproximateNumberOfMessagesVisible"] });
export const inFlight = (groups: Groups): ChartWidget =>
	queueChart(groups, "Messages in flight", { metrics: ["ApproximateNumberOfMessagesNotVisible"] });
export const deadLetters = (groups: Groups): ChartWidget =>
	queueChart(groups, "Dead letters", { queue: "dead-letter", metrics: ["ApproximateNumberOfMessagesVisible"] });
export const oldestAge = (groups: Groups): ChartWidget => ({
	...queueChart(groups, "Age of the oldest message", { metrics: ["ApproximateAgeOfOldestMessage"] }),
	unit: "seconds",
});

const ofFunction = (group: string, metric: FunctionMetric, statistic: Statistic = "Sum"): Expression => ({
	measure: { of: "function", group, metric, statistic },
});

/** Of a group with an exact cap, as its slots say it: of all its workers together. Of another one, in the worker that had the most. */
export const active = (groups: Groups): ChartWidget => ({
	...{ kind: "chart", title: "Runs that perform at the same time, and the exact caps", view: "lines" },
	series: groups.map(({ name, concurrencyMax }) =>
		line(concurrencyMax === undefined ? `${name}, in one worker` : name, {
			measure: { of: "platform", metric: "GroupRunsActive", statistic: "Maximum", services: [name] },
			join: "max",
		}),
	),
	levels: groups.flatMap(({ name, concurrencyMax }) =>
		concurrencyMax === undefined ? [] : [{ label: `${name} exactly at most`, value: concurrencyMax }],
	),
});

export const concurrency = (groups: Groups): ChartWidget => ({
	...{ kind: "chart", title: "Invocations at the same time, and the most there can be", view: "lines" },
	series: namesOf(groups).map((name) => line(name, ofFunction(name, "ConcurrentExecutions", "Maximum"))),
	levels: groups.map(({ name, invocationsMax }) => ({ label: `${name} at most`, value: invocationsMax })),
});

export const invocations = (groups: Groups): ChartWidget => ({
	...{ kind: "chart", title: "Invocations that failed or were throttled", view: "lines" },
	series: namesOf(groups).flatMap((name) => [
		line(`${name}: errors`, ofFunction(name, "Errors")),
		line(`${name}: throttles`, ofFunction(name, "Throttles")),
	]),
});

export function ticks(groups: Groups): ChartWidget {
	const swept = (metric: string): Expression => ({
		measure: { of: "platform", metric, statistic: "Sum", services: [SWEEPER] },
	});
	return {
		...{ kind: "chart", title: "Schedules: fired, skipped, missed, made up for", view: "lines" },
		series: [
			line("fired, long waits included", { measure: { of: "schedules", metric: "InvocationAttemptCount" } }),
			line("skipped", counted(groups, "TicksSkipped")),
			line("missed", swept("TicksMissed")),
			line("made up for", swept("TicksMadeUpFor")),
		],
	};
}

export const breakers = (groups: Groups): ChartWidget => ({
	...{ kind: "chart", title: "Circuit breakers that opened", view: "stacked" },
	series: [
		{
			each: {
				...{ of: "platform", metric: "BreakersOpened", statistic: "Sum" },
				...{ services: namesOf(groups), by: "queueClass" },
			},
		},
	],
});

const priced = (price: PriceName, value: Expression): Expression => ({
	scaled: value,
	by: prices[price].dollars / prices[price].per,
});

/**
 * What the work of a day costs by the list prices, without what costs the same whether anything runs or not (alarms, dashboards, metrics) and
 * without logs. A message counts as a request each time it is sent, received and deleted, which is too much where requests take ten.
 */
export function costToday(groups: Groups): ChartWidget {
	const requests = ["NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted"] as const;
	const perQueue = classesOf(groups).flatMap(({ name }) =>
		[...requests, "NumberOfEmptyReceives" as const].map((metric) => ({
			measure: { of: "queue", queueClass: name, queue: "main", metric, statistic: "Sum" } as const,
		})),
	);
	const lambda: Expression = {
		sum: groups.flatMap(({ name, memoryMb }) => [
			priced("invocations", ofFunction(name, "Invocations")),
			{ scaled: priced("gigabyteSeconds", ofFunction(name, "Duration")), by: memoryMb / 1024 / 1000 },
		]),
	};
	const sqs = priced("sqs", { sum: perQueue });
	const dynamoDb: Expression = {
		sum: [
			priced("readUnits", { measure: { of: "table", metric: "ConsumedReadCapacityUnits" } }),
			priced("writeUnits", { measure: { of: "table", metric: "ConsumedWriteCapacityUnits" } }),
		],
	};
	return {
		...{ kind: "chart", title: "Cost of the work today (24 hours), in US dollars", view: "numbers", unit: "dollars" },
		hours: 24,
		series: [
			line("all", { sum: [lambda, sqs, dynamoDb] }),
			line("Lambda", lambda),
			line("SQS, at most", sqs),
			line("DynamoDB", dynamoDb),
		],
	};
}
