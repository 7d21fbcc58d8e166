/** Worker entry. RESOURCE_JOURNAL names the file that every worker process appends to; the first start of the database fails, once in all. */
import { closeSync, openSync, writeSync } from "node:fs";
import { createWorker } from "../../../lambdas/worker/create-worker.ts";
import { defineResource } from "../../../shared/job/index.ts";
import { resourceCatalogue } from "./catalogue.ts";

const path = process.env["RESOURCE_JOURNAL"] ?? "";
const journal = openSync(path, "a");
// One write call on a file opened for appending: whole lines, also between processes.
const write = (event: string): void => void writeSync(journal, `${JSON.stringify({ event, pid: process.pid })}\n`);

function isFirstOfAll(): boolean {
	try {
		closeSync(openSync(`${path}.failed`, "wx"));
		return true;
	} catch {
		return false;
	}
}

const secrets = defineResource({
	name: "secrets",
	start: () => {
		write("start secrets");
		return { password: "p" };
	},
	stop: () => write("stop secrets"),
});

const database = defineResource({
	name: "database",
	errorClass: "database",
	start: async () => {
		const { password } = await secrets.get();
		if (isFirstOfAll()) {
			write("fail database");
			throw new Error("connect ECONNREFUSED");
		}
		write("start database");
		return { connection: `${process.pid} with ${password}` };
	},
	stop: async () => {
		await new Promise((resolve) => setTimeout(resolve, 20));
		write("stop database");
	},
});

export const handler = createWorker(
	resourceCatalogue,
	"shared",
	{
		query: async ({ work_ms }) => {
			const { connection } = await database.get();
			write("begin");
			await new Promise((resolve) => setTimeout(resolve, work_ms));
			write("end");
			return { pid: process.pid, connection };
		},
	},
	{ resources: [secrets] },
);
