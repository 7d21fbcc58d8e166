/** When schedules were surely disabled: from an operator's answer until somebody asks for anything else. With several orders at once, nobody knows whose lands last. */
import type { Seen } from "../history.ts";

interface Stop {
	readonly from: number;
	until: number;
}

export interface Stops {
	note(seen: Seen): void;
	/** Since when it is stopped. */
	since(schedule: string): number | undefined;
	wasStopped(schedule: string, at: number): boolean;
}

export function createStops(): Stops {
	const stops = new Map<string, Stop[]>();
	const underWay = new Map<string, number>();
	const disputed = new Set<string>();
	return {
		note(seen) {
			if (seen.kind !== "schedule operated") return;
			const { schedule, what, done, at } = seen;
			// One that failed is under way for ever.
			const orders = (underWay.get(schedule) ?? 0) + (done ? -1 : 1);
			underWay.set(schedule, orders);
			if (orders > 1) disputed.add(schedule);
			const known = stops.get(schedule) ?? [];
			stops.set(schedule, known);
			const last = known.at(-1);
			if (!done && last !== undefined) last.until = Math.min(last.until, at);
			if (what === "disable" && done && !disputed.has(schedule)) known.push({ from: at, until: Infinity });
		},
		since(schedule) {
			const last = stops.get(schedule)?.at(-1);
			return last?.until === Infinity ? last.from : undefined;
		},
		wasStopped: (schedule, at) => stops.get(schedule)?.some(({ from, until }) => from < at && at < until) === true,
	};
}
