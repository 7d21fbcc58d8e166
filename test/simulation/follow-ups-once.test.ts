/** What the checker of follow-ups asks of the sweeper, where an operator has purged the message of the run that enqueued them. */
import { expect, it } from "vitest";
import { followUpsOnce } from "./checkers/follow-ups-once.ts";
import type { Seen } from "./history.ts";
import type { World } from "./world.ts";

const dayMs = 86_400_000;

/** `a` succeeds at 7 and has enqueued `b`, which no row tells of. */
function check({ sweptAt, sent }: { readonly sweptAt: number; readonly sent: boolean }): readonly string[] {
	const broken: string[] = [];
	const world = {
		clock: { now: () => sweptAt },
		purged: new Set(["a"]),
		row: () => undefined,
	} as unknown as World;
	const checker = followUpsOnce.create(world, (_, how) => broken.push(how));
	const see = (seen: object): void => checker.observe?.(seen as Seen);
	const performance = { runId: "a", generation: 1, fence: "fence 1", enqueued: ["b"] };
	see({ kind: "performing", at: 3, performance });
	const followUps = [{ queueClass: "standard", delaySeconds: 0, message: { job: "work", id: "b" } }];
	const after = { id: "a", state: "SUCCESS", settledBy: "fence 1", endedAt: 7, followUps };
	see({ kind: "row", at: 7, before: undefined, after });
	const target = { queueClass: "standard", queue: "main" };
	if (sent)
		see({ kind: "sent", at: 8, target, messageId: "message 8", body: JSON.stringify({ job: "work", id: "b" }) });
	checker.calm?.();
	checker.swept?.();
	return broken;
}

const notSentAgain = ["b was enqueued by a, and the sweeper did not send it again"];

it("is broken by a sweeper that leaves unsent what a row tells of, to the last moment for which it is kept", () => {
	expect(check({ sweptAt: 8, sent: false })).toEqual(notSentAgain);
	expect(check({ sweptAt: 7 + dayMs - 1, sent: false })).toEqual(notSentAgain);
});

it("holds where the row was forgotten in weeks in which no sweeper ran", () => {
	expect(check({ sweptAt: 7 + dayMs, sent: false })).toEqual([]);
});

it("is broken whenever what was sent came to nothing", () => {
	expect(check({ sweptAt: 7 + dayMs, sent: true })).toEqual(notSentAgain);
});
