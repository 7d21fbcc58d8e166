/** Worker entry. CACHED_COMMITS names the file that has a line for each commit, CACHED_JOURNAL one that has a line for each performance. */
import { appendFileSync, readFileSync } from "node:fs";
import { createWorker } from "../../../lambdas/worker/create-worker.ts";
import { cachedCatalogue } from "./catalogue.ts";

const commits = process.env["CACHED_COMMITS"] ?? "";
const journal = process.env["CACHED_JOURNAL"] ?? "";

export const handler = createWorker(cachedCatalogue, "repositories", {
	async count_commits({ repository_id }, { runId }) {
		appendFileSync(journal, `${runId}\n`);
		const lines = readFileSync(commits, "utf8").split("\n");
		return { commits: lines.filter((line) => line === String(repository_id)).length };
	},
	async push({ repository_id }, { invalidateCache }) {
		appendFileSync(commits, `${repository_id}\n`);
		await invalidateCache([`repository:${repository_id}`]);
		return null;
	},
});
