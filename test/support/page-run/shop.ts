/** Worker entry. Orders that end in 7 fail, with a text of a stranger's, until the file that the environment names is there. */
import { existsSync } from "node:fs";
import { createWorker } from "../../../lambdas/worker/create-worker.ts";
import { JobError } from "../../../shared/job/index.ts";
import { pageCatalogue } from "./catalogue.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const handler = createWorker(pageCatalogue, "shop", {
	import_order: async ({ order, note = "" }) => {
		await pause(20 + (order % 13) * 12);
		if (order % 10 === 7 && !existsSync(process.env["PAGE_RUN_MENDED"] ?? ""))
			throw order % 30 === 27
				? new JobError("api", `The tax service does not know the country of order ${order}`, { retryable: false })
				: new JobError("database", `Order ${order} of ${note} is locked by another session`);
		return { positions: order % 5 };
	},
	mail_invoice: async ({ invoice }, { attempt }) => {
		await pause(10 + (invoice % 7) * 9);
		if (invoice % 6 === 5 && attempt === 1) throw new JobError("api", "The mail service answered 503");
		return { pages: 1 };
	},
});
