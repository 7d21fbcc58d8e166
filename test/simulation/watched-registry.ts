/** The schedule registry in memory, of which it is seen who looked for missed ticks, and who waits for his turn. */
import type { ScheduleRegistry } from "../../shared/ports/schedule-registry.ts";
import { createMemoryScheduleRegistry } from "../support/memory-schedule-registry.ts";
import type { Happening } from "./history.ts";

export function watchedRegistry(see: (happening: Happening) => void): ScheduleRegistry {
	const registry = createMemoryScheduleRegistry();
	return {
		...registry,
		async noteMissed(name, missed) {
			const from = (await registry.look(name))?.missed.until;
			const noted = await registry.noteMissed(name, missed);
			if (noted) see({ kind: "ticks checked", schedule: name, ...missed, from });
			return noted;
		},
		async noteWaiting(name, waiting) {
			await registry.noteWaiting(name, waiting);
			see({ kind: "tick waits", schedule: name, waiting });
		},
		async admit(name, tick, over) {
			const admitted = await registry.admit(name, tick, over);
			if (admitted) see({ kind: "tick waits", schedule: name, waiting: undefined });
			return admitted;
		},
		async remove(name) {
			await registry.remove(name);
			see({ kind: "tick waits", schedule: name, waiting: undefined });
		},
	};
}
