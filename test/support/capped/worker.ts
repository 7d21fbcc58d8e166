/** Worker entry of all three groups. CAPPED_JOURNAL names the file that every worker process appends to. */
import { openSync, writeSync } from "node:fs";
import { createWorker } from "../../../lambdas/worker/create-worker.ts";
import type { JobContext } from "../../../shared/job/index.ts";
import { cappedCatalogue } from "./catalogue.ts";

const journal = openSync(process.env["CAPPED_JOURNAL"] ?? "", "a");

async function work({ key, work_ms }: { key: string; work_ms: number }, { job, runId }: JobContext): Promise<void> {
	const write = (event: "begin" | "end"): void => {
		const atMs = performance.timeOrigin + performance.now();
		// One write call on a file opened for appending: whole lines, also between processes.
		writeSync(journal, `${JSON.stringify({ event, job, key, run: runId, pid: process.pid, atMs })}\n`);
	};
	write("begin");
	await new Promise((resolve) => setTimeout(resolve, work_ms));
	write("end");
}

const group = process.env["MILLRACE_GROUP"];
export const handler =
	group === "single"
		? createWorker(cappedCatalogue, "single", { single_a: work, single_b: work })
		: group === "triple"
			? createWorker(cappedCatalogue, "triple", { triple_a: work, triple_b: work })
			: createWorker(cappedCatalogue, "keyed", { keyed: work });
