/** Ticks of a schedule whose job is debounced: they wait for later runs of their key before their schedule's policies are asked. */
import { expect, it } from "vitest";
import { runIdOfTick } from "../../../../shared/kernel/ids.ts";
import { type EpochMs, plusSeconds, toIso } from "../../../../shared/kernel/time.ts";
import { debounceWorld } from "../../../support/debounce-world.ts";
import { createMemoryScheduleRegistry } from "../../../support/memory-schedule-registry.ts";

async function polled(everySeconds: number, debounceSeconds: number, windowSeconds: number) {
	const schedules = createMemoryScheduleRegistry();
	const world = debounceWorld({ seconds: debounceSeconds }, { schedules });
	await schedules.define("poll", {
		...{ job: "index", input: { text: "tick" }, rule: { kind: "every", everySeconds } },
		...{ overlap: "skip", catchUp: { windowSeconds, runs: "latest" } },
	});
	const start = world.clock.now();
	const tick = (at: EpochMs) =>
		world.send({ job: "index", input: { text: "tick" }, schedule: { name: "poll", at: toIso(at) } });
	const works = () => world.works.map(({ text, at }) => [text, (at - start) / 1000]);
	return { world, start, tick, works };
}

it("a tick within a minute comes at its time, and waits for itself", async () => {
	const { world, start, tick, works } = await polled(30, 5, 60);
	await tick(start);
	await world.drain();
	expect(works()).toEqual([
		["tick", 5],
		["tick", 35],
	]);
});

it("a tick within a minute comes though the minute's gives way to a later run", async () => {
	const { world, start, tick, works } = await polled(30, 5, 60);
	await tick(start);
	await world.until(1000);
	await world.enqueue("by-hand", "by hand");
	await world.drain();
	expect(works()).toEqual([
		["by hand", 6],
		["tick", 35],
	]);
	expect(world.row(runIdOfTick("poll", start))).toMatchObject({ state: "SKIPPED", reason: "debounced_by: by-hand" });
});

it("a tick that waits for later runs for longer than its catch-up window has not come too late", async () => {
	const { world, start, tick, works } = await polled(600, 90, 60);
	await world.until(2000);
	await tick(start);
	await world.drain();
	expect(works()).toEqual([["tick", 92]]);
});

it("a tick that came too late is skipped, however soon it stands alone", async () => {
	const { world, start, tick, works } = await polled(600, 5, 60);
	await world.until(61_000);
	await tick(start);
	await world.drain();
	expect(works()).toEqual([]);
	expect(world.row(runIdOfTick("poll", start))).toMatchObject({
		state: "SKIPPED",
		reason: "The tick came 61 s after its time, later than its catch-up window of 60 s.",
	});
	expect(plusSeconds(start, 66)).toBe(world.clock.now());
});
