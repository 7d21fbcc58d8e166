/** `millrace status ID...`: how runs are. */
import type { Command } from "commander";
import type { Action } from "../command-context.ts";
import { describeRun } from "../describe-run.ts";
import { exitCodes } from "../exit-codes.ts";

export const describeStatus = (command: Command): Command =>
	command
		.description("show how runs are; with --json one id gives an object, several give an array")
		.argument("<id...>", "run ids")
		.addHelpText(
			"after",
			`
The exit code is 0 whatever the states are; \`result\` and \`call --wait\` tell theirs by it.

Examples:
  millrace status k-aa478736a9b56b796461ba1dda5131e02daf5db2
  millrace status $ID --json | jq -r .state`,
		);

const PENDING_HINT =
	"hint: an id is known once its run has started; a message sent with a `key` has its run id computed from job and key (the client and `millrace call` print it), not the SQS MessageId";

export const status: Action<object> = async (context, ids) => {
	const views = await (await context.client()).statusMany(ids);
	context.print(views.length === 1 ? views[0] : views, () => views.map(describeRun).join("\n\n"));
	if (views.some((view) => view.state === "PENDING")) context.io.err(PENDING_HINT);
	return exitCodes.done;
};
