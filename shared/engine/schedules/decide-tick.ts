/** What becomes of a tick of a schedule before it is a run: one pure table (INV-11). */
import type { CatchUp, Overlap } from "../../job/schedule.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { RunRecord } from "../../ports/job-store.ts";
import type { NotedTick, ScheduleRecord } from "../../ports/schedule-registry.ts";
import { isTerminal } from "../../wire/run-states.ts";

export type SkippedTick = "disabled" | "deleted" | "missed" | "overtaken" | "overlap";

export type TickVerdict =
	| { readonly kind: "go" }
	| { readonly kind: "skip"; readonly why: SkippedTick; readonly words: string }
	/** Come back later; with `cancel` after having the run before revoked. */
	| { readonly kind: "wait"; readonly cancel: boolean };

export interface TickFacts {
	/** Of the catalogue or the registry; absent when neither knows the schedule any more. */
	readonly policy: { readonly overlap: Overlap; readonly catchUp: CatchUp } | undefined;
	readonly record: ScheduleRecord;
	/** The time that the tick is scheduled for. */
	readonly at: EpochMs;
	readonly now: EpochMs;
	/** It has waited already. */
	readonly waited: boolean;
	/** The run of the tick before, and its row if there is one. */
	readonly before: NotedTick | undefined;
	readonly beforeRow: RunRecord | undefined;
}

/** A tick whose run has no row yet may be on its way for so long; after that, nothing performs. */
const UNDER_WAY_MS = 120_000;
/** One that waits says so at least this often. */
const WAITS_STILL_MS = 180_000;

/** Only of a tick whose own run has no row yet: one that has begun is a run like others. */
export function decideTick(facts: TickFacts): TickVerdict {
	const { policy, record, at, now, waited } = facts;
	if (record.disabled !== undefined) return skip("disabled", `The schedule is disabled: ${record.disabled}`);
	if (policy === undefined) return skip("deleted", "The schedule was deleted before its tick came.");
	const lateSeconds = Math.floor((now - at) / 1000);
	if (!waited && lateSeconds > policy.catchUp.windowSeconds) {
		return skip(
			"missed",
			`The tick came ${lateSeconds} s after its time, later than its catch-up window of ${policy.catchUp.windowSeconds} s.`,
		);
	}
	if (policy.overlap === "allow") return { kind: "go" };
	if (!waited && record.latest !== undefined && record.latest.at > at) {
		return skip("overtaken", "A later tick of the schedule came before this one.");
	}
	if (hasEnded(facts)) return { kind: "go" };
	if (policy.overlap === "skip") {
		return skip("overlap", `The run of the tick before, ${facts.before?.runId}, has not ended.`);
	}
	const { waiting } = record;
	if (
		!waited &&
		waiting !== undefined &&
		waiting.runId === facts.before?.runId &&
		now - waiting.notedAt < WAITS_STILL_MS
	)
		return skip("overlap", `The tick before, ${waiting.runId}, waits already for its turn.`);
	return { kind: "wait", cancel: policy.overlap === "cancel-other" };
}

function hasEnded({ before, beforeRow, now, record }: TickFacts): boolean {
	if (before === undefined) return true;
	if (beforeRow !== undefined) return isTerminal(beforeRow.state);
	const waits = record.waiting?.runId === before.runId && now - record.waiting.notedAt < WAITS_STILL_MS;
	return !waits && now - before.notedAt >= UNDER_WAY_MS;
}

const skip = (why: SkippedTick, words: string): TickVerdict => ({ kind: "skip", why, words });
