/** Rebuilds the transitive closure of the lineage around some addresses, after new relationships were recorded. */
import * as z from "zod/mini";
import { lineage } from "../../catalogue/queues.ts";
import { defineJob, rateLimit, retryPolicy } from "../../job/index.ts";
import { addressId, count, pipelineId } from "./fields.ts";

/** Addresses that one message may name; their whole connected parts are rebuilt, however large. */
export const CONNECTED_ADDRESSES_MAX = 10_000;

export const addressLineageClosureRebuildTask = defineJob({
	name: "address_lineage_closure_rebuild_task",
	description: "Rebuilds the lineage closure of everything connected with the given addresses.",
	queueClass: lineage,
	input: z.strictObject({
		connected_addresses: z
			.array(addressId)
			.check(
				z.minLength(1),
				z.maxLength(CONNECTED_ADDRESSES_MAX),
				z.describe("Addresses whose relationships changed."),
			),
		pipeline_id: pipelineId,
	}),
	output: z.strictObject({
		pipeline_id: pipelineId,
		/** Connected parts of the graph that hold the given addresses. */
		components: count,
		/** Of these, the ones whose relationships had changed since their closure was built. */
		rebuilt: count,
		/** Addresses and (ancestor, descendant) pairs in these parts. */
		addresses: count,
		pairs: count,
	}),
	retry: retryPolicy({ retriesMax: 3, delaySeconds: 60 }),
	rateLimit: rateLimit("1/s"),
});
