/** When a run's row may be forgotten. */
import { RUN_RETENTION_SECONDS, UNENDED_RETENTION_SECONDS } from "../kernel/limits.ts";
import { type EpochMs, type EpochSeconds, plusSeconds, toEpochSeconds } from "../kernel/time.ts";
import type { RunRecord } from "../ports/job-store.ts";
import { isTerminal } from "../wire/run-states.ts";

/** @param from its last write, or the later instant for which it waits. */
export const forgottenAt = (state: RunRecord["state"], from: EpochMs): EpochSeconds =>
	toEpochSeconds(plusSeconds(from, isTerminal(state) ? RUN_RETENTION_SECONDS : UNENDED_RETENTION_SECONDS));
