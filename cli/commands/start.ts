/** `millrace start`: the CDK app of this folder on this machine, until Ctrl-C. The other commands then speak to it. */
import type { Command } from "commander";
import type { ProgramParts } from "../command-context.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";

export interface StartOptions {
	readonly data?: string;
}

export const describeStart = (command: Command): Command =>
	command
		.description("run the CDK app of this folder on this machine, without AWS and Docker, until Ctrl-C")
		.option("--data <folder>", "keep queues, tables and objects there over restarts (default: they go at the end)")
		.addHelpText(
			"after",
			`
Runs what cdk.json says, reads the templates and starts their queues, tables, buckets, functions and schedules. Changed code is bundled again.

Examples:
  millrace start
  millrace start --data .millrace/data`,
		);

export async function start({ startApp }: ProgramParts, { data }: StartOptions): Promise<ExitCode> {
	await startApp(data === undefined ? {} : { dataDir: data });
	return exitCodes.done;
}
