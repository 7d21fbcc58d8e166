/** What becomes of a tick of a schedule before it is a run: one pure table (INV-11). */
import type { CatchUp, Overlap } from "../../job/schedule.ts";
import type { RunId } from "../../kernel/ids.ts";
import { RUN_RETENTION_SECONDS } from "../../kernel/limits.ts";
import type { EpochMs } from "../../kernel/time.ts";
import type { RunRecord } from "../../ports/job-store.ts";
import type { NotedTick, ScheduleRecord } from "../../ports/schedule-registry.ts";
import { isTerminal } from "../../wire/run-states.ts";
import { waitsStill } from "../waits-still.ts";

export type SkippedTick = "disabled" | "changed" | "missed" | "overtaken" | "overlap";

export type TickVerdict =
	| { readonly kind: "go" }
	| { readonly kind: "skip"; readonly why: SkippedTick; readonly words: string }
	/** Come back later; with `cancel` after having the run that is going revoked. */
	| { readonly kind: "wait"; readonly going: NotedTick; readonly cancel: boolean };

/** Of a tick whose run has no row, and which is not the one that is going. */
export interface TickFacts {
	/** As its message says: it came in time, and had to wait for another's run; or was admitted, and something else held it up. */
	readonly before: "nothing" | "waited" | "admitted";
	readonly policy: { readonly overlap: Overlap; readonly catchUp: CatchUp };
	/** The rule has this time, as far as can be told: its minute's tick may have sent it before the rule was changed. */
	readonly isDue: boolean;
	/** With the tick noted. */
	readonly record: ScheduleRecord;
	readonly runId: RunId;
	/** The time that the tick is scheduled for. */
	readonly at: EpochMs;
	/** When it came, as its message says; once it is noted, that is what counts. */
	readonly cameAt: EpochMs;
	readonly now: EpochMs;
	/** The row of the run that is going, if there is one. */
	readonly goingRow: RunRecord | undefined;
}

/** An admitted tick may wait for a limit, and says so each time its message returns: at least every 15 minutes. */
const UNDER_WAY_MS = 1_000_000;

export function decideTick(facts: TickFacts): TickVerdict {
	const { policy, before, isDue, record, runId, at, now, goingRow } = facts;
	const { latest, waiting, going } = record;
	if (before === "admitted") {
		// Its own policy has let another one go since: beside that it can't, and after it, it would be late for its time.
		return policy.overlap === "allow" || going === undefined || going.runId === runId
			? { kind: "go" }
			: skip(
					"overtaken",
					`Nothing was heard of the tick for so long that another one, ${going.runId}, took its place.`,
				);
	}
	if (record.disabled !== undefined) return skip("disabled", `The schedule is disabled: ${record.disabled}`);
	const waited = waiting?.runId === runId;
	const isNew = !waited && before === "nothing";
	if (isNew && !isDue) return skip("changed", "The schedule was changed, and is not due at this time any more.");
	// Once noted it has come, however often it is delivered after that.
	const cameAt = latest?.runId === runId && isKnownStill(latest, now) ? latest.notedAt : facts.cameAt;
	const lateSeconds = Math.floor((cameAt - at) / 1000);
	if (isNew && lateSeconds > policy.catchUp.windowSeconds) {
		return skip(
			"missed",
			`The tick came ${lateSeconds} s after its time, later than its catch-up window of ${policy.catchUp.windowSeconds} s.`,
		);
	}
	if (policy.overlap === "allow") return { kind: "go" };
	if (!waited && waiting !== undefined && waitsStill(waiting, now))
		return skip("overlap", `Another tick, ${waiting.runId}, waits already for its turn.`);
	if (!waited && latest !== undefined && latest.at > at)
		return skip("overtaken", "A later tick of the schedule came before this one.");
	if (going === undefined || hasEnded(going, goingRow, now)) return { kind: "go" };
	return policy.overlap === "skip"
		? skip("overlap", `The run of an earlier tick, ${going.runId}, has not ended.`)
		: { kind: "wait", going, cancel: policy.overlap === "cancel-other" };
}

/**
 * Had its run ended, there would be its row. Later than that nobody knows whether it has: a copy that comes then must not perform again, and is
 * later than any catch-up window.
 */
export const isKnownStill = ({ notedAt }: Pick<NotedTick, "notedAt">, now: EpochMs): boolean =>
	now - notedAt < RUN_RETENTION_SECONDS * 1000;

const hasEnded = (going: NotedTick, row: RunRecord | undefined, now: EpochMs): boolean =>
	row === undefined ? now - going.notedAt >= UNDER_WAY_MS : isTerminal(row.state);

const skip = (why: SkippedTick, words: string): TickVerdict => ({ kind: "skip", why, words });
