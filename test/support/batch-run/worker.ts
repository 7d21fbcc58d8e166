/** Worker entry. The third document of each call is one that fails. */
import { createWorker } from "../../../lambdas/worker/create-worker.ts";
import { JobError } from "../../../shared/job/index.ts";
import { batchCatalogue } from "./catalogue.ts";

export const handler = createWorker(batchCatalogue, "bulk", {
	index_documents: async (items) =>
		items.map((_, position) =>
			position === 2 ? new JobError("validation", "No such document") : { position, together: items.length },
		),
	render_page: async ({ page, text }) => `${page}: ${text}`,
});
