// Worker entry of all groups of capped-catalogue.ts. CAPPED_JOURNAL names the file that every process appends to.
import { openSync, writeSync } from "node:fs";
import { createWorker } from "../../lambdas/worker/create-worker.ts";
import type { JobContext } from "../../shared/job/index.ts";
import type { JournalLine } from "../../test/support/kill-run/journal.ts";
import { cappedCatalogue } from "./capped-catalogue.ts";

const journal = openSync(process.env["CAPPED_JOURNAL"] ?? "", "a");

async function work({ work_ms }: { readonly work_ms: number }, { runId, attempt }: JobContext) {
	const write = (event: JournalLine["event"]): void => {
		const atMs = performance.timeOrigin + performance.now();
		const line: JournalLine = { event, run: runId, performance: `${runId}#${attempt}`, pid: process.pid, atMs };
		// One write call on a file opened for appending: whole lines, also between processes.
		writeSync(journal, `${JSON.stringify(line)}\n`);
	};
	write("begin");
	await new Promise((resolve) => setTimeout(resolve, work_ms));
	write("end");
	return {};
}

const group = process.env["MILLRACE_GROUP"];
export const handler =
	group === "cap-one"
		? createWorker(cappedCatalogue, group, { cap_one_a: work, cap_one_b: work })
		: group === "cap-three"
			? createWorker(cappedCatalogue, group, { cap_three_a: work, cap_three_b: work })
			: group === "reserved-one"
				? createWorker(cappedCatalogue, group, { reserved_one_a: work, reserved_one_b: work })
				: createWorker(cappedCatalogue, "reserved-three", { reserved_three_a: work, reserved_three_b: work });
