/** `millrace queues`: what waits, what is being worked on, what is delayed, what is dead, and which classes are paused. */
import type { Command } from "commander";
import { createOperator, type Feeding } from "../../shared/client/operator.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { Action } from "../command-context.ts";
import { exitCodes } from "../exit-codes.ts";
import { formatTable } from "../table.ts";
import { safeLine } from "../terminal-text.ts";
import { feedingWords } from "./pause.ts";

export const describeQueues = (command: Command): Command =>
	command
		.description(
			"show every queue's depth, in flight, delayed and dead letters (SQS's approximate numbers), and which are paused",
		)
		.addHelpText(
			"after",
			`
With --json also each queue's URL and its dead-letter queue's.

Examples:
  millrace queues
  millrace queues --json | jq -r '.queues[] | select(.dead > 0) | .queue'`,
		);

export const queues: Action<object> = async (context) => {
	const platform = await context.platform();
	const { address } = platform;
	const operator = createOperator({ catalogue: context.catalogue, ...platform });
	const rows = await Promise.all(
		Object.keys(address.queues)
			.sort()
			.map(async (queueClass) => {
				const [{ main, deadLetters }, feeding] = await Promise.all([
					operator.depth(queueClass),
					operator.feeding(queueClass).catch(unreadable),
				]);
				return {
					queue: queueClass,
					workerGroup: context.catalogue.groupOf(queueClass)?.name ?? null,
					feeding,
					depth: main.visible,
					inFlight: main.inFlight,
					delayed: main.delayed,
					dead: deadLetters.visible + deadLetters.inFlight + deadLetters.delayed,
					...address.queues[queueClass],
				};
			}),
	);
	context.print({ queues: rows.map(({ feeding, ...row }) => ({ ...row, ...toJson(feeding) })) }, () =>
		formatTable(
			["queue", "worker group", "depth", "in flight", "delayed", "dead", "state"],
			rows.map((row) => [
				row.queue,
				row.workerGroup ?? "(none)",
				row.depth,
				row.inFlight,
				row.delayed,
				row.dead,
				row.feeding instanceof MillraceError ? "?" : feedingWords(row.feeding),
			]),
		),
	);
	const told = rows.map(({ feeding }) => feeding).find((feeding) => feeding instanceof MillraceError);
	if (told !== undefined) context.io.err(`hint: who is paused is not known: ${safeLine(told.message)}`);
	return exitCodes.done;
};

/** Depths are worth showing to who may not read mappings. */
function unreadable(error: unknown): MillraceError {
	if (error instanceof MillraceError) return error;
	throw error;
}

const toJson = (feeding: Feeding | MillraceError) =>
	feeding instanceof MillraceError
		? { state: null, pausedSince: null, pausedBecause: null }
		: { state: feeding.state, pausedSince: feeding.since ?? null, pausedBecause: feeding.reason ?? null };
