/**
 * The engine's events as CloudWatch metrics (EMF, one line per job and invocation, and one of the group) and structured logs.
 * Dimensions are the service (worker group) alone, or with the job, the queue class, the class of an error, or job and class of an error together; nothing of higher
 * cardinality: each combination is billed as a metric.
 */
import type { JobLog } from "../../shared/job/context.ts";
import { assertNever } from "../../shared/kernel/errors.ts";
import type { Telemetry, TelemetryEvent, Trail } from "../../shared/ports/telemetry.ts";
import type { LogFields, LogLines } from "../log/log-lines.ts";
import { createGroupNumbers } from "./group-numbers.ts";
import type { MetricLines } from "./metric-lines.ts";
import type { Spans } from "./xray-spans.ts";

export interface WorkerTelemetry extends Telemetry {
	/** Writes the metrics of this invocation, and sends its spans where any are recorded. Never throws or rejects. */
	publish(): void | Promise<void>;
}

type Counts = Map<string, number>;

interface JobNumbers {
	readonly counts: Counts;
	readonly durationsMs: number[];
}

const settledMetric = {
	SUCCESS: "RunsSucceeded",
	FAILURE: "RunsFailed",
	REVOKED: "RunsRevoked",
	SKIPPED: "RunsSkipped",
} as const;
/** EMF takes at most 100 values per metric and line. */
const valuesMax = 100;
/** Stands for the job where a message named none that is known: the text a stranger sent is no dimension. */
const unknownJob = "(unknown)";
const unknownClass = "unknown";

export function createWorkerTelemetry(
	logger: Pick<LogLines, "debug" | "info" | "warn" | "error">,
	metrics: MetricLines,
	isKnownJob: (name: string) => boolean,
	spans?: Spans,
): WorkerTelemetry {
	const numbers = new Map<string, JobNumbers>();
	/** By run: what this invocation has to do with. */
	const trails = new Map<string, Trail>();

	function trailOf(event: TelemetryEvent): Trail | undefined {
		if ("runId" in event && event.runId !== undefined) return trails.get(event.runId);
		if (!("messageId" in event)) return undefined;
		return [...trails.values()].find(({ messageId }) => messageId === event.messageId);
	}
	const of = (event: TelemetryEvent) => (): LogFields => ({ ...fieldsOf(trailOf(event)), ...event });

	function numbersOf(job: string | undefined): JobNumbers {
		const name = job !== undefined && isKnownJob(job) ? job : unknownJob;
		const known = numbers.get(name);
		if (known !== undefined) return known;
		const made: JobNumbers = { counts: new Map(), durationsMs: [] };
		numbers.set(name, made);
		return made;
	}
	function count(job: string | undefined, metric: string): void {
		const { counts } = numbersOf(job);
		counts.set(metric, (counts.get(metric) ?? 0) + 1);
	}

	/** What happens to a class and no job of it, and how many attempts failed by each class of error. */
	const others = { queueClass: new Map<string, Counts>(), errorClass: new Map<string, Counts>() };
	function countOf(dimension: keyof typeof others, value: string, metric: string): void {
		const counts: Counts = others[dimension].get(value) ?? new Map();
		others[dimension].set(value, counts.set(metric, (counts.get(metric) ?? 0) + 1));
	}

	/** By job and class of error: how many runs failed for good. */
	const failures = new Map<string, { readonly job: string; readonly errorClass: string; count: number }>();
	function countFailure(given: string, errorClass: string): void {
		const job = isKnownJob(given) ? given : unknownJob;
		const key = `${job} ${errorClass}`;
		const known = failures.get(key) ?? { job, errorClass, count: 0 };
		known.count++;
		failures.set(key, known);
	}
	const group = createGroupNumbers();

	function emit(event: TelemetryEvent): void {
		group.note(event, trailOf);
		if (spans !== undefined) spans.note(event, trailOf(event));
		switch (event.event) {
			case "attempt.started":
				count(event.job, "AttemptsStarted");
				return;
			case "attempt.retried":
				count(event.job, "AttemptsRetried");
				countOf("errorClass", event.errorClass, "AttemptsFailed");
				logger.warn("Attempt failed and will be retried", of(event));
				return;
			case "run.settled":
				count(event.job, settledMetric[event.state]);
				// What never began would draw down the times of what did.
				if (event.attempt > 0) numbersOf(event.job).durationsMs.push(event.durationMs);
				if (event.state === "FAILURE") {
					const errorClass = event.errorClass ?? unknownClass;
					countOf("errorClass", errorClass, "AttemptsFailed");
					countFailure(event.job, errorClass);
					logger.error("Run failed", of(event));
				} else logger.debug("Run settled", of(event));
				return;
			case "worker.lost":
				count(event.job, "WorkersLost");
				logger.warn("A worker was lost while it performed this run; performing it again", of(event));
				return;
			case "fence.lost":
				count(event.job, "FencesLost");
				logger.warn("Another worker holds the run; this attempt changed nothing", of(event));
				return;
			case "run.deferred":
				count(event.job, "RunsDeferred");
				logger.debug("Run deferred", of(event));
				return;
			case "schedule.failed":
				count(event.job, "SchedulesFailed");
				logger.warn("A long wait could not be scheduled; waiting 15 minutes in the queue instead", of(event));
				return;
			case "tick.skipped":
				count(event.job, "TicksTaken");
				count(event.job, "TicksSkipped");
				logger.info("A tick of a schedule was skipped", of(event));
				return;
			case "tick.admitted":
				count(event.job, "TicksTaken");
				return;
			case "places.taken":
				return;
			case "duplicate.acknowledged":
				count(event.job, "DuplicatesAcknowledged");
				logger.debug("Duplicate acknowledged", of(event));
				return;
			case "message.refused":
				count(event.job, "MessagesRefused");
				if (event.ended) {
					count(event.job, settledMetric.FAILURE);
					// As its row says.
					countFailure(event.job ?? unknownJob, "validation");
				}
				logger.error("Message refused and dead-lettered", of(event));
				return;
			case "message.kept":
				count(undefined, "MessagesKept");
				logger.error("Message kept in the queue to be delivered again", of(event));
				return;
			case "cache.hit":
				count(event.job, "CacheHits");
				logger.debug("Run was given an earlier result", of(event));
				return;
			case "cache.missed":
				count(event.job, "CacheMisses");
				return;
			case "cache.failed":
				count(event.job, "CacheFailures");
				logger.warn("The result cache could not be reached; going on without it", of(event));
				return;
			case "slots.failed":
				logger.warn("Slots of a concurrency limit could not be extended or given back", of(event));
				return;
			case "breaker.opened":
				countOf("queueClass", event.queueClass, "BreakersOpened");
				logger.error(
					"Too many attempts fail on what is outside: the class waits, and tries a run now and then",
					of(event),
				);
				return;
			case "breaker.probed":
				countOf("queueClass", event.queueClass, event.passed ? "BreakerProbesPassed" : "BreakerProbesFailed");
				logger.info("A run was tried while the breaker is open", of(event));
				return;
			case "breaker.closed":
				countOf("queueClass", event.queueClass, "BreakersClosed");
				logger.warn("The class goes on: its runs succeed again", of(event));
				return;
			case "breaker.failed":
				logger.warn("A breaker's state could not be read or written", of(event));
				return;
			case "hook.failed":
				count(event.job, "HooksFailed");
				logger.error("A hook failed", of(event));
				return;
			case "effect.failed":
				logger.warn("An effect was recalled, and could not be marked as of this run", of(event));
				return;
			case "beat.failed":
				logger.warn("A sign of life could not be written", of(event));
				return;
			case "leg.ended":
				count(event.job, "LegsEnded");
				logger.debug("The attempt goes on in its next leg", of(event));
				return;
			default:
				assertNever(event);
		}
	}

	return {
		emit,
		follow: (trail) => void trails.set(trail.runId, trail),
		publish() {
			trails.clear();
			for (const [job, { counts, durationsMs }] of numbers) {
				metrics.addDimension("job", job);
				for (const [metric, value] of counts) metrics.addMetric(metric, "Count", value);
				for (const duration of durationsMs.slice(0, valuesMax))
					metrics.addMetric("RunDuration", "Milliseconds", duration);
				metrics.publishStoredMetrics();
			}
			numbers.clear();
			for (const [dimension, values] of Object.entries(others)) {
				for (const [value, counts] of values) {
					metrics.addDimension(dimension, value);
					for (const [metric, number] of counts) metrics.addMetric(metric, "Count", number);
					metrics.publishStoredMetrics();
				}
				values.clear();
			}
			for (const { job, errorClass, count: failed } of failures.values()) {
				metrics.addDimension("job", job);
				metrics.addDimension("errorClass", errorClass);
				metrics.addMetric("FailedRunsByClass", "Count", failed);
				metrics.publishStoredMetrics();
			}
			failures.clear();
			for (const [metric, value] of group.take()) metrics.addMetric(metric, "Count", value);
			metrics.publishStoredMetrics();
			return spans?.flush();
		},
	};
}

/** A job's log: every line names the run, its trace and its tenant, whatever fields the job gives. */
export function createJobLog(logger: Pick<LogLines, "debug" | "info" | "warn" | "error">, trail: Trail): JobLog {
	const about = (): LogFields => fieldsOf(trail);
	return {
		debug: (message, fields) => logger.debug(message, about, fields),
		info: (message, fields) => logger.info(message, about, fields),
		warn: (message, fields) => logger.warn(message, about, fields),
		error: (message, fields) => logger.error(message, about, fields),
	};
}

function fieldsOf(trail: Trail | undefined): LogFields {
	if (trail === undefined) return {};
	const { runId, job, attempt, tenant } = trail;
	const traceId = trail.traceId();
	const span = trail.span?.();
	return { runId, job, attempt, leg: span?.leg, tenant, traceId, spanId: span?.sampled ? span.spanId : undefined };
}
