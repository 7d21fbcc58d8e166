/** An engine world with schedules, whose one job takes down when it starts. */
import { runIdOfTick } from "../../shared/kernel/ids.ts";
import { type EpochMs, epochMs, toIso } from "../../shared/kernel/time.ts";
import { engineWorld } from "./engine-world.ts";
import { createMemoryScheduleRegistry } from "./memory-schedule-registry.ts";

/** When the clock of an engine world begins. */
export const START = epochMs(Date.parse("2026-11-20T09:00:00.000Z"));
export const MINUTE = 60;

export function scheduled(
	perform: (n: number) => Promise<unknown> = async () => "done",
	over: Parameters<typeof engineWorld>[1] = {},
) {
	const schedules = createMemoryScheduleRegistry();
	const startsSeconds: number[] = [];
	const world = engineWorld(
		async ({ n }) => {
			startsSeconds.push((world.clock.now() - START) / 1000);
			return perform(n);
		},
		{ schedules, ...over },
	);
	const tick = (name: string, at: EpochMs, n = 1) =>
		world.send({ job: "work", input: { n }, schedule: { name, at: toIso(at) } });
	const row = (name: string, at: EpochMs) => world.row(runIdOfTick(name, at));
	return { world, schedules, startsSeconds, tick, row };
}
