/** The project's queue classes and the worker groups that they feed. */
import { defineQueueClass, defineWorkerGroup } from "../job/index.ts";

export const observability = defineQueueClass({
	name: "observability",
	promise: "Records and checks of pipeline executions, started within seconds.",
});

export const lineage = defineQueueClass({
	name: "lineage",
	promise: "Upkeep of closures, a few at a time: heavy, and never in the way of checks.",
	// The mapping's own minimum. Upkeep of one graph collides with itself, so more would only wait on each other.
	maxConcurrency: 2,
});

export const observabilityGroup = defineWorkerGroup({ name: "observability", queueClasses: [observability] });

export const lineageGroup = defineWorkerGroup({
	name: "lineage",
	queueClasses: [lineage],
	timeoutSeconds: 120,
	memoryMb: 1024,
});
