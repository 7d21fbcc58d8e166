/** A sweep by an operator's hand: what the deployed sweeper does every half hour, or with `dryRun` only what it would find. */
import type { Catalogue } from "../catalogue/define-catalogue.ts";
import { sweep } from "../engine/sweep/sweep.ts";
import type { Finding, SweepOptions, SweepReport } from "../engine/sweep/sweep-parts.ts";
import type { Platform } from "../ports/platform.ts";

export type { Finding, SweepReport };

/** @throws MillraceError `store-failed`, `queue-failed`, `mapping-failed`, `schedule-failed`, `send-failed`, `blob-failed` */
export function sweepPlatform(
	platform: Platform,
	catalogue: Pick<Catalogue, "findJob">,
	options: Pick<SweepOptions, "dryRun">,
): Promise<SweepReport> {
	const queueClassOf = (job: string): string | undefined => catalogue.findJob(job)?.queueClass.name;
	// What it did stands in the report.
	return sweep({ ...platform, queueClassOf, telemetry: { emit() {} } }, options);
}
