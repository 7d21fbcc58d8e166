/** Undoes a claim whose performance has not begun: the row waits for the same leg of the same attempt again, so nothing is spent (INV-06). */
import { MillraceError } from "../kernel/errors.ts";
import { RUN_RETENTION_SECONDS } from "../kernel/limits.ts";
import { plusSeconds, toEpochSeconds } from "../kernel/time.ts";
import type { PerformingRun, SettledRun } from "../ports/job-store.ts";
import type { Scene } from "./scene.ts";

/** The message that takes its place must be sent next, or the one at hand be kept. @throws MillraceError `store-failed`; `fence-lost`: somebody else holds the run, and the message is kept. */
export async function unclaim({ parts, calls }: Scene, run: PerformingRun): Promise<SettledRun> {
	const endedAt = parts.clock.now();
	const settlement = { state: "LEG", endedAt, nextLeg: run.leg ?? 1 } as const;
	const expiresAt = toEpochSeconds(plusSeconds(endedAt, RUN_RETENTION_SECONDS));
	await calls.beforeSettle(async () => {});
	const { settled } = await calls.settle({ id: run.id, fence: run.fence, settlement, expiresAt });
	const { fence: settledBy, leaseUntil: _, state: __, ...rest } = run;
	if (settled) return { ...rest, settledBy, expiresAt, ...settlement };
	throw new MillraceError("fence-lost", `Run ${run.id} was taken over by another worker before it began to perform.`);
}
