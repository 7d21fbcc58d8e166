/** Where a claimed run goes on. It is read before the run's turn and its first sign of life: a large one lies in the bucket, which may be slow. */
import type { PerformingRun } from "../ports/job-store.ts";
import type { Checkpoint } from "./checkpoints.ts";
import type { Scene } from "./scene.ts";
import { readStoredJson } from "./store-result.ts";
import { unclaim } from "./unclaim.ts";

/**
 * `undefined` for the beginning, also where the checkpoint is gone with the bucket's retention: the work begins anew. Where it can't be read the
 * run is given back before it began, which spends no attempt (INV-06).
 * @throws MillraceError `blob-failed`; `store-failed`, `fence-lost`: the message is kept.
 */
export async function readCheckpoint(scene: Scene, run: PerformingRun): Promise<Checkpoint | undefined> {
	if (run.cursor === undefined) return undefined;
	try {
		return (await readStoredJson(scene.parts.blobs, run.cursor)) as Checkpoint | undefined;
	} catch (error) {
		await unclaim(scene, run);
		throw error;
	}
}
