/** Puts into the store what CloudWatch would know of a stack: the lines that functions write, their invocations, and how queues are, sampled. */
import type { FunctionMetric, QueueMetric } from "../../shared/dashboards/dashboard.ts";
import type { MessageQueue } from "../emulators/message-queue.ts";
import type { LocalEvent } from "../local-event.ts";
import { keyOf } from "./evaluate-series.ts";
import type { MetricStore } from "./metric-store.ts";

export interface RecordedQueue {
	readonly queueClass: string;
	readonly queue: "main" | "dead-letter";
	readonly of: MessageQueue;
}

export interface MetricRecorder {
	readonly onEvent: (event: LocalEvent) => void;
	stop(): void;
}

const SAMPLE_MS = 2_000;
const dimensions = ["job", "queueClass", "errorClass"] as const;

export function recordMetrics(
	store: MetricStore,
	parts: {
		readonly queues: readonly RecordedQueue[];
		/** Worker group of a function, by its logical id. */
		groupOf(functionId: string): string | undefined;
		readonly now: () => number;
	},
): MetricRecorder {
	const running = new Map<string, number>();
	const noteFunction = (group: string, metric: FunctionMetric, value: number): void =>
		store.add(keyOf({ of: "function", group, metric, statistic: "Sum" }), value);

	function onMetric(line: Readonly<Record<string, unknown>>): void {
		const { service } = line;
		if (typeof service !== "string") return;
		const by = dimensions.find((dimension) => typeof line[dimension] === "string");
		const value = by === undefined ? "" : String(line[by]);
		for (const [metric, numbers] of Object.entries(line)) {
			const measure = {
				of: "platform",
				metric,
				statistic: "Sum",
				services: [],
				...(by === undefined ? {} : { by }),
			} as const;
			for (const number of [numbers].flat())
				if (typeof number === "number") store.add(`${keyOf(measure, service)}${value}`, number);
		}
	}

	function onEvent(event: LocalEvent): void {
		if (event.type === "metric") {
			onMetric(event.metric);
			return;
		}
		if (event.type === "schedule-fired") {
			store.add(keyOf({ of: "schedules", metric: "InvocationAttemptCount" }), 1);
			return;
		}
		if (event.type !== "invocation-started" && event.type !== "invocation-finished") return;
		const group = parts.groupOf(event.functionId);
		if (group === undefined) return;
		const atOnce = Math.max(0, (running.get(group) ?? 0) + (event.type === "invocation-started" ? 1 : -1));
		running.set(group, atOnce);
		if (event.type === "invocation-started") {
			noteFunction(group, "ConcurrentExecutions", atOnce);
			return;
		}
		noteFunction(group, "Invocations", 1);
		noteFunction(group, "Duration", event.durationMs);
		if (event.end !== "ok") noteFunction(group, "Errors", 1);
	}

	const before = new Map<MessageQueue, ReturnType<MessageQueue["totals"]>>();
	function sample(): void {
		for (const [group, atOnce] of running) noteFunction(group, "ConcurrentExecutions", atOnce);
		for (const { queueClass, queue, of } of parts.queues) {
			const note = (metric: QueueMetric, value: number): void =>
				store.add(keyOf({ of: "queue", queueClass, queue, metric, statistic: "Sum" }), value);
			const { ready, inFlight, delayed } = of.counts();
			note("ApproximateNumberOfMessagesVisible", ready);
			note("ApproximateNumberOfMessagesNotVisible", inFlight);
			note("ApproximateNumberOfMessagesDelayed", delayed);
			const oldest = of.oldestSentMs();
			note("ApproximateAgeOfOldestMessage", oldest === undefined ? 0 : Math.max(0, parts.now() - oldest) / 1000);
			const totals = of.totals();
			const last = before.get(of) ?? { sent: 0, received: 0, deleted: 0 };
			before.set(of, totals);
			note("NumberOfMessagesSent", totals.sent - last.sent);
			note("NumberOfMessagesReceived", totals.received - last.received);
			note("NumberOfMessagesDeleted", totals.deleted - last.deleted);
		}
	}

	sample();
	const timer = setInterval(sample, SAMPLE_MS);
	timer.unref();
	return { onEvent, stop: () => clearInterval(timer) };
}
