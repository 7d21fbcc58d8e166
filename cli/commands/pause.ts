/** `millrace pause QUEUE` and `millrace resume QUEUE`: whether a queue class's messages reach its workers. */
import type { Command } from "commander";
import type { Feeding } from "../../shared/client/operator.ts";
import { safeLine } from "../../shared/kernel/safe-text.ts";
import type { Action } from "../command-context.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";

export interface PauseOptions {
	readonly reason?: string;
}

export const describePause = (command: Command): Command =>
	command
		.description(
			"stop handing a queue's messages to its workers; they wait in the queue, and what runs goes on to its end",
		)
		.argument("<queue>", "the queue class; `millrace queues` lists them")
		.option("--reason <text>", "why, for whoever looks: `millrace queues` shows it")
		.addHelpText(
			"after",
			`
A class that is paused already keeps its reason unless another is given. Waits until it is done, on AWS up to about a minute. A message waits for 4 days at most, then SQS deletes it.

Example:
  millrace pause observability --reason "warehouse is down until 14:00"`,
		);

export const pause: Action<PauseOptions> = async (context, [queueClass = ""], { reason }) => {
	const operator = await context.operatorOf(queueClass);
	const feeding = await operator.pause(queueClass, {
		signal: context.io.interrupted,
		...(reason === undefined ? {} : { reason }),
	});
	context.print({ queue: queueClass, ...feeding }, () => `${queueClass}: ${feedingWords(feeding)}`);
	if (feeding.replaced !== undefined)
		context.io.err(`hint: it was paused already, and its reason is replaced: ${safeLine(feeding.replaced)}`);
	return codeOf(feeding, "paused");
};

export const describeResume = (command: Command): Command =>
	command
		.description("hand a paused queue's messages to its workers again")
		.argument("<queue>", "the queue class; `millrace queues` lists them")
		.addHelpText("after", "\nExample:\n  millrace resume observability");

export const resume: Action<object> = async (context, [queueClass = ""]) => {
	const operator = await context.operatorOf(queueClass);
	const feeding = await operator.resume(queueClass, { signal: context.io.interrupted });
	context.print({ queue: queueClass, ...feeding }, () => `${queueClass}: ${feedingWords(feeding)}`);
	return codeOf(feeding, "active");
};

/** `paused since 2026-11-20T09:00:00.000Z: warehouse is down` */
export function feedingWords({ state, since, reason }: Feeding): string {
	if (state === "active") return state;
	return `${state}${since === undefined ? "" : ` since ${since}`}${reason === undefined ? "" : `: ${safeLine(reason)}`}`;
}

const codeOf = ({ state }: Feeding, wanted: Feeding["state"]): ExitCode =>
	state === wanted ? exitCodes.done : exitCodes.notThere;
