/** `millrace status ID...`: how runs are. */
import type { Command } from "commander";
import type { Client } from "../../shared/client/client.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { safeLine } from "../../shared/kernel/safe-text.ts";
import type { RunView } from "../../shared/wire/run-view.ts";
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

type Shown = RunView & { readonly waits_until?: string };

/** What has not begun may wait in a schedule, which not everybody may see who may see runs. */
async function withWait(view: RunView, { waits }: Pick<Client, "waits">): Promise<Shown> {
	if (view.state !== "PENDING") return view;
	try {
		const wait = await waits.of(view.id);
		return wait === undefined ? view : { ...view, waits_until: wait.at };
	} catch (error) {
		if (error instanceof MillraceError) return view;
		throw error;
	}
}

const words = (view: Shown): string =>
	view.waits_until === undefined
		? describeRun(view)
		: `${safeLine(view.id)}  PENDING\n  waits in a schedule until ${view.waits_until}; \`millrace revoke\` cancels it`;

const PENDING_HINT =
	"hint: an id is known once its run has started; a message sent with a `key` has its run id computed from job and key (the client and `millrace call` print it), not the SQS MessageId";

export const status: Action<object> = async (context, ids) => {
	const client = await context.client();
	const views = await Promise.all((await client.statusMany(ids)).map((view) => withWait(view, client)));
	context.print(views.length === 1 ? views[0] : views, () => views.map(words).join("\n\n"));
	if (views.some((view) => view.state === "PENDING" && view.waits_until === undefined)) context.io.err(PENDING_HINT);
	return exitCodes.done;
};
