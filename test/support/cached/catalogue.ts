/** A job whose results are cached, one run at a time for each repository, and one that changes what they are computed from. */
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import { defineJob, defineQueueClass, defineWorkerGroup, singleton } from "../../../shared/job/index.ts";

const queueClass = defineQueueClass({ name: "repositories", promise: "soon" });

export const countCommits = defineJob({
	name: "count_commits",
	description: "Reads how many commits a repository has.",
	queueClass,
	input: z.strictObject({ repository_id: z.int(), branch: z._default(z.string(), "main") }),
	output: z.strictObject({ commits: z.int() }),
	concurrency: singleton({ per: "input.repository_id" }),
	resultCache: { seconds: 3600, tags: ["repository:{input.repository_id}"] },
});

export const push = defineJob({
	name: "push",
	description: "Adds a commit.",
	queueClass,
	input: z.strictObject({ repository_id: z.int() }),
	output: z.null(),
});

export const cachedCatalogue = defineCatalogue({
	workerGroups: [defineWorkerGroup({ name: "repositories", queueClasses: [queueClass] })],
	jobs: [countCommits, push],
});
