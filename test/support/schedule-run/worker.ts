/** Worker entry of the schedule run. SCHEDULE_RUN_FOLDER holds the journal that every run appends to, and later the file that lets go. */
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createWorker } from "../../../lambdas/worker/create-worker.ts";
import type { JobContext } from "../../../shared/job/index.ts";
import { catalogue } from "./catalogue.ts";

const folder = process.env["SCHEDULE_RUN_FOLDER"] ?? "";

async function note({ who }: { readonly who: string }, { runId }: JobContext): Promise<null> {
	appendFileSync(join(folder, "journal.ndjson"), `${JSON.stringify({ who, runId })}\n`);
	return null;
}

async function hold(input: { readonly who: string }, context: JobContext): Promise<null> {
	await note(input, context);
	while (!existsSync(join(folder, "let-go"))) await pause(20);
	return null;
}

export const handler = createWorker(catalogue, "scheduled", { note_task: note, hold_task: hold });
