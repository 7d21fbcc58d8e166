/** What `ctx.once` remembers: the result of an effect of a run, under the job's own key. */
import type { RunId } from "../kernel/ids.ts";
import type { EpochSeconds } from "../kernel/time.ts";
import type { StoredResult } from "./job-store.ts";

export interface EffectStore {
	/** Strongly consistent. @throws MillraceError `store-failed` */
	read(run: RunId, key: string): Promise<StoredResult | undefined>;
	/** Keeps the first result that is written, and comes back with the one that is kept. @throws MillraceError `store-failed` */
	keep(run: RunId, key: string, result: StoredResult, expiresAt: EpochSeconds): Promise<StoredResult>;
}
