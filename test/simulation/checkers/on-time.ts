/**
 * INV-06, of time: no attempt begins before its retry delay or its `notBefore` is over, no run begins after its `expiresAt`, and none ends for
 * that before it, nor once a leg has gone on from another.
 */
import type { RunRecord } from "../../../shared/ports/job-store.ts";
import type { CheckerKind } from "./checker.ts";
import { poisonIn, subjectOf } from "./message-subject.ts";

/** After the last look at the time a hook may come, and a beat in which the run's lease is renewed: longer than any simulated call of a port is. */
const hookMsMax = 310_000;
/** Or the run waits for others that are performed by the same call. */
const gatherMsMax = 1_000;

/** What was wished for a run. */
interface Times {
	readonly notBefore: number;
	/** The latest that anybody asked for; and the earliest. */
	readonly expiresAt: number;
	readonly earliestExpiry: number;
}

export const onTime: CheckerKind = {
	promise: "INV-06",
	create(world, broken) {
		/** Two clocks may be off. */
		const toleranceMs = world.settings.skewMsMax * 2 + 1;
		const times = new Map<string, Times>();
		const forgotten = new Set<string>();
		const nextAttempts = new Map<string, number>();
		const instant = (value: unknown): number | undefined => (typeof value === "string" ? Date.parse(value) : undefined);
		return {
			observe(seen) {
				// Also before its sender has the answer. What the engine sends on counts its hops, and is no wish of its own.
				if (seen.kind === "sent" && seen.target.queue === "main" && poisonIn(seen.body) === undefined) {
					const { runId, body } = subjectOf(world, seen) ?? {};
					if (runId === undefined || body?.["hops"] !== undefined) return;
					const known = times.get(runId);
					// Wishes that meet under one key may start as the first of them says. Whoever redrives a run wants it done, however late.
					times.set(runId, {
						notBefore: Math.min(known?.notBefore ?? Infinity, instant(body?.["notBefore"]) ?? 0),
						expiresAt: Math.max(known?.expiresAt ?? 0, instant(body?.["expiresAt"]) ?? Infinity),
						earliestExpiry: Math.min(known?.earliestExpiry ?? Infinity, instant(body?.["expiresAt"]) ?? Infinity),
					});
				}
				if (seen.kind === "row" && seen.after.state === "RETRY")
					nextAttempts.set(
						`${seen.after.id} ${seen.after.generation} ${seen.after.attempts + 1}`,
						seen.after.nextAttemptAt,
					);
				if (seen.kind === "row") checkExpiry(seen.after, seen.at);
				if (seen.kind === "forgotten") forgotten.add(seen.runId);
				if (seen.kind !== "performing") return;
				const { runId, generation, attempt, worker } = seen.performance;
				// Messages of its former life are still about: nothing is known of their time any more, nor that it had begun in time.
				if (forgotten.has(runId)) return;
				const next = nextAttempts.get(`${runId} ${generation} ${attempt}`) ?? 0;
				if (seen.at < next - toleranceMs)
					broken(runId, `${worker} performs attempt ${attempt} of ${runId} ${next - seen.at} ms before its time`);
				const { notBefore = 0, expiresAt = Infinity } = times.get(runId) ?? {};
				if (generation === 1 && seen.at < notBefore - toleranceMs)
					broken(runId, `${worker} performs ${runId} ${notBefore - seen.at} ms before notBefore`);
				const calledAfterMs = world.features.hooks ? hookMsMax : gatherMsMax;
				// What had begun in time goes on, and what is redriven has no deadline.
				if (
					generation === 1 &&
					attempt === 1 &&
					seen.performance.leg === 1 &&
					seen.at > expiresAt + toleranceMs + calledAfterMs
				)
					broken(runId, `${worker} performs ${runId} ${seen.at - expiresAt} ms after it expired`);
			},
		};

		function checkExpiry(row: RunRecord, at: number): void {
			if (row.state !== "REVOKED" || row.reason !== "expired" || row.generation !== 1) return;
			const { earliestExpiry = Infinity } = times.get(row.id) ?? {};
			if (at < earliestExpiry - toleranceMs)
				broken(row.id, `${row.id} ends as expired ${earliestExpiry - at} ms before any wish for it does`);
			if ((row.leg ?? 1) > 1)
				broken(row.id, `${row.id} ends as expired before leg ${row.leg} of an attempt that had begun`);
		}
	},
};
