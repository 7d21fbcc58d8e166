/** `millrace scheduled`: the runs that wait for an instant more than 15 minutes away. */
import type { Command } from "commander";
import type { Action } from "../command-context.ts";
import { exitCodes } from "../exit-codes.ts";
import { readWhole } from "../option-values.ts";
import { formatTable } from "../table.ts";

export const describeScheduled = (command: Command): Command =>
	command
		.description("show runs that wait in a one-time schedule: delayed by more than 15 minutes, and retries as far away")
		.option("--limit <count>", "look at no more than this many", "100")
		.addHelpText(
			"after",
			`
Shorter delays are kept by the queues, which show only how many there are: \`millrace queues\`. Recurring schedules: \`millrace schedules\`.
Costs a request for each hundred and one for each, which AWS does not bill. \`millrace revoke ID\` cancels one.

Examples:
  millrace scheduled
  millrace scheduled --json | jq -r '.runs[] | select(.job == "send_report") | .id'`,
		);

export const scheduled: Action<{ readonly limit?: string }> = async (context, _args, options) => {
	const limit = readWhole("--limit", options.limit ?? "100", { min: 1 });
	const { runs, more } = await (await context.client()).waits.list({ limit });
	context.print({ runs, more }, () =>
		runs.length === 0
			? "No run waits in a schedule."
			: formatTable(
					["begins", "id", "job", "attempt", "queue"],
					runs.map(({ at, id, job, attempt, queue }) => [at, id, job, attempt, queue]),
				),
	);
	if (more)
		context.io.err(
			`hint: there are more than ${limit}, which are not the soonest of all; see them with a higher --limit`,
		);
	return exitCodes.done;
};
