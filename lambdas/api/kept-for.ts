/** An answer that is asked for often, kept for a while: what it is made of costs requests. */
import type { EpochMs } from "../../shared/kernel/time.ts";
import type { Clock } from "../../shared/ports/clock.ts";

/** Callers that come while it is made share it. One that fails is not kept. */
export function keptFor<Value>(durationMs: number, clock: Clock, make: () => Promise<Value>): () => Promise<Value> {
	let kept: { readonly value: Promise<Value>; readonly madeAt: EpochMs } | undefined;
	return () => {
		const now = clock.now();
		if (kept !== undefined && now - kept.madeAt < durationMs) return kept.value;
		const value = make();
		const made = { value, madeAt: now };
		kept = made;
		value.catch(() => {
			if (kept === made) kept = undefined;
		});
		return value;
	};
}
