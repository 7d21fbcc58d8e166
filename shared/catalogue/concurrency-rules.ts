/** The rules of concurrency limits and of the caps of worker groups. */
import { CONCURRENCY_MAX, concurrencyName } from "../job/concurrency.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { WorkerGroupDefinition } from "../job/worker-group.ts";
import { hasField, type Lists, type Rule, range } from "./rule.ts";

export const groupCapRules: readonly Rule<WorkerGroupDefinition>[] = [
	range("concurrencyMax", ({ concurrencyMax }) => concurrencyMax ?? 1, 1, CONCURRENCY_MAX),
];

export const jobConcurrencyRules: readonly Rule<JobDefinition>[] = [
	range("concurrency.max", ({ concurrency }) => concurrency?.max ?? 1, 1, CONCURRENCY_MAX),
	{
		holds: ({ concurrency }) =>
			concurrency?.name === undefined || /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/.test(concurrency.name),
		problem: ({ concurrency }) =>
			`concurrency.name must be 1–100 letters, digits, "_", "-" or ".", a letter first; got "${concurrency?.name}"`,
	},
	{
		holds: ({ concurrency, input }) =>
			concurrency?.per === undefined || concurrency.per === "tenant" || hasField(input, concurrency.per),
		problem: ({ concurrency }) =>
			`concurrency.per must be "tenant" or "input.<field>" with a field of the input schema; got "${concurrency?.per}"`,
	},
	{
		holds: (job, lists) => othersUnlike(job, lists).length === 0,
		problem: (job, lists) =>
			`is counted as "${concurrencyName(job)}" together with ${othersUnlike(job, lists).join(", ")}, so all must declare the same max and key`,
	},
];

/** The other jobs that are counted under the same name, and differently. */
const othersUnlike = ({ name, concurrency }: JobDefinition, { jobs }: Lists): readonly string[] =>
	concurrency === undefined
		? []
		: jobs
				.filter((other) => other.name !== name && other.concurrency !== undefined)
				.filter((other) => concurrencyName(other) === concurrencyName({ name, concurrency }))
				.filter((other) => other.concurrency?.max !== concurrency.max || other.concurrency.per !== concurrency.per)
				.map((other) => other.name);
