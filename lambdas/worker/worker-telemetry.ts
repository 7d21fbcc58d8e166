/**
 * The engine's events as CloudWatch metrics (EMF, one line per job and invocation) and structured logs.
 * Dimensions are the service (worker group) and the job, nothing of higher cardinality: each combination is billed as a metric.
 */
import type { Logger } from "@aws-lambda-powertools/logger";
import { type Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { JobLog } from "../../shared/job/context.ts";
import { assertNever } from "../../shared/kernel/errors.ts";
import type { Telemetry, TelemetryEvent } from "../../shared/ports/telemetry.ts";

export interface WorkerTelemetry extends Telemetry {
	/** Writes the metrics of this invocation. */
	publish(): void;
}

interface JobNumbers {
	readonly counts: Map<string, number>;
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

export function createWorkerTelemetry(
	logger: Logger,
	metrics: Metrics,
	isKnownJob: (name: string) => boolean,
): WorkerTelemetry {
	const numbers = new Map<string, JobNumbers>();

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

	function emit(event: TelemetryEvent): void {
		switch (event.event) {
			case "attempt.started":
				count(event.job, "AttemptsStarted");
				return;
			case "attempt.retried":
				count(event.job, "AttemptsRetried");
				logger.warn("Attempt failed and will be retried", { ...event });
				return;
			case "run.settled":
				count(event.job, settledMetric[event.state]);
				numbersOf(event.job).durationsMs.push(event.durationMs);
				if (event.state === "FAILURE") logger.error("Run failed", { ...event });
				else logger.debug("Run settled", { ...event });
				return;
			case "worker.lost":
				count(event.job, "WorkersLost");
				logger.warn("A worker was lost while it performed this run; performing it again", { ...event });
				return;
			case "fence.lost":
				count(event.job, "FencesLost");
				logger.warn("Another worker holds the run; this attempt changed nothing", { ...event });
				return;
			case "run.deferred":
				count(event.job, "RunsDeferred");
				logger.debug("Run deferred", { ...event });
				return;
			case "schedule.failed":
				count(event.job, "SchedulesFailed");
				logger.warn("A long wait could not be scheduled; waiting 15 minutes in the queue instead", { ...event });
				return;
			case "duplicate.acknowledged":
				count(event.job, "DuplicatesAcknowledged");
				logger.debug("Duplicate acknowledged", { ...event });
				return;
			case "message.refused":
				count(event.job, "MessagesRefused");
				logger.error("Message refused and dead-lettered", { ...event });
				return;
			case "message.kept":
				count(undefined, "MessagesKept");
				logger.error("Message kept in the queue to be delivered again", { ...event });
				return;
			case "slots.failed":
				logger.warn("Slots of a concurrency limit could not be extended or given back", { ...event });
				return;
			case "hook.failed":
				count(event.job, "HooksFailed");
				logger.error("A hook failed", { ...event });
				return;
			case "beat.failed":
				logger.warn("A sign of life could not be written", { ...event });
				return;
			case "leg.ended":
				count(event.job, "LegsEnded");
				logger.debug("The attempt goes on in its next leg", { ...event });
				return;
			default:
				assertNever(event);
		}
	}

	return {
		emit,
		publish() {
			for (const [job, { counts, durationsMs }] of numbers) {
				metrics.addDimension("job", job);
				for (const [metric, value] of counts) metrics.addMetric(metric, MetricUnit.Count, value);
				for (const duration of durationsMs.slice(0, valuesMax))
					metrics.addMetric("RunDuration", MetricUnit.Milliseconds, duration);
				metrics.publishStoredMetrics();
			}
			numbers.clear();
		},
	};
}

/**
 * A job's log: every line names the run. Fields of the job come first, so that they can't pass for the run's own; `_aws` would make
 * CloudWatch read the line as metrics, and jobs log what strangers sent.
 */
export function createJobLog(logger: Logger, run: Readonly<Record<string, unknown>>): JobLog {
	const named = ({ _aws, ...fields }: Readonly<Record<string, unknown>> = {}) => ({ ...fields, ...run });
	return {
		debug: (message, fields) => logger.debug(message, named(fields)),
		info: (message, fields) => logger.info(message, named(fields)),
		warn: (message, fields) => logger.warn(message, named(fields)),
		error: (message, fields) => logger.error(message, named(fields)),
	};
}
