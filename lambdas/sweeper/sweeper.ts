/**
 * The sweeper's Lambda function. Its schedule hands it everything it knows of the platform as the event: an environment's 4 KB would not
 * hold the addresses of twenty queue classes.
 */
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { Context } from "aws-lambda";
import { openPlatform } from "../../shared/aws/connect.ts";
import { sweep } from "../../shared/engine/sweep/sweep.ts";
import type { SweepReport } from "../../shared/engine/sweep/sweep-parts.ts";
import { plusMs, toIso } from "../../shared/kernel/time.ts";
import { createWorkerTelemetry } from "../worker/worker-telemetry.ts";
import { readSweepEvent } from "./sweep-event.ts";

/** No page is begun so close to the function's end: one takes a few seconds, with retries. */
const RESERVE_MS = 45_000;

const logger = new Logger();
const metrics = new Metrics();

export async function handler(event: unknown, context: Context): Promise<SweepReport> {
	logger.addContext(context);
	const { address, jobs } = readSweepEvent(event);
	const telemetry = createWorkerTelemetry(logger, metrics, (job) => jobs[job] !== undefined);
	const platform = openPlatform(address);
	const endsAt = plusMs(platform.clock.now(), context.getRemainingTimeInMillis() - RESERVE_MS);
	try {
		const report = await sweep({ ...platform, telemetry, queueClassOf: (job) => jobs[job] }, { endsAt });
		tell(report);
		return report;
	} finally {
		telemetry.publish();
	}
}

function tell({ findings, ...numbers }: SweepReport): void {
	for (const { since, ...finding } of findings) logger.warn("Found a run", { ...finding, since: toIso(since) });
	logger.info("Swept", numbers);
	const { counts, looked, behindSeconds } = numbers;
	metrics.addMetric("SweepRunsLookedAt", MetricUnit.Count, looked);
	metrics.addMetric("SweepRunsSuspected", MetricUnit.Count, counts.suspected);
	metrics.addMetric("SweepRunsEnded", MetricUnit.Count, counts.skipped + counts.revoked);
	metrics.addMetric("SweepRunsSentAgain", MetricUnit.Count, counts["sent-again"]);
	metrics.addMetric("SweepRunsLeft", MetricUnit.Count, counts.left);
	metrics.addMetric("SweepBehind", MetricUnit.Seconds, behindSeconds);
	metrics.publishStoredMetrics();
}
