import { expect, it } from "vitest";
import { stoppingWords } from "../../../local/stopping-words.ts";

it.each([
	["nothing that waits", {}, false, "Stopping…"],
	[
		"one dead letter",
		{ deadLetters: 1 },
		false,
		"Stopping… Messages go with the stack: 1 dead letter. With --data DIR they are kept.",
	],
	["messages that are kept", { ready: 4, inFlight: 1, delayed: 2 }, true, "Stopping…"],
	[
		"a delayed message",
		{ delayed: 1 },
		false,
		"Stopping… Messages go with the stack: 1 that waits for its time. With --data DIR they are kept.",
	],
	[
		"several",
		{ ready: 4, inFlight: 2, delayed: 3, deadLetters: 5 },
		false,
		"Stopping… Messages go with the stack: 4 ready, 2 in flight, 3 that wait for their time, 5 dead letters. With --data DIR they are kept.",
	],
])("says of %s what becomes of it", (_, numbers, kept, words) => {
	expect(stoppingWords({ ready: 0, inFlight: 0, delayed: 0, deadLetters: 0, ...numbers }, kept)).toBe(words);
});
