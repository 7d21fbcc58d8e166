/** `millrace cache`: takes cached results away, by tag, by job, or for one input. */
import type { Command } from "commander";
import { safeLine } from "../../shared/kernel/safe-text.ts";
import { type Action, usage } from "../command-context.ts";
import { exitCodes } from "../exit-codes.ts";
import { readJsonOption } from "../read-json-option.ts";

export const describeInvalidate = (command: Command): Command =>
	command
		.description("take away what was computed under any of these tags, of all jobs and tenants")
		.argument("<tags...>", "as jobs declare them, with values in their places: pipeline:7")
		.addHelpText(
			"after",
			`
Runs that begin from now on perform anew; what is being computed now is not kept. Doing it again is harmless.

Example:
  millrace cache invalidate repository:7 repository:8`,
		);

export const invalidate: Action<object> = async (context, tags) => {
	const { cache } = await context.client();
	await cache.invalidate(tags);
	context.print({ invalidated: tags }, () => `invalidated: ${tags.map(safeLine).join(", ")}`);
	return exitCodes.done;
};

export interface ClearOptions {
	readonly input?: string;
	readonly tenant?: string;
}

export const describeClear = (command: Command): Command =>
	command
		.description("take away all cached results of a job, or the one of an input")
		.argument("<job>", "the job's wire name; `millrace jobs` lists them")
		.option("--input <json>", "only of this input: JSON, @file, or - for standard input")
		.option("--tenant <name>", "with --input: of this tenant's runs (default: of runs without tenant)")
		.addHelpText(
			"after",
			`
Examples:
  millrace cache clear sync_repository
  millrace cache clear sync_repository --input '{"repository_id":7}' --tenant acme`,
		);

export const clear: Action<ClearOptions> = async (context, [job = ""], options) => {
	const { tenant } = options;
	if (tenant !== undefined && options.input === undefined)
		throw usage("--tenant says whose result of an input is meant; give --input with it, or leave it out.");
	const of =
		options.input === undefined
			? undefined
			: {
					input: await readJsonOption(context.io, "--input", options.input),
					...(tenant === undefined ? {} : { tenant }),
				};
	const { cache } = await context.client();
	await cache.clear(job, of);
	context.print({ cleared: { job, ...of } }, () =>
		of === undefined ? `cleared: ${job}` : `cleared: ${job}, one input`,
	);
	return exitCodes.done;
};
