/** Copies of a tick that come when its row has expired: nobody knows any more whether it performed (INV-11). */
import { describe, expect, it } from "vitest";
import { decideTick } from "../../../../shared/engine/schedules/decide-tick.ts";
import { runIdOfTick } from "../../../../shared/kernel/ids.ts";
import { plusSeconds } from "../../../../shared/kernel/time.ts";
import { START, scheduled } from "../../../support/scheduled-work.ts";

describe("a tick that performed more than a day ago, of which nobody knows any more", () => {
	it.each(["minutely-skip", "minutely-allow", "minutely-queue"])(
		"does not perform again when it is still the latest of %s and fires again",
		async (name) => {
			const { world, tick, row, startsSeconds } = scheduled();
			await tick(name, START);
			await world.drain();
			await world.clock.advance(86_401_000);
			await tick(name, START);
			await world.drain();
			expect(startsSeconds).toEqual([0]);
			expect(row(name, START)).toMatchObject({
				state: "SKIPPED",
				reason: "The tick came 86401 s after its time, later than its catch-up window of 3600 s.",
			});
		},
	);

	it("goes on where its admission is noted still: it waits", () => {
		const at = START;
		const runId = runIdOfTick("minutely-skip", at);
		const noted = { runId, notedAt: at };
		const now = plusSeconds(at, 90_000);
		const facts = {
			policy: { overlap: "skip", catchUp: { windowSeconds: 3600, runs: "latest" } },
			isDue: true,
			record: { name: "minutely-skip", latest: { ...noted, at }, going: noted, missed: { count: 0 } },
			...{ runId, at, cameAt: now, now, goingRow: undefined },
		} as const;
		expect(decideTick({ ...facts, before: "nothing" })).toMatchObject({ kind: "skip", why: "missed" });
		expect(decideTick({ ...facts, before: "admitted" })).toEqual({ kind: "go" });
	});
});
