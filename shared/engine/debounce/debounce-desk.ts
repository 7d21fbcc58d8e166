/**
 * Where the runs of one invocation learn who is the latest of their key. What comes under one key in the same tick is one update, of the
 * latest of them; the rows that decide on the others are read together.
 */
import { DYNAMODB_BATCH_GET_MAX, MAPPING_BATCH_MAX, QUEUE_RETENTION_SECONDS } from "../../kernel/limits.ts";
import { plusSeconds, toEpochSeconds } from "../../kernel/time.ts";
import type { Enqueue, LatestEnqueue, NewEnqueue } from "../../ports/debounce-store.ts";
import type { RunRecord } from "../../ports/job-store.ts";
import { type Batcher, createBatcher } from "../batcher.ts";
import type { WorkerParts } from "../worker-parts.ts";
import { isLater } from "./decide-debounced.ts";

export interface DebounceDesk {
	/** @returns the enqueue itself, or a later one. @throws MillraceError `store-failed` */
	note(key: string, enqueue: NewEnqueue): Promise<LatestEnqueue>;
	/** @throws MillraceError `store-failed` */
	readRow(run: Enqueue["run"]): Promise<RunRecord | undefined>;
}

export function createDebounceDesk({
	debounce,
	store,
	clock,
}: Pick<WorkerParts, "debounce" | "store" | "clock">): DebounceDesk {
	const thisTick = async (): Promise<void> => {};
	const keys = new Map<string, Batcher<NewEnqueue, LatestEnqueue>>();
	const rows = createBatcher<Enqueue["run"], RunRecord | undefined>({
		async send(runs) {
			const distinct = [...new Set(runs)];
			const found = await store.getMany(distinct);
			return runs.map((run) => found[distinct.indexOf(run)]);
		},
		itemsMax: DYNAMODB_BATCH_GET_MAX,
		linger: thisTick,
	});

	function batcherOf(key: string): Batcher<NewEnqueue, LatestEnqueue> {
		const known = keys.get(key);
		if (known !== undefined) return known;
		const made = createBatcher<NewEnqueue, LatestEnqueue>({
			async send(all) {
				const now = clock.now();
				// Whatever of it is still under way by then was sent later than all that this could be wrong about.
				const expiresAt = toEpochSeconds(plusSeconds(now, QUEUE_RETENTION_SECONDS));
				const last = all.reduce((one, other) => (isLater(other, one) ? other : one));
				const latest = await debounce.note(key, last, { now, expiresAt });
				return all.map(() => latest);
			},
			itemsMax: MAPPING_BATCH_MAX,
			linger: thisTick,
		});
		keys.set(key, made);
		return made;
	}

	return { note: (key, enqueue) => batcherOf(key).add(enqueue), readRow: (run) => rows.add(run) };
}
