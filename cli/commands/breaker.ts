/** `millrace breaker QUEUE`: how a queue class's circuit breaker stands; and to open or close it. */
import type { Command } from "commander";
import { OPEN_SECONDS_MAX } from "../../shared/client/breaker.ts";
import type { BreakerView } from "../../shared/client/operator.ts";
import { safeLine } from "../../shared/kernel/safe-text.ts";
import { type Action, usage } from "../command-context.ts";
import { exitCodes } from "../exit-codes.ts";
import { readWhole } from "../option-values.ts";

export interface BreakerOptions {
	/** `true` without a number. */
	readonly open?: string | true;
	readonly close?: boolean;
	readonly reason?: string;
}

export const describeBreaker = (command: Command): Command =>
	command
		.description("show, open or close what slows a queue while its runs fail on an outage")
		.argument("<queue>", "the queue class; `millrace queues` lists them")
		.option("--open [seconds]", `try no run for so long, at most ${OPEN_SECONDS_MAX} (default: 600)`)
		.option("--close", "go on in full, without trying first")
		.option("--reason <text>", "why it is opened, for whoever looks: `millrace queues` shows it")
		.addHelpText(
			"after",
			`
A worker hears that it was opened with its first run that fails, and that it was closed within half a minute; runs
that wait come back within minutes. It opens and closes by itself: \`millrace pause\` stops a queue whatever it does.

Examples:
  millrace breaker observability
  millrace breaker observability --open 3600 --reason "warehouse is down until 14:00"
  millrace breaker observability --close`,
		);

export const breaker: Action<BreakerOptions> = async (context, [queueClass = ""], { open, close, reason }) => {
	if (open !== undefined && close === true) throw usage("Either --open or --close; got both.");
	if (reason !== undefined && open === undefined) throw usage("--reason goes with --open.");
	const seconds = typeof open === "string" ? readWhole("--open", open, { min: 1, max: OPEN_SECONDS_MAX }) : undefined;
	const operator = await context.operatorOf(queueClass);
	const view =
		open !== undefined
			? await operator.openBreaker(queueClass, {
					...(seconds === undefined ? {} : { seconds }),
					...(reason === undefined ? {} : { reason }),
				})
			: close === true
				? await operator.closeBreaker(queueClass)
				: await operator.breaker(queueClass);
	context.print(view, () => `${queueClass}: ${breakerWords(view)}`);
	if (open !== undefined)
		context.io.err(
			`hint: workers hear of it with their next run that fails; \`millrace pause ${queueClass}\` stops the queue at once.`,
		);
	return exitCodes.done;
};

/** `open since 2026-11-20T09:00:00.000Z, next try 2026-11-20T09:00:30.000Z: ApiError: 503` */
export function breakerWords({ state, openSince, nextProbeAt, because }: BreakerView): string {
	if (state !== "open") return state;
	return `open since ${openSince}, next try ${nextProbeAt}: ${safeLine(because ?? "")}`;
}
