/**
 * The sweeper's Lambda function. Its schedule hands it everything it knows of the platform as the event: an environment's 4 KB would not
 * hold the addresses of twenty queue classes.
 */
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { Context } from "aws-lambda";
import { openPlatform } from "../../shared/aws/open-platform.ts";
import { checkTicks, type TickReport } from "../../shared/engine/schedules/check-ticks.ts";
import { sweep } from "../../shared/engine/sweep/sweep.ts";
import type { SweepReport } from "../../shared/engine/sweep/sweep-parts.ts";
import { plusMs, toIso } from "../../shared/kernel/time.ts";
import { createLogLines } from "../log/log-lines.ts";
import { createWorkerTelemetry } from "../worker/worker-telemetry.ts";
import { readSweepEvent } from "./sweep-event.ts";

/** Three pages of overdue runs, each for a minute. A sweep that finds nothing overdue does not wait. */
const PATIENCE_MS = 180_000;
/** No page is begun so close to the function's end: one takes a few seconds, with retries. */
const RESERVE_MS = 45_000;

const logger = createLogLines(process.env);
const metrics = new Metrics();

export async function handler(
	event: unknown,
	context: Context,
): Promise<{ readonly runs: SweepReport; readonly ticks: TickReport }> {
	logger.enter(context);
	const { address, jobs, schedules = [] } = readSweepEvent(event);
	const telemetry = createWorkerTelemetry(logger, metrics, (job) => jobs[job] !== undefined);
	const platform = openPlatform(address);
	const endsAt = plusMs(platform.clock.now(), context.getRemainingTimeInMillis() - RESERVE_MS);
	try {
		const queueClassOf = (job: string): string | undefined => jobs[job];
		const runs = await sweep({ ...platform, telemetry, queueClassOf }, { endsAt, patienceMs: PATIENCE_MS });
		tell(runs);
		const deployed = schedules.map(({ tenant, priority, ...rest }) => ({
			...rest,
			...(tenant === undefined ? {} : { tenant }),
			...(priority === undefined ? {} : { priority }),
		}));
		const ticks = await checkTicks({ ...platform, deployed, queueClassOf }, { dryRun: false });
		tellTicks(ticks);
		return { runs, ticks };
	} finally {
		await telemetry.publish();
	}
}

function tell({ findings, ...numbers }: SweepReport): void {
	for (const { since, ...finding } of findings) logger.warn("Found a run", () => ({ ...finding, since: toIso(since) }));
	logger.info("Swept", () => numbers);
	const { counts, looked, behindSeconds } = numbers;
	metrics.addMetric("SweepRunsLookedAt", MetricUnit.Count, looked);
	metrics.addMetric("SweepRunsSuspected", MetricUnit.Count, counts.suspected);
	metrics.addMetric("SweepRunsEnded", MetricUnit.Count, counts.skipped + counts.revoked);
	metrics.addMetric("SweepRunsSentAgain", MetricUnit.Count, counts["sent-again"]);
	metrics.addMetric("SweepRunsLeft", MetricUnit.Count, counts.left);
	metrics.addMetric("SweepBehind", MetricUnit.Seconds, behindSeconds);
	metrics.publishStoredMetrics();
}

function tellTicks({ findings, ...numbers }: TickReport): void {
	for (const { latest, ...finding } of findings)
		logger.warn("Ticks were missed", () => ({ ...finding, latest: toIso(latest) }));
	logger.info("Checked schedules", () => numbers);
	metrics.addMetric("TicksMissed", MetricUnit.Count, numbers.missed);
	metrics.addMetric("TicksMadeUpFor", MetricUnit.Count, numbers.sent);
	metrics.publishStoredMetrics();
}
