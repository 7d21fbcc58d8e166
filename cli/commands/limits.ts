/** `millrace limits`: how rate limits stand, and other rates in place of the declared ones while the platform runs. */
import type { Command } from "commander";
import type { LimitView } from "../../shared/client/client.ts";
import { type RateText, rateWords } from "../../shared/job/rate-limit.ts";
import { type Action, usage } from "../command-context.ts";
import { exitCodes } from "../exit-codes.ts";
import { readPositive } from "../option-values.ts";
import { formatTable } from "../table.ts";

const limiterHelp = "a job's name, a name that jobs share, or of a limit per key NAME#KEY";

export const describeList = (command: Command): Command =>
	command
		.description("show every limiter, or one: its rate, what an operator has set, how many starts wait")
		.argument("[limiter]", limiterHelp)
		.addHelpText(
			"after",
			`
"waiting" counts starts that have been given a time which is still to come. Of a limit that is counted per key, ask for one key.

Examples:
  millrace limits
  millrace limits list 'stripe#customer-7'
  millrace limits --json | jq '.limits[] | select(.override != null)'`,
		);

export const list: Action<object> = async (context, [limiter]) => {
	const { limits } = await context.client();
	print(context, limiter === undefined ? await limits.list() : [await limits.get(limiter)]);
	return exitCodes.done;
};

export const describeSet = (command: Command): Command =>
	command
		.description("set another rate, for every worker from its next start on, until it is restored")
		.argument("<limiter>", limiterHelp)
		.argument("<rate>", "such as 15/s, 100/m, 1000/h")
		.option(
			"--burst <n>",
			"starts that may come at once after a quiet time (default: 1 + what the rate brings in 100 ms)",
		)
		.addHelpText(
			"after",
			`
Runs that wait already keep their place up to 15 minutes: a higher rate reaches them as they come back.

Examples:
  millrace limits set detect_anomalies_task 50/s --burst 10
  millrace limits set 'stripe#customer-7' 100/m`,
		);

export const set: Action<{ readonly burst?: string }> = async (context, [limiter = "", rate = ""], { burst }) => {
	const number = burst === undefined ? undefined : Number(burst);
	if (number !== undefined && !(number >= 1)) throw usage(`--burst must be a number of at least 1; got "${burst}".`);
	const { limits } = await context.client();
	// What is no rate is refused with the forms there are.
	const view = await limits.set(limiter, rate as RateText, number === undefined ? {} : { burst: number });
	print(context, [view]);
	return exitCodes.done;
};

export const describeFactor = (command: Command): Command =>
	command
		.description("multiply the declared rate: 0.5 halves it; the last factor holds, they don't add up")
		.argument("<limiter>", limiterHelp)
		.argument("<factor>", "a number above 0")
		.addHelpText("after", "\nExample:\n  millrace limits factor detect_anomalies_task 0.5");

export const factor: Action<object> = async (context, [limiter = "", by = ""]) => {
	const multiplier = readPositive("FACTOR", by);
	const { limits } = await context.client();
	print(context, [await limits.factor(limiter, multiplier)]);
	return exitCodes.done;
};

export const describeRestore = (command: Command): Command =>
	command
		.description("let the declared rate hold again")
		.argument("<limiter>", limiterHelp)
		.addHelpText("after", "\nExample:\n  millrace limits restore detect_anomalies_task");

export const restore: Action<object> = async (context, [limiter = ""]) => {
	const { limits } = await context.client();
	print(context, [await limits.restore(limiter)]);
	return exitCodes.done;
};

function print(context: Parameters<Action<object>>[0], views: readonly LimitView[]): void {
	context.print({ limits: views }, () =>
		views.length === 0
			? "No job of the catalogue has a rate limit."
			: formatTable(
					["limiter", "rate", "declared", "set", "per", "waiting", "jobs"],
					views.map((view) => [
						view.limiter,
						rateWords(view.rate),
						rateWords(view.declared),
						overrideWords(view),
						view.per ?? "",
						view.waiting ?? "",
						view.jobs.join(", "),
					]),
				),
	);
}

function overrideWords({ override }: LimitView): string {
	if (override === null) return "";
	return override.kind === "factor" ? `x ${override.factor}` : rateWords(override);
}
