/** What is said when a local stack stops: what is still to be done goes with it, unless it is kept in a folder. */
import type { Undone } from "./local-stack.ts";

export function stoppingWords({ ready, inFlight, delayed, deadLetters }: Undone, kept: boolean): string {
	const parts = [
		...(ready > 0 ? [`${ready} ready`] : []),
		...(inFlight > 0 ? [`${inFlight} in flight`] : []),
		...(delayed > 0 ? [`${delayed} that ${delayed === 1 ? "waits for its" : "wait for their"} time`] : []),
		...(deadLetters > 0 ? [`${deadLetters} dead letter${deadLetters === 1 ? "" : "s"}`] : []),
	];
	if (kept || parts.length === 0) return "Stopping…";
	return `Stopping… Messages go with the stack: ${parts.join(", ")}. With --data DIR they are kept.`;
}
