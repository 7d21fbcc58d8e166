/** A sign of life of a run that is claimed and has not begun, for the news that comes back. */
import type { JobDefinition } from "../job/define-job.ts";
import type { PerformingRun } from "../ports/job-store.ts";
import { fenceLost } from "./fence-lost.ts";
import { leaseFrom } from "./heartbeat.ts";
import type { Scene } from "./scene.ts";

/** INV-12: it may have been revoked while it waited for its turn, claimed and without a heartbeat. @throws MillraceError `store-failed`, `fence-lost` */
export async function hearOf(scene: Scene, job: JobDefinition, run: PerformingRun): Promise<PerformingRun> {
	const leaseUntil = leaseFrom(scene.parts.clock.now(), scene.invocationEndsAt, job);
	const heard = await scene.calls.beat({ id: run.id, fence: run.fence, leaseUntil });
	if (!heard.held) throw fenceLost(run, "while it waited for its turn");
	return { ...run, leaseUntil, ...(heard.revoke === undefined ? {} : { revoke: heard.revoke }) };
}
