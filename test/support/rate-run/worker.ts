/** Worker entry of the rate run. RATE_RUN_JOURNAL names the file that every worker process appends to. */
import { openSync, writeSync } from "node:fs";
import { createWorker } from "../../../lambdas/worker/create-worker.ts";
import type { JobContext } from "../../../shared/job/index.ts";
import { rateCatalogue } from "./catalogue.ts";

const journal = openSync(process.env["RATE_RUN_JOURNAL"] ?? "", "a");

async function note(input: { readonly work_ms: number }, context: JobContext): Promise<null> {
	const line = { job: context.job, run: context.runId, pid: process.pid, atMs: Date.now() };
	// One write call on a file opened for appending: whole lines, also between processes.
	writeSync(journal, `${JSON.stringify(line)}\n`);
	await new Promise((resolve) => setTimeout(resolve, input.work_ms));
	return null;
}

export const handler = createWorker(rateCatalogue, "paced", { paced_task: note, sparse_task: note });
