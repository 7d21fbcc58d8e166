/** The whole engine on memory adapters: a tick whose schedule is gone performs only if it had begun (ticks.test.ts), whatever its row says. */
import { expect, it } from "vitest";
import { runIdOfTick } from "../../../../shared/kernel/ids.ts";
import { toIso } from "../../../../shared/kernel/time.ts";
import { debounceWorld } from "../../../support/debounce-world.ts";
import { createMemoryScheduleRegistry } from "../../../support/memory-schedule-registry.ts";

async function withTick() {
	const schedules = createMemoryScheduleRegistry();
	const world = debounceWorld({ seconds: 5 }, { schedules });
	await schedules.define("poll", {
		...{ job: "index", input: { text: "tick" }, rule: { kind: "every", everySeconds: 60 } },
		...{ overlap: "allow", catchUp: { windowSeconds: 3600, runs: "latest" } },
	});
	const at = world.clock.now();
	const id = runIdOfTick("poll", at);
	const fire = (more: object = {}) => world.enqueue(id, "tick", { schedule: { name: "poll", at: toIso(at) } }, more);
	return { world, schedules, id, fire };
}

it("that gave way to a later run of its key stays skipped when it fires once more", async () => {
	const { world, schedules, id, fire } = await withTick();
	await fire();
	await world.until(1000);
	await world.enqueue("later", "text");
	await world.until(4500);
	expect(world.row(id)).toMatchObject({ state: "SKIPPED", reason: "debounced_by: later" });
	await schedules.remove("poll");
	await world.until(1000);
	await fire();
	await world.drain();
	expect(world.works).toMatchObject([{ run: "later" }]);
	expect(world.row(id)).toMatchObject({ state: "SKIPPED" });
});

it("that was refused is skipped when it fires once more as it should be", async () => {
	const { world, schedules, id, fire } = await withTick();
	await schedules.remove("poll");
	await fire({ unknown: true });
	await world.drain();
	expect(world.row(id)).toMatchObject({ state: "FAILURE", reason: "invalid-input" });
	await fire();
	await world.drain();
	expect(world.works).toEqual([]);
	expect(world.row(id)).toMatchObject({ state: "SKIPPED" });
});
