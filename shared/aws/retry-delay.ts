/** The wait before a part of a batch is tried again: full jitter under a doubling cap. */
import type { Random } from "../ports/random.ts";

const FIRST_CAP_MS = 40;

/** Tries of one part of a batch in one call, the first included. Waits add up to 280 ms at most, so a leg's reserve covers them. */
export const TRIES_MAX = 4;

/** @param retry 1 before the second try, 2 before the third, … */
export const retryDelayMs = (random: Random, retry: number): number => random.unit() * FIRST_CAP_MS * 2 ** (retry - 1);
