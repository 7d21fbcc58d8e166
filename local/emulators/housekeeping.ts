/** Once a minute: removes expired items and messages that outlived their queue's retention, which the emulators keep. */
import type { TablePlan } from "../assembly/read-table.ts";
import type { OnLocalEvent } from "../local-event.ts";
import type { DynamoDbCall } from "./dynamodb-call.ts";
import type { MessageQueue } from "./message-queue.ts";
import { sweepTable } from "./sweep-table.ts";

const INTERVAL_MS = 60_000;

/** Gives the function that ends it. */
export function startHousekeeping(options: {
	readonly call: DynamoDbCall;
	readonly tables: readonly TablePlan[];
	readonly queues: () => readonly MessageQueue[];
	readonly onEvent: OnLocalEvent | undefined;
}): () => void {
	const { call, tables, onEvent } = options;
	let busy = false;
	let stopped = false;

	async function sweep(): Promise<void> {
		if (busy) return;
		busy = true;
		const nowMs = Date.now();
		for (const queue of options.queues()) queue.dropExpired(nowMs);
		for (const table of tables) {
			try {
				const expired = await sweepTable(call, table, Math.floor(nowMs / 1000));
				if (expired > 0) onEvent?.({ type: "table-swept", table: table.name, expired });
			} catch (error) {
				if (stopped) return;
				const why = error instanceof Error ? error.message : String(error);
				onEvent?.({ type: "warning", message: `Expired items of ${table.name} could not be removed: ${why}` });
			}
		}
		busy = false;
	}

	// At the start, too: a kept data folder may hold much that expired meanwhile.
	void sweep();
	const timer = setInterval(() => void sweep(), INTERVAL_MS);
	timer.unref();
	return () => {
		stopped = true;
		clearInterval(timer);
	};
}
