/** Worker entry of the legs test. */
import { setTimeout as pause } from "node:timers/promises";
import { createWorker } from "../../../lambdas/worker/create-worker.ts";
import { legsCatalogue } from "./catalogue.ts";

interface Cursor {
	readonly counted: readonly number[];
	readonly legs: readonly number[];
}

export const handler = createWorker(legsCatalogue, "patient", {
	count_task: async ({ to }, context) => {
		const before = (context.cursor ?? { counted: [], legs: [] }) as Cursor;
		const counted = [...before.counted];
		const legs = [...before.legs, context.leg];
		while (counted.length < to) {
			await pause(100);
			counted.push(counted.length + 1);
			context.progress({ step: counted.length, total: to });
			await context.checkpoint({ counted, legs });
		}
		return { counted, legs };
	},
});
