/** Worker entry. */
import { createWorker } from "../../../lambdas/worker/create-worker.ts";
import { pageCatalogue } from "./catalogue.ts";

export const handler = createWorker(pageCatalogue, "office", {
	render_report: async ({ report }) => {
		await new Promise((resolve) => setTimeout(resolve, 100 + (report % 9) * 60));
		return { charts: report % 4 };
	},
});
