/** Worker entry of the kill run with every feature. KILL_RUN_JOURNAL names the file that every worker process appends to. */
import { createHash } from "node:crypto";
import { openSync, writeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { createWorker } from "../../../lambdas/worker/create-worker.ts";
import type { JobContext } from "../../../shared/job/index.ts";
import { CHILD_DELAY_SECONDS, CHILDREN, featureJobs, featuresCatalogue, LARGE_CHARACTERS } from "./catalogue.ts";
import type { FeatureLine } from "./journal.ts";

const journal = openSync(process.env["KILL_RUN_JOURNAL"] ?? "", "a");
let performances = 0;

interface Work {
	readonly key: string;
	readonly work_ms: number;
}

// One write call on a file opened for appending: whole lines, also between processes, also when killed right after.
function write(line: Omit<FeatureLine, "pid" | "atMs">): void {
	const atMs = performance.timeOrigin + performance.now();
	writeSync(journal, `${JSON.stringify({ ...line, pid: process.pid, atMs })}\n`);
}

/** One performance, between its two lines. `work` answers with what the run comes to, given the performance's id. */
async function journaled<Result>(
	{ key }: Work,
	{ runId: run, job, attempt, leg }: JobContext,
	work: (performanceId: string) => Promise<Result>,
): Promise<Result> {
	performances += 1;
	const performanceId = `${process.pid}-${performances}`;
	const about = { run, performance: performanceId, job, key, attempt, leg };
	write({ event: "begin", ...about });
	let done = false;
	try {
		const result = await work(performanceId);
		done = true;
		return result;
	} finally {
		write({ event: "end", done, ...about });
	}
}

const simply = (input: Work, context: JobContext) =>
	journaled(input, context, async (id) => {
		await pause(input.work_ms);
		return { performance: id };
	});

const STAGES = 4;

export const handler = createWorker(
	featuresCatalogue,
	"killable",
	{
		paced_task: simply,
		keyed_task: simply,
		single_task: simply,
		child_task: simply,
		debounced_task: simply,
		staged_task: (input, context) =>
			journaled(input, context, async (id) => {
				const first = typeof context.cursor === "number" ? context.cursor : 0;
				for (let stage = first; stage < STAGES; stage++) {
					const name = `stage-${stage}`;
					const value = await context.once(name, async () => `${id}-${stage}`);
					write({
						event: "once",
						run: context.runId,
						performance: id,
						job: context.job,
						key: name,
						value,
						attempt: context.attempt,
						leg: context.leg,
					});
					// Long enough that the stages don't fit one leg.
					await pause(850);
					await context.checkpoint(stage + 1);
				}
				return { performance: id };
			}),
		flaky_task: (input, context) =>
			journaled(input, context, async (id) => {
				await pause(input.work_ms);
				if (context.attempt === 1) throw new Error("not at the first attempt");
				return { performance: id };
			}),
		parent_task: (input, context) =>
			journaled(input, context, async (id) => {
				await pause(input.work_ms);
				const children = Array.from({ length: CHILDREN }, () =>
					context.enqueue(
						featureJobs.child,
						{ key: input.key, work_ms: input.work_ms },
						{ delaySeconds: CHILD_DELAY_SECONDS },
					),
				);
				return { performance: id, children };
			}),
		large_task: (input, context) =>
			journaled(input, context, async (id) => {
				await pause(input.work_ms);
				return { performance: id, text: input.text.slice(0, LARGE_CHARACTERS) };
			}),
		cached_task: (input, context) =>
			journaled(input, context, async () => {
				await pause(input.work_ms);
				return { of: createHash("sha256").update(input.key).digest("hex") };
			}),
		gathered_task: (items) => Promise.all(items.map(({ input, context }) => simply(input, context))),
	},
	{
		before: ({ runId: run, job, attempt, leg }) =>
			write({ event: "before", run, performance: "", job, key: "", attempt, leg }),
		after: ({ runId: run, job, attempt, leg }, { state }) =>
			write({ event: "after", run, performance: "", job, key: "", attempt, leg, value: state }),
	},
);
