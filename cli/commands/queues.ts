/** `millrace queues`: what waits, what is being worked on, what is delayed, what is dead, and which classes are paused or held back by their breaker. */
import type { Command } from "commander";
import { type BreakerView, createOperator, type Feeding } from "../../shared/client/operator.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { safeLine } from "../../shared/kernel/safe-text.ts";
import type { Action } from "../command-context.ts";
import { exitCodes } from "../exit-codes.ts";
import { formatTable } from "../table.ts";
import { breakerWords } from "./breaker.ts";
import { feedingWords } from "./pause.ts";

export const describeQueues = (command: Command): Command =>
	command
		.description(
			"show every queue's depth, in flight, delayed and dead letters (SQS's approximate numbers), and which are paused or held back by their breaker",
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
				const [{ main, deadLetters }, feeding, breaker] = await Promise.all([
					operator.depth(queueClass),
					operator.feeding(queueClass).catch(unreadable),
					operator.breaker(queueClass).catch(unreadable),
				]);
				return {
					queue: queueClass,
					workerGroup: context.catalogue.groupOf(queueClass)?.name ?? null,
					feeding,
					breaker,
					depth: main.visible,
					inFlight: main.inFlight,
					delayed: main.delayed,
					dead: deadLetters.visible + deadLetters.inFlight + deadLetters.delayed,
					...address.queues[queueClass],
				};
			}),
	);
	context.print({ queues: rows.map(({ feeding, breaker, ...row }) => ({ ...row, ...toJson(feeding, breaker) })) }, () =>
		formatTable(
			["queue", "worker group", "depth", "in flight", "delayed", "dead", "state"],
			rows.map((row) => [
				row.queue,
				row.workerGroup ?? "(none)",
				row.depth,
				row.inFlight,
				row.delayed,
				row.dead,
				stateWords(row),
			]),
		),
	);
	const told = rows.map(({ feeding }) => feeding).find((feeding) => feeding instanceof MillraceError);
	if (told !== undefined) context.io.err(`hint: who is paused is not known: ${safeLine(told.message)}`);
	const untold = rows.map(({ breaker }) => breaker).find((breaker) => breaker instanceof MillraceError);
	if (untold !== undefined) context.io.err(`hint: whose breaker is open is not known: ${safeLine(untold.message)}`);
	return exitCodes.done;
};

/** Depths are worth showing to who may not read mappings. */
function unreadable(error: unknown): MillraceError {
	if (error instanceof MillraceError) return error;
	throw error;
}

interface Standing {
	readonly feeding: Feeding | MillraceError;
	readonly breaker: BreakerView | MillraceError;
}

/** `active`; `active, breaker open since …`. */
function stateWords({ feeding, breaker }: Standing): string {
	const words = feeding instanceof MillraceError ? "?" : feedingWords(feeding);
	const isOpen = !(breaker instanceof MillraceError) && breaker.state === "open";
	return isOpen ? `${words}, breaker ${breakerWords(breaker)}` : words;
}

const toJson = (feeding: Feeding | MillraceError, breaker: BreakerView | MillraceError) => ({
	...(feeding instanceof MillraceError
		? { state: null, pausedSince: null, pausedBecause: null }
		: { state: feeding.state, pausedSince: feeding.since ?? null, pausedBecause: feeding.reason ?? null }),
	breaker: breaker instanceof MillraceError ? null : breaker,
});
