/** The workload of the schedule run: ticks that are soon done, and a job that goes on until it is let go. */
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import { defineJob, defineQueueClass, defineSchedule, defineWorkerGroup } from "../../../shared/job/index.ts";

const quick = defineQueueClass({ name: "quick", promise: "soon done", maxConcurrency: 2 });
const slow = defineQueueClass({ name: "slow", promise: "done when it is let go", maxConcurrency: 2 });

export const noteTask = defineJob({
	name: "note_task",
	description: "Notes for whom it ran.",
	queueClass: quick,
	input: z.strictObject({ who: z.string() }),
	output: z.null(),
});

export const holdTask = defineJob({
	name: "hold_task",
	description: "Notes that it began, and ends once it is let go.",
	queueClass: slow,
	input: z.strictObject({ who: z.string() }),
	output: z.null(),
});

const everyFiveMinutes = { job: noteTask, everySeconds: 300 } as const;

export const catalogue = defineCatalogue({
	workerGroups: [defineWorkerGroup({ name: "scheduled", queueClasses: [quick, slow] })],
	jobs: [noteTask, holdTask],
	schedules: [
		defineSchedule({
			...everyFiveMinutes,
			name: "all-of-them",
			input: { who: "all-of-them" },
			catchUp: { windowSeconds: 1800, runs: "all" },
		}),
		defineSchedule({
			...everyFiveMinutes,
			name: "the-latest",
			input: { who: "the-latest" },
			catchUp: { windowSeconds: 1800, runs: "latest" },
		}),
	],
});
