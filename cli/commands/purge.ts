/** `millrace purge QUEUE`: deletes every message that waits for a queue class's workers. */
import type { Command } from "commander";
import { type Action, type CommandContext, usage } from "../command-context.ts";
import { exitCodes } from "../exit-codes.ts";

export interface PurgeOptions {
	readonly yes?: boolean;
}

export const describePurge = (command: Command): Command =>
	command
		.description("delete every message of a queue for good: waiting, delayed and in flight; dead letters stay")
		.argument("<queue>", "the queue class; `millrace queues` lists them")
		.option("--yes", "don't ask")
		.addHelpText(
			"after",
			`
Their runs are not performed. A run that had not begun stays PENDING; one between two attempts stays RETRY until a sweep finds
it and ends it SKIPPED; one that performs ends as it ends. What waits for more than 15 minutes is not in the queue, and comes later.
Pause the class first if workers are to take no more until then.

Example:
  millrace purge observability --yes`,
		);

export const purge: Action<PurgeOptions> = async (context, [queueClass = ""], options) => {
	const operator = await context.operatorOf(queueClass);
	const { main } = await operator.depth(queueClass);
	const count = main.visible + main.inFlight + main.delayed;
	await confirm(context, options, queueClass, `Delete about ${count} messages of ${queueClass} for good?`);
	await operator.purge(queueClass);
	context.print(
		{ queue: queueClass, purged: true, about: count },
		() => `purged: about ${count} messages (SQS takes up to 60 s)`,
	);
	return exitCodes.done;
};

/** @throws MillraceError `usage` unless the answer, or `--yes`, says so. */
export async function confirm(
	{ io }: CommandContext,
	{ yes }: PurgeOptions,
	queueClass: string,
	question: string,
): Promise<void> {
	if (yes === true) return;
	if (!io.interactive) throw usage("This deletes for good: confirm with --yes.");
	const answer = (await io.ask(`${question} Type the queue's name: `)).trim();
	if (answer !== queueClass) throw usage(`"${answer}" is not "${queueClass}": nothing was deleted.`);
}
