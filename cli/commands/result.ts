/** `millrace result ID`: the result of a run that is SUCCESS, as JSON. */
import type { Command } from "commander";
import type { Action } from "../command-context.ts";
import { exitCodes } from "../exit-codes.ts";
import { safeJson } from "../terminal-text.ts";

export const describeResult = (command: Command): Command =>
	command
		.description("print a run's result as JSON, wherever it is stored")
		.argument("<id>", "the run's id")
		.addHelpText("after", "\nExample:\n  millrace result $ID | jq .anomalies");

export const result: Action<object> = async (context, [id = ""]) => {
	const value = await (await context.client()).result(id);
	context.print(value, () => safeJson(value, 2));
	return exitCodes.done;
};
