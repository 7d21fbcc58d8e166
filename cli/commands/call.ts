/** `millrace call JOB`: enqueues a run, and with `--wait` stays until it has ended. */
import type { Command } from "commander";
import type { EnqueueOptions } from "../../shared/client/client.ts";
import { createOperator } from "../../shared/client/operator.ts";
import { classesOfJob } from "../../shared/job/route-run.ts";
import { toIso } from "../../shared/kernel/time.ts";
import type { RunView } from "../../shared/wire/run-view.ts";
import { type Action, type CommandContext, usage } from "../command-context.ts";
import { describeRun } from "../describe-run.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { readInstant, readSeconds } from "../option-values.ts";
import { createProgressBar } from "../progress-bar.ts";
import { readJsonOption } from "../read-json-option.ts";
import { breakerWords } from "./breaker.ts";
import { feedingWords } from "./pause.ts";

export interface CallOptions {
	readonly input?: string;
	readonly id?: string;
	readonly key?: string;
	readonly tenant?: string;
	readonly delay?: string;
	readonly notBefore?: string;
	readonly expiresAt?: string;
	readonly wait?: boolean;
	readonly timeout?: string;
}

export const describeCall = (command: Command): Command =>
	command
		.description("enqueue a run of a job")
		.argument("<job>", "the job's wire name; `millrace jobs` lists them")
		.option("--input <json>", "the input: JSON, @file, or - for standard input", "{}")
		.option("--id <id>", "the run's id (default: from the key, else random)")
		.option("--key <key>", "idempotency key: calls with one job and key are one run")
		.option("--tenant <name>", "on whose behalf")
		.option("--delay <seconds>", "start no sooner than this many seconds from now")
		.option("--not-before <instant>", "start no sooner than this instant (ISO 8601; UTC where it names no offset)")
		.option("--expires-at <instant>", "don't start after this instant (ISO 8601; UTC where it names no offset)")
		.option("--wait", "stay until the run has ended, showing its progress")
		.option("--timeout <seconds>", "with --wait: stop waiting after this long (default: 300)")
		.addHelpText(
			"after",
			`
Examples:
  millrace call detect_anomalies_task --input '{"pipeline_id":1,"pipeline_execution_id":1}' --wait
  millrace call freshness_check_task --key freshness-2026-11-20
  generate | millrace call address_lineage_closure_rebuild_task --input - --json`,
		);

export const call: Action<CallOptions> = async (context, args, options) => {
	const [job = ""] = args;
	const input = await readJsonOption(context.io, "--input", options.input ?? "{}");
	if (options.timeout !== undefined && options.wait !== true) throw usage("--timeout goes with --wait.");
	if (options.delay !== undefined && options.notBefore !== undefined)
		throw usage("Either --delay or --not-before; got both.");
	const timeoutSeconds = readSeconds("--timeout", options.timeout ?? "300");
	const enqueueOptions: EnqueueOptions = {
		id: options.id,
		key: options.key,
		tenant: options.tenant,
		delaySeconds: options.delay === undefined ? undefined : readSeconds("--delay", options.delay),
		notBefore: options.notBefore === undefined ? undefined : toIso(readInstant("--not-before", options.notBefore)),
		expiresAt: options.expiresAt === undefined ? undefined : toIso(readInstant("--expires-at", options.expiresAt)),
	};
	const client = await context.client();
	const { id } = await client.enqueue(job, input, enqueueOptions);
	if (options.wait !== true) {
		context.print({ id, job }, () => id);
		return exitCodes.done;
	}

	context.io.err(`enqueued: ${id}`);
	await tellWhatHoldsBack(context, job);
	const bar = createProgressBar(context.io);
	try {
		const view = await client.wait(id, { timeoutSeconds, signal: context.io.interrupted, onProgress: bar.show });
		bar.clear();
		const full = await withResult(view, () => client.result(id));
		context.print(full, () => describeRun(full));
		return endCode(view.state);
	} finally {
		bar.clear();
	}
};

/** A run of a paused class waits for as long as it is paused, one of a class whose breaker is open may. Not everybody who may enqueue may see that. */
async function tellWhatHoldsBack(context: CommandContext, name: string): Promise<void> {
	const job = context.catalogue.findJob(name);
	if (job === undefined) return;
	const { io, catalogue } = context;
	const operator = createOperator({ catalogue, ...(await context.platform()) });
	for (const { name } of classesOfJob(catalogue, job)) {
		const [feeding, breaker] = await Promise.all([
			operator.feeding(name).catch(() => undefined),
			operator.breaker(name).catch(() => undefined),
		]);
		if (feeding !== undefined && feeding.state !== "active")
			io.err(`hint: queue ${name} is ${feedingWords(feeding)}; its runs wait until \`millrace resume ${name}\``);
		if (breaker?.state === "open")
			io.err(
				`hint: the breaker of queue ${name} is ${breakerWords(breaker)}; its runs may wait for that, or until \`millrace breaker ${name} --close\``,
			);
	}
}

/** A large result is fetched: who waits wants it. */
async function withResult(view: RunView, read: () => Promise<unknown>): Promise<RunView> {
	if (view.state !== "SUCCESS" || view.result_ref === undefined) return view;
	const { result_ref: _, ...rest } = view;
	return { ...rest, result: await read() };
}

export const endCode = (state: RunView["state"]): ExitCode =>
	state === "FAILURE" || state === "REVOKED" ? exitCodes.failed : exitCodes.done;
