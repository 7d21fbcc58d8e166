/** `millrace runs`: the latest runs. */
import type { Command } from "commander";
import { createClient } from "../../shared/client/client.ts";
import type { RunView } from "../../shared/wire/run-view.ts";
import { type Action, usage } from "../command-context.ts";
import { progressWords } from "../describe-run.ts";
import { exitCodes } from "../exit-codes.ts";
import { formatTable } from "../table.ts";

export interface RunsOptions {
	readonly limit?: string;
	readonly job?: string;
}

export const describeRuns = (command: Command): Command =>
	command
		.description("list the latest runs by their first start, latest first")
		.option("--limit <count>", "how many, 1 to 200", "20")
		.option("--job <name>", "only of this job")
		.addHelpText("after", "\nExample:\n  millrace runs --job detect_anomalies_task --limit 50");

export const runs: Action<RunsOptions> = async (context, _args, options) => {
	const limit = Number(options.limit ?? "20");
	if (!Number.isInteger(limit) || limit < 1 || limit > 200) {
		throw usage(`--limit must be a whole number from 1 to 200; got "${options.limit}".`);
	}
	const platform = await context.platform();
	const listed = await platform.store.listRecent({
		limit,
		...(options.job === undefined ? {} : { job: options.job }),
	});
	const client = createClient({ catalogue: context.catalogue, ...platform });
	const views = await client.statusMany(listed.map(({ id }) => id));
	context.print({ runs: views }, () =>
		views.length === 0
			? "no runs yet"
			: formatTable(
					["started", "id", "job", "state", "attempts", ""],
					views.map((view) =>
						view.state === "PENDING"
							? ["", view.id, "", "(over)", "", ""]
							: [view.started_at, view.id, view.job, view.state, view.attempts, remark(view)],
					),
				),
	);
	return exitCodes.done;
};

function remark(view: RunView): string {
	switch (view.state) {
		case "PROGRESS":
			return progressWords(view.meta);
		case "RETRY":
		case "FAILURE":
			return `${view.meta.exc_type}: ${view.meta.exc_message}`.slice(0, 80);
		case "SKIPPED":
		case "REVOKED":
			return view.meta.reason.slice(0, 80);
		case "PENDING":
		case "STARTED":
		case "SUCCESS":
			return "";
	}
}
