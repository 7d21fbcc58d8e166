/** How often each thing came up: faults by the call they struck, steps, ways a job ends, what the engine told. What never comes up, nothing was proven about. */
import type { Seen } from "./history.ts";

/** By kind of thing, then by name. */
export type Tally = Record<string, Record<string, number>>;

/** Notes that are not about one run alone. */
const groups: Readonly<Record<string, string>> = {
	step: "steps",
	job: "jobs",
	telemetry: "telemetry",
	outage: "outages",
	hook: "hooks",
	tick: "ticks",
};
const untold = new Set(["invocation", "dies", "broken", "computes", "swept"]);

export function addToTally(tally: Tally, seen: Seen): void {
	if (seen.kind === "note" && !untold.has(seen.what)) {
		const group = groups[seen.what];
		if (group === undefined) count(tally, "faults", `${seen.what}: ${seen.about}`);
		// Steps are told with their number before their name.
		else count(tally, group, group === "steps" ? seen.about.replace(/^\d+: /, "") : seen.about);
	}
	if (seen.kind === "row") {
		const { state } = seen.after;
		count(
			tally,
			"states",
			`${seen.before?.state ?? "none"} → ${state}${state === "FAILURE" ? ` (${seen.after.reason})` : ""}`,
		);
	}
	if (seen.kind === "performing") count(tally, "performances", seen.performance.job);
}

function count(tally: Tally, group: string, name: string): void {
	tally[group] ??= {};
	tally[group][name] = (tally[group][name] ?? 0) + 1;
}

export function mergeTallies(into: Tally, from: Tally): void {
	for (const [group, names] of Object.entries(from)) {
		into[group] ??= {};
		for (const [name, times] of Object.entries(names)) into[group][name] = (into[group][name] ?? 0) + times;
	}
}
