/** `millrace tune`: under which profile the queue classes run, and another one while they do. */
import type { Command } from "commander";
import { type ClassNow, sizesNow, type TuneReport, tune as tunePlatform } from "../../shared/client/tune.ts";
import type { Profile } from "../../shared/job/profile.ts";
import { type Action, usage } from "../command-context.ts";
import { exitCodes } from "../exit-codes.ts";
import { readWhole } from "../option-values.ts";
import { formatTable } from "../table.ts";

export interface TuneOptions {
	readonly set?: readonly string[];
	readonly dryRun?: boolean;
}

export const describeTune = (command: Command): Command =>
	command
		.description("show how many invocations each queue class may have, or set them by a profile")
		.argument("[profile]", "safe, balanced (as the catalogue says), fast, or custom with --set")
		.option(
			"--set <class=n...>",
			"for custom: invocations of a class at the same time, 2-1000; the others stay balanced",
		)
		.option("--dry-run", "only tell what it would be, and which budgets it may exceed")
		.addHelpText(
			"after",
			`
Runs that perform go on. Kept until the next deploy that changes a mapping: deploy with -c millrace:profile=PROFILE to keep it.

Examples:
  millrace tune
  millrace tune safe
  millrace tune custom --set observability=4 --set lineage=2 --dry-run`,
		);

export const tune: Action<TuneOptions> = async (context, [given], { set = [], dryRun = false }) => {
	const { catalogue } = context;
	const parts = { ...(await context.platform()), catalogue };
	if (given === undefined) {
		if (set.length > 0) throw usage("--set belongs to `millrace tune custom`.");
		const classes = await sizesNow(parts);
		context.print({ classes }, () => nowWords(classes));
		return exitCodes.done;
	}
	const report = await tunePlatform(parts, profileOf(given, set), { dryRun });
	context.print({ dryRun, ...report }, () => changeWords(report, dryRun));
	for (const warning of report.warnings) context.io.err(`warning: ${warning}`);
	return exitCodes.done;
};

function profileOf(given: string, set: readonly string[]): Profile {
	if (given !== "custom") {
		if (set.length > 0) throw usage("--set belongs to `millrace tune custom`.");
		// What is none is refused with the names there are.
		return given as Profile;
	}
	const pairs = set.map((pair) => {
		const [, name, number] = /^([^=]+)=(.*)$/.exec(pair) ?? [];
		if (name === undefined || number === undefined)
			throw usage(`--set takes class=n, as in observability=4; got "${pair}".`);
		return [name, readWhole(`--set ${name}`, number, { min: 1 })] as const;
	});
	if (pairs.length === 0) throw usage("Say which classes, as in `millrace tune custom --set observability=4`.");
	return { custom: Object.fromEntries(pairs) };
}

const nowWords = (classes: readonly ClassNow[]): string =>
	formatTable(
		["queue", "worker group", "invocations", "profile"],
		classes.map(({ queueClass, group, invocations, profile = "as deployed" }) => [
			queueClass,
			group,
			invocations,
			profile,
		]),
	);

const changeWords = ({ profile, before, sizes }: TuneReport, dryRun: boolean): string => {
	const rows = sizes.flatMap(({ group, classes }) =>
		classes.map(({ queueClass, invocations }) => [
			queueClass,
			group,
			before.find((known) => known.queueClass === queueClass)?.invocations ?? "not deployed",
			invocations,
		]),
	);
	return `${dryRun ? "Would be" : "Is now"} ${profile}:\n${formatTable(["queue", "worker group", "before", "invocations"], rows)}`;
};
