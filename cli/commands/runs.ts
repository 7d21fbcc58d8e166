/** `millrace runs`: the latest runs. */
import type { Command } from "commander";
import { createClient } from "../../shared/client/client.ts";
import { cutToWidth } from "../../shared/kernel/safe-text.ts";
import { toIso } from "../../shared/kernel/time.ts";
import { recordedStates } from "../../shared/wire/run-states.ts";
import type { RunView } from "../../shared/wire/run-view.ts";
import { type Action, usage } from "../command-context.ts";
import { progressWords } from "../describe-run.ts";
import { exitCodes } from "../exit-codes.ts";
import { readWhole } from "../option-values.ts";
import { formatTable } from "../table.ts";
import { unknownJob } from "./jobs.ts";

export interface RunsOptions {
	readonly limit?: string;
	readonly job?: string;
	readonly state?: string;
}

/** Most that are looked at in one call. */
const LOOKED_AT_MAX = 200;
const REMARK_COLUMNS = 80;

export const describeRuns = (command: Command): Command =>
	command
		.description("list the latest runs by their first start, latest first")
		.option("--limit <count>", `how many, 1 to ${LOOKED_AT_MAX}`, "20")
		.option("--job <name>", "only of this job")
		.option("--state <state>", `only in this state now, of the latest ${LOOKED_AT_MAX}: ${recordedStates.join(", ")}`)
		.addHelpText(
			"after",
			`
A run that has not begun is not among them: \`millrace queues\` counts those, and \`millrace scheduled\` lists what waits for more than 15 minutes.
When a run's latest attempt began, if it had several, \`millrace status ID\` tells.

Examples:
  millrace runs --job detect_anomalies_task --limit 50
  millrace runs --state FAILURE`,
		);

export const runs: Action<RunsOptions> = async (context, _args, options) => {
	const limit = readWhole("--limit", options.limit ?? "20", { min: 1, max: LOOKED_AT_MAX });
	const state = options.state === undefined ? undefined : stateOf(options.state);
	const { catalogue } = context;
	const job = options.job === undefined ? undefined : (catalogue.findJob(options.job)?.name ?? options.job);
	const platform = await context.platform();
	const listed = await platform.store.listRecent({
		limit: state === undefined ? limit : LOOKED_AT_MAX,
		...(job === undefined ? {} : { job }),
	});
	// One that has left the catalogue may have runs yet.
	if (listed.length === 0 && job !== undefined && catalogue.findJob(job) === undefined)
		throw unknownJob(catalogue, job);
	const client = createClient({ catalogue, ...platform });
	const views = await client.statusMany(listed.map(({ id }) => id));
	const found = views
		.flatMap((view, index) => {
			const line = listed[index];
			return line === undefined || (state !== undefined && view.state !== state) ? [] : [{ view, line }];
		})
		.slice(0, limit);
	context.print({ runs: found.map(({ view }) => view) }, () =>
		found.length === 0
			? `no ${state === undefined ? "" : `${state} `}runs${job === undefined ? "" : ` of ${job}`} yet`
			: formatTable(
					["first start", "id", "job", "state", "attempts", ""],
					found.map(({ view, line }) =>
						view.state === "PENDING"
							? [toIso(line.firstStartedAt), view.id, line.job, "(waits, or over)", "", ""]
							: [toIso(line.firstStartedAt), view.id, view.job, view.state, view.attempts, remark(view)],
					),
				),
	);
	if (state !== undefined && found.length < limit && listed.length === LOOKED_AT_MAX)
		context.io.err(`hint: only the latest ${LOOKED_AT_MAX} runs were looked at; --job looks at as many of one job`);
	return exitCodes.done;
};

function stateOf(text: string): RunView["state"] {
	const state = recordedStates.find((known) => known === text.toUpperCase());
	if (state !== undefined) return state;
	throw usage(`--state is one of ${recordedStates.join(", ")}; got "${text}".`);
}

function remark(view: RunView): string {
	switch (view.state) {
		case "PROGRESS":
			return progressWords(view.meta);
		case "RETRY":
		case "FAILURE":
			return cutToWidth(`${view.meta.exc_type}: ${view.meta.exc_message}`, REMARK_COLUMNS);
		case "SKIPPED":
		case "REVOKED":
			return cutToWidth(view.meta.reason, REMARK_COLUMNS);
		case "PENDING":
		case "STARTED":
		case "SUCCESS":
			return "";
	}
}
