/** Whether a tick that waits for the run of an earlier one has a message still: for whoever comes next, and for the sweeper. */
import type { EpochMs } from "../kernel/time.ts";
import type { NotedTick } from "../ports/schedule-registry.ts";

/** It says so at least this often. */
const WAITS_STILL_MS = 180_000;

export const waitsStill = ({ notedAt }: NotedTick, now: EpochMs): boolean => now - notedAt < WAITS_STILL_MS;
