/** How long a run's latest attempt took, with all its legs. */
import type { SettledRun } from "./job-store.ts";

/** 0 where two clocks disagree: another worker may have begun it, or told when its turn would be. */
export const durationMsOf = ({ startedAt, endedAt }: Pick<SettledRun, "startedAt" | "endedAt">): number =>
	Math.max(0, endedAt - startedAt);
