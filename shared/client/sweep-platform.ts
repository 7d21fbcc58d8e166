/** A sweep by an operator's hand: what the deployed sweeper does every half hour, or with `dryRun` only what it would find. */
import type { Catalogue } from "../catalogue/define-catalogue.ts";
import { checkTicks, type TickReport } from "../engine/schedules/check-ticks.ts";
import { sweep } from "../engine/sweep/sweep.ts";
import type { Finding, SweepOptions, SweepReport } from "../engine/sweep/sweep-parts.ts";
import { scheduledRun } from "../job/scheduled-run.ts";
import type { Platform } from "../ports/platform.ts";

export type { Finding, SweepReport, TickReport };

/** @throws MillraceError `store-failed`, `queue-failed`, `mapping-failed`, `schedule-failed`, `send-failed`, `blob-failed` */
export async function sweepPlatform(
	platform: Platform,
	catalogue: Pick<Catalogue, "findJob" | "schedules" | "routes" | "workerGroups">,
	{ dryRun = false }: Pick<SweepOptions, "dryRun">,
): Promise<SweepReport & { readonly ticks: TickReport }> {
	const queueClassOf = (job: string): string | undefined => catalogue.findJob(job)?.queueClass.name;
	const deployed = catalogue.schedules.map((each) => scheduledRun(catalogue, each));
	// What it did stands in the report.
	const report = await sweep({ ...platform, queueClassOf, telemetry: { emit() {} } }, { dryRun });
	return { ...report, ticks: await checkTicks({ ...platform, deployed, queueClassOf }, { dryRun }) };
}
