/** The rules of jobs that take several runs at once. */
import { BATCH_WAIT_MS_DEFAULT, BATCH_WAIT_MS_MAX } from "../job/batch-job.ts";
import type { JobDefinition } from "../job/define-job.ts";
import { MAPPING_BATCH_MAX } from "../kernel/limits.ts";
import { type Lists, type Rule, range } from "./rule.ts";

/** What keeps runs of the job from being in one invocation together, by its name. */
function roomsOf({ queueClass, concurrency }: JobDefinition, { workerGroups }: Lists): readonly [string, number][] {
	const group = workerGroups.find(({ queueClasses }) => queueClasses.some(({ name }) => name === queueClass.name));
	const rooms: readonly [string, number | undefined][] = [
		[`the batchSize of its queue class ${queueClass.name}`, queueClass.batchSize],
		[`the runConcurrency of its worker group ${group?.name}`, group?.runConcurrency],
		[`the concurrencyMax of its worker group ${group?.name}`, group?.concurrencyMax],
		["its own concurrency.max", concurrency?.per === undefined ? concurrency?.max : undefined],
	];
	return rooms.filter((room): room is [string, number] => room[1] !== undefined);
}

const tooSmall = (job: JobDefinition, lists: Lists): readonly string[] =>
	roomsOf(job, lists)
		.filter(([, most]) => most < (job.batch?.runsMax ?? 0))
		.map(([what, most]) => `${what} (${most})`);

export const batchRules: readonly Rule<JobDefinition>[] = [
	range("batch.runsMax", ({ batch }) => batch?.runsMax ?? 2, 2, MAPPING_BATCH_MAX),
	range("batch.waitMs", ({ batch }) => batch?.waitMs ?? BATCH_WAIT_MS_DEFAULT, 0, BATCH_WAIT_MS_MAX),
	{
		holds: (job, lists) => tooSmall(job, lists).length === 0,
		problem: (job, lists) =>
			`batch.runsMax ${job.batch?.runsMax} can't come together: it is above ${tooSmall(job, lists).join(" and ")}`,
	},
	{
		holds: ({ batch, checkpoints }) => batch === undefined || !checkpoints,
		problem: () =>
			"has `batch` and `checkpoints`: runs that perform together can't go on in legs of their own. Make the batch small enough for one leg, or perform the runs one by one",
	},
	{
		holds: ({ batch, rateLimit }) => batch === undefined || rateLimit === undefined,
		problem: () =>
			"has `batch` and `rateLimit`: a rate limit is for single starts, which a batch brings together. Limit the class's maxConcurrency, or perform the runs one by one",
	},
];
