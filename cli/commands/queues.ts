/** `millrace queues`: what waits, what is being worked on, what is delayed, what is dead. */
import type { Command } from "commander";
import type { Action } from "../command-context.ts";
import { exitCodes } from "../exit-codes.ts";
import { formatTable } from "../table.ts";

export const describeQueues = (command: Command): Command =>
	command
		.description("show every queue's depth, in flight, delayed and dead letters (SQS's approximate numbers)")
		.addHelpText(
			"after",
			`
With --json also each queue's URL and its dead-letter queue's.

Examples:
  millrace queues
  millrace queues --json | jq -r '.queues[] | select(.dead > 0) | .queue'`,
		);

export const queues: Action<object> = async (context) => {
	const { address, operator } = await context.platform();
	const rows = await Promise.all(
		Object.keys(address.queues)
			.sort()
			.map(async (queueClass) => {
				const [main, dead] = await Promise.all([
					operator.depth({ queueClass, queue: "main" }),
					operator.depth({ queueClass, queue: "dead-letter" }),
				]);
				return {
					queue: queueClass,
					workerGroup: context.catalogue.groupOf(queueClass)?.name ?? null,
					depth: main.visible,
					inFlight: main.inFlight,
					delayed: main.delayed,
					dead: dead.visible + dead.inFlight + dead.delayed,
					...address.queues[queueClass],
				};
			}),
	);
	context.print({ queues: rows }, () =>
		formatTable(
			["queue", "worker group", "depth", "in flight", "delayed", "dead"],
			rows.map((row) => [row.queue, row.workerGroup ?? "(none)", row.depth, row.inFlight, row.delayed, row.dead]),
		),
	);
	return exitCodes.done;
};
