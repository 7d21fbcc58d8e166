/** `millrace dlq …`: look at dead letters, send them back to work, or delete them. */
import type { Command } from "commander";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { nearestNames } from "../../shared/kernel/nearest-names.ts";
import type { Platform } from "../../shared/ports/platform.ts";
import { type Action, type CommandContext, usage } from "../command-context.ts";
import { describeGroups, describeLetter } from "../dead-letters/describe-letters.ts";
import { findLetter, groupLetters, inputOf, listLetters } from "../dead-letters/list-letters.ts";
import { redrive } from "../dead-letters/redrive.ts";
import { exitCodes } from "../exit-codes.ts";

const queueArgument = (command: Command, description: string): Command =>
	command.description(description).argument("<queue>", "the queue class; `millrace queues` lists them");

/** @throws MillraceError `queue-class-not-found` that lists the queues there are. */
async function platformWith(context: CommandContext, queueClass: string): Promise<Platform> {
	const platform = await context.platform();
	const known = Object.keys(platform.address.queues);
	if (Object.hasOwn(platform.address.queues, queueClass)) return platform;
	const near = nearestNames(queueClass, known);
	const hint = near.length > 0 ? `Did you mean ${near.join(" or ")}?` : `There are: ${known.join(", ")}.`;
	throw new MillraceError("queue-class-not-found", `There is no queue "${queueClass}". ${hint}`, {
		details: { queueClass, known },
	});
}

export const describeList = (command: Command): Command =>
	queueArgument(command, "list all dead letters, grouped by job and error; they stay where they are").addHelpText(
		"after",
		"\nExample:\n  millrace dlq list observability",
	);

export const list: Action<object> = async (context, [queueClass = ""]) => {
	const { operator } = await platformWith(context, queueClass);
	const letters = await listLetters(operator, queueClass, context.io.interrupted);
	const groups = groupLetters(letters);
	context.print({ queue: queueClass, count: letters.length, groups }, () =>
		describeGroups(queueClass, letters.length, groups),
	);
	return context.io.interrupted.aborted ? exitCodes.interrupted : exitCodes.done;
};

export const describeShow = (command: Command): Command =>
	queueArgument(command, "show one dead letter: reason, error, attempts, input and message")
		.argument("<id>", "the letter's message id or its run's id")
		.addHelpText("after", "\nExample:\n  millrace dlq show observability $ID");

export const show: Action<object> = async (context, [queueClass = "", id = ""]) => {
	const { operator, blobs } = await platformWith(context, queueClass);
	const letter = await findLetter(operator, queueClass, id, context.io.interrupted);
	const input = await inputOf(blobs, letter);
	const { messageId, runId, job, reason, excType, excMessage, attempts, failedAt, body } = letter;
	const shown = {
		messageId,
		runId: runId ?? null,
		job: job ?? null,
		reason,
		error: excType === undefined ? null : { exc_type: excType, exc_message: excMessage ?? "" },
		attempts: attempts ?? null,
		failedAt,
		input: input ?? null,
		body,
	};
	context.print(shown, () => describeLetter(letter, input));
	return exitCodes.done;
};

export interface RedriveOptions {
	readonly id?: readonly string[];
	readonly all?: boolean;
}

export const describeRedrive = (command: Command): Command =>
	queueArgument(command, "send dead letters back to their jobs' queues: the same runs, with fresh attempts")
		.option("--id <id...>", "only these, by message id or run id")
		.option("--all", "all of them")
		.addHelpText(
			"after",
			"\nExamples:\n  millrace dlq redrive observability --id $ID\n  millrace dlq redrive observability --all",
		);

export const redriveLetters: Action<RedriveOptions> = async (context, [queueClass = ""], options) => {
	if ((options.id === undefined) === (options.all !== true)) {
		throw usage("Say which letters: either --id ID (more than one is allowed) or --all.");
	}
	const platform = await platformWith(context, queueClass);
	const report = await redrive({
		platform,
		catalogue: context.catalogue,
		queueClass,
		ids: options.id,
		signal: context.io.interrupted,
		onProgress: (count) => {
			if (context.io.interactive) context.io.overwrite(`redriven: ${count}`);
		},
	});
	if (context.io.interactive) context.io.overwrite("");
	context.print({ queue: queueClass, ...report }, () => `redriven: ${report.redriven.length}`);
	for (const { messageId, error } of report.failed) context.io.err(`not redriven: ${messageId}: ${error}`);
	if (report.cameBack > 0) context.io.err(`failed again meanwhile, and left: ${report.cameBack}`);
	if (report.left > 0) context.io.err(`left, repeat the command for them: ${report.left}`);
	for (const id of report.missing) context.io.err(`not found: ${id}`);
	if (context.io.interrupted.aborted) return exitCodes.interrupted;
	if (report.failed.length > 0) return exitCodes.outside;
	return report.missing.length > 0 ? exitCodes.notThere : exitCodes.done;
};

export interface PurgeOptions {
	readonly yes?: boolean;
}

export const describePurge = (command: Command): Command =>
	queueArgument(command, "delete all dead letters of a queue for good")
		.option("--yes", "don't ask")
		.addHelpText("after", "\nExample:\n  millrace dlq purge observability --yes");

export const purge: Action<PurgeOptions> = async (context, [queueClass = ""], options) => {
	const { operator } = await platformWith(context, queueClass);
	const target = { queueClass, queue: "dead-letter" } as const;
	const { visible, inFlight, delayed } = await operator.depth(target);
	const count = visible + inFlight + delayed;
	if (options.yes !== true) {
		if (!context.io.interactive) throw usage("Purging deletes for good: confirm with --yes.");
		const answer = await context.io.ask(
			`Delete about ${count} dead letters of ${queueClass} for good? Type the queue's name: `,
		);
		if (answer.trim() !== queueClass) throw usage(`"${answer.trim()}" is not "${queueClass}": nothing was deleted.`);
	}
	await operator.purge(target);
	context.print(
		{ queue: queueClass, purged: true, about: count },
		() => `purged: about ${count} (SQS takes up to 60 s)`,
	);
	return exitCodes.done;
};
