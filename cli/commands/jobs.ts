/** `millrace jobs`: what the catalogue holds. Needs no platform. */
import type { Command } from "commander";
import type { Catalogue } from "../../shared/catalogue/define-catalogue.ts";
import type { JobDefinition } from "../../shared/job/define-job.ts";
import { rateWords } from "../../shared/job/rate-limit.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { nearestNames } from "../../shared/kernel/nearest-names.ts";
import { jobSchemas } from "../../shared/wire/json-schemas.ts";
import type { Action } from "../command-context.ts";
import { exitCodes } from "../exit-codes.ts";
import { formatTable } from "../table.ts";
import { safeJson } from "../terminal-text.ts";

export const describeJobs = (command: Command): Command =>
	command
		.description("list the jobs of the catalogue, or show one with its schemas")
		.argument("[job]", "show this one only")
		.addHelpText(
			"after",
			"\nExamples:\n  millrace jobs detect_anomalies_task\n  millrace jobs --json | jq '.jobs[].input'",
		);

export const jobs: Action<object> = async (context, [name]) => {
	const { catalogue } = context;
	if (name === undefined) {
		const facts = catalogue.jobs.map((job) => factsOf(job, catalogue.groupOf(job.queueClass.name)?.name));
		context.print({ jobs: facts }, () =>
			formatTable(
				["job", "queue", "worker group", "retries", "rate", "description"],
				facts.map((job) => [
					job.name,
					job.queue,
					job.workerGroup ?? "",
					retryWords(job),
					limitWords(job),
					job.description,
				]),
			),
		);
		return exitCodes.done;
	}
	const job = catalogue.findJob(name);
	if (job === undefined) throw unknownJob(catalogue, name);
	const facts = factsOf(job, catalogue.groupOf(job.queueClass.name)?.name);
	context.print(facts, () =>
		[
			`${facts.name}: ${facts.description}`,
			`queue ${facts.queue}, worker group ${facts.workerGroup ?? "(none)"}`,
			`retries ${retryWords(facts)}, rate ${limitWords(facts) || "not limited"}`,
			`input ${safeJson(facts.input, 2)}`,
			`output ${safeJson(facts.output, 2)}`,
		].join("\n"),
	);
	return exitCodes.done;
};

export function unknownJob({ jobs: known }: Pick<Catalogue, "jobs">, name: string): MillraceError {
	const near = nearestNames(
		name,
		known.map((job) => job.name),
	);
	const hint = near.length === 0 ? "`millrace jobs` lists them." : `Did you mean ${near.join(" or ")}?`;
	return new MillraceError("unknown-job", `The catalogue has no job "${name}". ${hint}`, {
		details: { job: name, near },
	});
}

function factsOf(job: JobDefinition, workerGroup: string | undefined) {
	return {
		name: job.name,
		aliases: job.aliases,
		description: job.description,
		queue: job.queueClass.name,
		workerGroup: workerGroup ?? null,
		retry: job.retry,
		rateLimit: job.rateLimit ?? null,
		enqueues: job.enqueues,
		...jobSchemas(job),
	};
}

type Facts = ReturnType<typeof factsOf>;

/** `3 x 60 s exp` */
const retryWords = ({ retry }: Facts): string =>
	retry.retriesMax === 0 ? "none" : `${retry.retriesMax} x ${retry.delaySeconds} s${retry.factor > 1 ? " exp" : ""}`;

const limitWords = ({ rateLimit }: Facts): string =>
	rateLimit === null ? "" : rateWords(rateLimit) + (rateLimit.per === undefined ? "" : ` per ${rateLimit.per}`);
