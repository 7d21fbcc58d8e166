/** `millrace sweep`: looks for runs that no message carries any more, as the deployed sweeper does every half hour. */
import type { Command } from "commander";
import { type Finding, type SweepReport, sweepPlatform, type TickReport } from "../../shared/client/sweep-platform.ts";
import { toIso } from "../../shared/kernel/time.ts";
import type { Action } from "../command-context.ts";
import { exitCodes } from "../exit-codes.ts";
import { formatTable } from "../table.ts";

export interface SweepCommandOptions {
	readonly dryRun?: boolean;
}

export const describeSweep = (command: Command): Command =>
	command
		.description("look for runs that no message carries any more, and end or repair those seen so twice")
		.option("--dry-run", "only tell what is found")
		.addHelpText(
			"after",
			`
A run is lost when nothing has moved it on for 45 minutes while the queue of its class was empty. What two sweeps at least 15 minutes
apart find so, the second one ends as SKIPPED. What a success enqueued and never began is sent again. The deployed sweeper does the same
every 30 minutes; one by hand beside it is harmless.

Example:
  millrace sweep --dry-run --json | jq '.findings[] | select(.action != "left")'`,
		);

export const sweep: Action<SweepCommandOptions> = async (context, _args, { dryRun = false }) => {
	const report = await sweepPlatform(await context.platform(), context.catalogue, { dryRun });
	const findings = report.findings.map((finding) => ({ ...finding, since: toIso(finding.since) }));
	const missed = report.ticks.findings.map((finding) => ({ ...finding, latest: toIso(finding.latest) }));
	const ticks = { ...report.ticks, findings: missed };
	context.print({ ...report, findings, ticks }, () => [words(report), ...tickWords(report)].join("\n"));
	return exitCodes.done;
};

const tickWords = ({ ticks, dryRun }: { readonly ticks: TickReport; readonly dryRun: boolean }): readonly string[] =>
	ticks.findings.map(
		({ schedule, missed, latest }) =>
			`schedule ${schedule} missed ${missed} ticks, the latest at ${toIso(latest)}${dryRun ? "" : "; what its catch-up policy asks for was sent"}`,
	);

const actionWords: Readonly<Record<Finding["action"], string>> = {
	suspected: "seen first",
	skipped: "ended SKIPPED",
	revoked: "ended REVOKED",
	"sent-again": "follow-ups sent again",
	left: "left",
};

function words({ dryRun, looked, counts, findings, complete, behindSeconds }: SweepReport): string {
	const told = Object.values(counts).reduce((sum, count) => sum + count, 0);
	const lines = [`looked at ${looked} runs, found ${told}${dryRun ? " (a dry run: nothing was done)" : ""}`];
	if (findings.length > 0) {
		lines.push(
			formatTable(
				["since", "id", "job", "state", "attempts", dryRun ? "would be" : "done", ""],
				findings.map(({ since, runId, job, state, attempts, action, why = "" }) => [
					toIso(since),
					runId,
					job,
					state,
					attempts,
					actionWords[action],
					why,
				]),
			),
		);
	}
	if (looked === 0) lines.push("a run is looked at first when its start is an hour ago");
	if (told > findings.length) lines.push(`… and ${told - findings.length} more`);
	if (!complete) lines.push(`not all was looked at: ${behindSeconds} s of starts are left to the next sweep`);
	return lines.join("\n");
}
