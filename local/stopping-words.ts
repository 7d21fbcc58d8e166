/** What is said when a local stack stops: what waits in its queues goes with it, unless it is kept in a folder. */
import type { Outstanding } from "./run-functions.ts";

export function stoppingWords({ paused, ready, inFlight, delayed }: Outstanding, kept: boolean): string {
	const parts = [
		...(ready > 0 ? [`${ready} ready`] : []),
		...(inFlight > 0 ? [`${inFlight} in flight`] : []),
		...(delayed > 0 ? [`${delayed} that ${delayed === 1 ? "waits for its" : "wait for their"} time`] : []),
		...(paused > 0 ? [`${paused} of paused classes`] : []),
	];
	if (kept || parts.length === 0) return "Stopping…";
	return `Stopping… Messages go with the stack: ${parts.join(", ")}. With --data DIR they are kept.`;
}
