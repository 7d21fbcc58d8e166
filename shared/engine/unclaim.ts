/** Undoes a claim whose performance has not begun: the row waits for the same leg of the same attempt again, so nothing is spent (INV-06). */
import type { PerformingRun, SettledRun } from "../ports/job-store.ts";
import { fenceLost } from "./fence-lost.ts";
import { forgottenAt } from "./forgotten-at.ts";
import type { Scene } from "./scene.ts";

/** The message that takes its place must be sent next, or the one at hand be kept. @throws MillraceError `store-failed`; `fence-lost`: somebody else holds the run, and the message is kept. */
export async function unclaim({ parts, calls }: Scene, run: PerformingRun): Promise<SettledRun> {
	const endedAt = parts.clock.now();
	const settlement = { state: "LEG", endedAt, nextLeg: run.leg ?? 1 } as const;
	const expiresAt = forgottenAt(settlement.state, endedAt);
	await calls.beforeSettle(async () => {});
	const { settled } = await calls.settle({ id: run.id, fence: run.fence, settlement, expiresAt });
	const { fence: settledBy, leaseUntil: _, state: __, ...rest } = run;
	if (settled) return { ...rest, settledBy, expiresAt, ...settlement };
	throw fenceLost(run, "before it began to perform");
}
