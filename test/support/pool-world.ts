/** A pool counter over a slot store in memory, on a virtual clock. */
import type { Entry, Hold } from "../../shared/engine/concurrency/entry.ts";
import { createPoolCounter } from "../../shared/engine/concurrency/pool-counter.ts";
import { epochMs, plusSeconds } from "../../shared/kernel/time.ts";
import type { SlotStore } from "../../shared/ports/slot-store.ts";
import { createMemorySlotStore } from "./memory-slot-store.ts";
import { createSeededRandom } from "./seeded-random.ts";
import { createVirtualClock } from "./virtual-clock.ts";

export const nine = epochMs(Date.parse("2026-11-20T09:00:00Z"));
export const later = (seconds: number) => plusSeconds(nine, seconds);

export function poolWorld(
	over: { max?: number; blocking?: boolean; shared?: boolean; store?: Partial<SlotStore> } = {},
) {
	const clock = createVirtualClock({ start: nine });
	const memory = createMemorySlotStore();
	const failures: string[] = [];
	const performing: number[] = [];
	const random = createSeededRandom();
	const pool = {
		id: "p",
		max: over.max ?? 1,
		whenBusy: "wait",
		keptBetweenLegs: true,
		blocking: over.blocking ?? false,
		shared: over.shared ?? false,
	} as const;
	const worker = (lane = "standard") =>
		createPoolCounter(
			{ ...pool, lane },
			{
				store: { ...memory, ...over.store },
				clock,
				token: random.token,
				invocationEndsAt: later(300),
				waitHereUntil: later(150),
				failed: ({ message }) => failures.push(message),
				taken: (_, count) => performing.push(count),
			},
		);
	const entries = () => memory.pools.get("p")?.holders ?? [];
	return { clock, memory, failures, performing, worker, entries };
}

export async function held(entry: Promise<Entry>): Promise<Hold> {
	const answer = await entry;
	if (!answer.entered) throw new Error("found no slot");
	return answer.hold;
}
