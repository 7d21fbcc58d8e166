// Worker entry of the bench: bundled and composed exactly like the project's own.
import { createWorker } from "../../lambdas/worker/create-worker.ts";
import { benchCatalogue } from "./catalogue.ts";

export const handler = createWorker(benchCatalogue, "bench", {
	noop_task: async ({ n }) => ({ doubled: n * 2 }),
	stamp_task: async () => ({ started_ms: performance.timeOrigin + performance.now() }),
	wait_task: async ({ wait_ms }) => {
		await new Promise((resolve) => setTimeout(resolve, wait_ms));
		return {};
	},
});
