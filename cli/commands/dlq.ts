/** `millrace dlq …`: look at dead letters, send them back to work, or delete them. */
import type { Command } from "commander";
import { groupingOf, type LetterGrouping, letterGroupings } from "../../shared/client/dead-letters/group-letters.ts";
import type { LetterSelection, Operator, RedriveReport } from "../../shared/client/operator.ts";
import { type RateLimit, rateLimit } from "../../shared/job/rate-limit.ts";
import { safeLine } from "../../shared/kernel/safe-text.ts";
import { type Action, type CommandContext, usage } from "../command-context.ts";
import { describeGroups, describeLetter, groupWords } from "../dead-letters/describe-letters.ts";
import { type EditOptions, readEdit } from "../edit-options.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { readWhole } from "../option-values.ts";
import { confirm } from "./purge.ts";

const queueArgument = (command: Command, description: string): Command =>
	command.description(description).argument("<queue>", "the queue class; `millrace queues` lists them");

export interface ListOptions {
	readonly by?: string;
}

export const describeList = (command: Command): Command =>
	queueArgument(command, "list all dead letters in groups; they stay where they are")
		.option("--by <what>", `what letters of one group have in common: ${letterGroupings.join(", ")}`, "error")
		.addHelpText(
			"after",
			`
By error: job, reason and error, whatever numbers and ids its message names. By stack: job, kind of error and where it was thrown.
A group's id is the same for the same cause: give it to \`dlq redrive\` or \`dlq purge\`.

Examples:
  millrace dlq list observability
  millrace dlq list observability --by stack --json | jq -r '.groups[] | "\\(.count) \\(.id)"'`,
		);

export const list: Action<ListOptions> = async (context, [queueClass = ""], options) => {
	const by = letterGroupings.find((known) => known === (options.by ?? "error")) ?? refuseGrouping(options.by);
	const operator = await context.operatorOf(queueClass);
	const groups = await operator.letters(queueClass, { by, signal: context.io.interrupted });
	const count = groups.reduce((sum, group) => sum + group.count, 0);
	context.print({ queue: queueClass, by, count, groups }, () => describeGroups(queueClass, count, groups));
	return context.io.interrupted.aborted ? exitCodes.interrupted : exitCodes.done;
};

function refuseGrouping(by: string | undefined): LetterGrouping {
	throw usage(`--by is one of ${letterGroupings.join(", ")}; got "${by}".`);
}

export const describeShow = (command: Command): Command =>
	queueArgument(
		command,
		"show one dead letter: reason, error, attempts, stack, message, and its input now and at first",
	)
		.argument("<id>", "the letter's message id or its run's id")
		.addHelpText("after", "\nExample:\n  millrace dlq show observability $ID");

export const show: Action<object> = async (context, [queueClass = "", id = ""]) => {
	const operator = await context.operatorOf(queueClass);
	const shown = await operator.letter(queueClass, id, context.io.interrupted);
	const { messageId, runId, job, reason, excType, excMessage, traceback, attempts, failedAt, body } = shown.letter;
	const document = {
		messageId,
		runId: runId ?? null,
		job: job ?? null,
		reason,
		error:
			excType === undefined ? null : { exc_type: excType, exc_message: excMessage ?? "", traceback: traceback ?? null },
		attempts: attempts ?? null,
		failedAt,
		input: shown.input ?? null,
		edited: shown.letter.originalInput !== undefined,
		originalInput: (shown.letter.originalInput === undefined ? shown.input : shown.originalInput) ?? null,
		body,
	};
	context.print(document, () => describeLetter(shown));
	return exitCodes.done;
};

export interface SelectionOptions {
	readonly id?: readonly string[];
	readonly group?: string;
	readonly all?: boolean;
}

const selectionOptions = (command: Command): Command =>
	command
		.option("--id <id...>", "only these, by message id or run id; `redrive` asks which where letters of a run differ")
		.option("--group <id>", "only this group of `dlq list`")
		.option("--all", "all letters of the queue");

const selectionOf = ({ id, group }: SelectionOptions): LetterSelection => ({
	...(id === undefined ? {} : { ids: id }),
	...(group === undefined ? {} : { group }),
});

export interface RedriveCommandOptions extends SelectionOptions, EditOptions {
	readonly rate?: string;
	readonly limit?: string;
}

export const describeRedrive = (command: Command): Command =>
	selectionOptions(
		queueArgument(command, "send dead letters back to their jobs' queues: the same runs, with fresh attempts"),
	)
		.option("--limit <count>", "stop after this many")
		.option("--rate <rate>", "no faster than this, such as 5/s, 100/m or 1000/h")
		.option("--edit-input <json>", "send this input instead: JSON, @file, or - for standard input")
		.option("--set <path=value...>", "change this part of each input; a value that is no JSON is a text")
		.option("--unset <path...>", "leave this part of each input out")
		.addHelpText(
			"after",
			`
What a worker can't read, and an edited input that does not fit its job's schema, is not sent: its letter stays. Should the run fail again, its letter shows
the input that it was first sent with, too.

Examples:
  millrace dlq redrive observability --id $ID
  millrace dlq redrive observability --group error-1c0ffee123 --rate 5/s --limit 100
  millrace dlq redrive observability --id $ID --set pipeline_id=7 --set 'tags[0]="late"' --unset force`,
		);

export const redrive: Action<RedriveCommandOptions> = async (context, [queueClass = ""], options) => {
	const chosen = options.id !== undefined || options.group !== undefined;
	if (chosen === (options.all === true)) {
		throw usage("Say which letters: --id ID (more than one is allowed), --group GROUP, or --all.");
	}
	const { io } = context;
	const edit = await readEdit(io, options);
	const limit = options.limit === undefined ? undefined : readWhole("--limit", options.limit, { min: 1 });
	const rate = options.rate === undefined ? undefined : rateOf(options.rate);
	const operator = await context.operatorOf(queueClass);
	const { visible, inFlight } = (await operator.depth(queueClass)).deadLetters;
	const of = limit ?? options.id?.length ?? (options.group === undefined ? `about ${visible + inFlight}` : undefined);
	const report = await operator.redrive(queueClass, {
		...selectionOf(options),
		...(limit === undefined ? {} : { limit }),
		...(rate === undefined ? {} : { rate }),
		...(edit === undefined ? {} : { edit }),
		signal: io.interrupted,
		onProgress: (redriven, failed) => {
			if (!io.interactive) return;
			io.overwrite(
				`redriven: ${redriven}${of === undefined ? "" : ` of ${of}`}${failed === 0 ? "" : `, not: ${failed}`}`,
			);
		},
	});
	if (io.interactive) io.overwrite("");
	context.print({ queue: queueClass, ...report }, () => `redriven: ${report.redriven.length}`);
	await tellMissing(context, operator, queueClass, options, report.missing);
	return tellRest(context, report);
};

function tellRest({ io }: CommandContext, report: RedriveReport): ExitCode {
	for (const { messageId, error } of report.failed) io.err(safeLine(`not redriven: ${messageId}: ${error}`));
	if (report.cameBack > 0) io.err(`failed again meanwhile, and left: ${report.cameBack}`);
	if (report.left > 0) io.err(`left, repeat the command for them: ${report.left}`);
	if (io.interrupted.aborted) return exitCodes.interrupted;
	if (report.failed.some(({ refused }) => !refused)) return exitCodes.outside;
	if (report.failed.length > 0) return exitCodes.refused;
	return report.missing.length > 0 ? exitCodes.notThere : exitCodes.done;
}

/** Of a group that no letter is of, those that there are: it may have been sent back before, or its id mistyped. */
async function tellMissing(
	{ io }: CommandContext,
	operator: Operator,
	queueClass: string,
	{ id, group }: SelectionOptions,
	missing: readonly string[],
): Promise<void> {
	if (missing.length === 0 || io.interrupted.aborted) return;
	if (group === undefined || id !== undefined) {
		for (const one of missing) io.err(`not found: ${one}`);
		return;
	}
	const by = groupingOf(group);
	const groups = await operator.letters(queueClass, { ...(by === undefined ? {} : { by }), signal: io.interrupted });
	const there =
		groups.length === 0
			? `there are no dead letters in ${queueClass}`
			: `groups by ${by} in ${queueClass}:\n${groups.map((one) => `  ${groupWords(one)}`).join("\n")}`;
	io.err(`not found: group ${group}; ${there}`);
}

function rateOf(text: string): Pick<RateLimit, "count" | "periodSeconds"> {
	try {
		return rateLimit(text as Parameters<typeof rateLimit>[0]);
	} catch {
		throw usage(`--rate is a number above 0 and one of /s /m /h, as in 5/s; got "${text}".`);
	}
}

export interface PurgeLettersOptions extends SelectionOptions {
	readonly yes?: boolean;
}

export const describePurge = (command: Command): Command =>
	selectionOptions(queueArgument(command, "delete dead letters of a queue for good: all, or those chosen"))
		.option("--yes", "don't ask")
		.addHelpText(
			"after",
			"\nExamples:\n  millrace dlq purge observability --yes\n  millrace dlq purge observability --group reason-1c0ffee123 --yes",
		);

export const purge: Action<PurgeLettersOptions> = async (context, [queueClass = ""], options) => {
	const chosen = options.id !== undefined || options.group !== undefined;
	if (chosen && options.all === true) throw usage("Either --all, or some by --id or --group; got both.");
	const operator = await context.operatorOf(queueClass);
	if (chosen) {
		await confirm(context, options, queueClass, `Delete the chosen dead letters of ${queueClass} for good?`);
		const report = await operator.discard(queueClass, selectionOf(options), context.io.interrupted);
		context.print({ queue: queueClass, ...report }, () => `purged: ${report.discarded}`);
		await tellMissing(context, operator, queueClass, options, report.missing);
		return report.missing.length > 0 ? exitCodes.notThere : exitCodes.done;
	}
	const { visible, inFlight, delayed } = (await operator.depth(queueClass)).deadLetters;
	const count = visible + inFlight + delayed;
	await confirm(context, options, queueClass, `Delete about ${count} dead letters of ${queueClass} for good?`);
	await operator.purgeLetters(queueClass);
	context.print(
		{ queue: queueClass, purged: true, about: count },
		() => `purged: about ${count} (SQS takes up to 60 s)`,
	);
	return exitCodes.done;
};
