/** Worker entry of the kill run. KILL_RUN_JOURNAL names the file that every worker process appends to. */
import { openSync, writeSync } from "node:fs";
import { createWorker } from "../../../lambdas/worker/create-worker.ts";
import { killCatalogue } from "./catalogue.ts";
import type { JournalLine } from "./journal.ts";

const journal = openSync(process.env["KILL_RUN_JOURNAL"] ?? "", "a");
let performances = 0;

export const handler = createWorker(killCatalogue, "killable", {
	journal_task: async (input, context) => {
		performances += 1;
		const performanceId = `${process.pid}-${performances}`;
		const write = (event: JournalLine["event"]): void => {
			const atMs = performance.timeOrigin + performance.now();
			const line: JournalLine = { event, run: context.runId, performance: performanceId, pid: process.pid, atMs };
			// One write call on a file opened for appending: whole lines, also between processes, also when killed right after.
			writeSync(journal, `${JSON.stringify({ ...line, attempt: context.attempt })}\n`);
		};
		write("begin");
		await new Promise((resolve) => setTimeout(resolve, input.work_ms));
		write("end");
		return { performance: performanceId };
	},
});
