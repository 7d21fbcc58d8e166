/**
 * Preloaded (`node --import`) into every process of a stack: its time of day is the machine's, moved by the milliseconds that a file holds, which may
 * change while it runs. The import names the file, `moved-clock.ts?file=/path`, so that an environment needs no variable but NODE_OPTIONS. Timers are
 * the machine's: to wait until a time takes as long as it is.
 */
import { readFileSync } from "node:fs";

const file = new URL(import.meta.url).searchParams.get("file") ?? "";
/** How often the file is read at most, in milliseconds that nobody moves. */
const READ_EVERY_MS = 20;

const MachineDate = Date;
let movedByMs = 0;
let readAtMs = Number.NEGATIVE_INFINITY;

function now(): number {
	if (performance.now() - readAtMs >= READ_EVERY_MS) {
		readAtMs = performance.now();
		movedByMs = Number(readFileSync(file, "utf8"));
	}
	return MachineDate.now() + movedByMs;
}

globalThis.Date = new Proxy(MachineDate, {
	construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made),
	apply: () => new MachineDate(now()).toString(),
	get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
});
