/** Worker entry of the outage run. OUTAGE_RUN_SERVICE is the address of what its job calls. */
import { createWorker } from "../../../lambdas/worker/create-worker.ts";
import { outageCatalogue } from "./catalogue.ts";

export const handler = createWorker(outageCatalogue, "calling", {
	call_task: async ({ n }, { runId }) => {
		const response = await fetch(`${process.env["OUTAGE_RUN_SERVICE"]}/${runId}`);
		await response.arrayBuffer();
		if (!response.ok) throw Object.assign(new Error(`HTTP ${response.status} for ${n}`), { status: response.status });
		return null;
	},
});
