import { expect, it } from "vitest";
import { stoppingWords } from "../../../local/stopping-words.ts";

it.each([
	["nothing that waits", {}, false, "Stopping…"],
	["messages that are kept", { paused: 3, ready: 4, inFlight: 1, delayed: 2 }, true, "Stopping…"],
	[
		"a delayed message",
		{ delayed: 1 },
		false,
		"Stopping… Messages go with the stack: 1 that waits for its time. With --data DIR they are kept.",
	],
	[
		"several",
		{ paused: 5, ready: 4, inFlight: 2, delayed: 3 },
		false,
		"Stopping… Messages go with the stack: 4 ready, 2 in flight, 3 that wait for their time, 5 of paused classes. With --data DIR they are kept.",
	],
])("says of %s what becomes of it", (_, numbers, kept, words) => {
	expect(stoppingWords({ paused: 0, ready: 0, inFlight: 0, delayed: 0, untilMs: 0, ...numbers }, kept)).toBe(words);
});
