/** What was measured, kept for each stack apart, as CloudWatch keeps it in a namespace of each: platforms may have jobs of the same name. */
import { invariant } from "../../shared/kernel/errors.ts";
import type { PlatformAddress } from "../../shared/wire/platform-address.ts";
import type { LocalPlan } from "../assembly/plan-stacks.ts";
import type { MessageQueue } from "../emulators/message-queue.ts";
import type { LocalEvent } from "../local-event.ts";
import { createMetricStore, type MetricStore } from "./metric-store.ts";
import { type RecordedQueue, recordMetrics } from "./record-metrics.ts";

export interface StackMetrics {
	readonly onEvent: (event: LocalEvent) => void;
	storeOf(stack: string): MetricStore;
	stop(): void;
}

export function recordStacks(
	plan: Pick<LocalPlan, "stacks" | "platforms" | "functions">,
	queues: readonly MessageQueue[],
	now: () => number,
): StackMetrics {
	const stacks = new Map(
		Object.keys(plan.stacks).map((stack) => {
			const functions = plan.functions.filter((one) => one.stack === stack);
			const store = createMetricStore(now);
			const recorder = recordMetrics(store, {
				queues: queuesOf(plan.platforms[stack], queues),
				groupOf: (id) => functions.find(({ logicalId }) => logicalId === id)?.environment["MILLRACE_GROUP"],
				now,
			});
			return [stack, { store, recorder }] as const;
		}),
	);
	return {
		onEvent(event) {
			if ("stack" in event) stacks.get(event.stack)?.recorder.onEvent(event);
		},
		storeOf(stack) {
			const found = stacks.get(stack);
			invariant(found !== undefined, `every stack has a store (${stack})`);
			return found.store;
		},
		stop() {
			for (const { recorder } of stacks.values()) recorder.stop();
		},
	};
}

/** Those of the platform's classes, found by their URLs. */
function queuesOf(platform: PlatformAddress | undefined, queues: readonly MessageQueue[]): readonly RecordedQueue[] {
	const named = new Map(queues.map((queue) => [queue.name, queue]));
	return Object.entries(platform?.queues ?? {}).flatMap(([queueClass, { url, deadLetterUrl }]) =>
		(
			[
				["main", url],
				["dead-letter", deadLetterUrl],
			] as const
		).flatMap(([queue, queueUrl]) => {
			const of = named.get(queueUrl.split("/").at(-1) ?? "");
			return of === undefined ? [] : [{ queueClass, queue, of }];
		}),
	);
}
