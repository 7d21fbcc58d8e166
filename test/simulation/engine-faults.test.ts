/** The engine under faults, a thousand schedules and more. A seed that fails here fails alone too: `runSchedule(seed)`. */
import { expect, it } from "vitest";
import { runSchedule } from "./fault-schedule.ts";

const seeds = Array.from({ length: 1_500 }, (_, index) => index);

it("keeps its promises whatever dies, stalls, doubles or comes late", async () => {
	const broken: string[] = [];
	for (const seed of seeds) {
		for (const promise of await runSchedule(seed)) broken.push(`seed ${seed}: ${promise}`);
	}
	expect(broken).toEqual([]);
});
