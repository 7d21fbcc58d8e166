import { describe, expect, it } from "vitest";
import { readLetter } from "../../../shared/client/dead-letters/letter.ts";
import { deadLetterAttributesOf } from "../../../shared/engine/next-messages.ts";
import { epochMs } from "../../../shared/kernel/time.ts";

const received = (body: string, attributes: Readonly<Record<string, string>>) => ({
	messageId: "m-1",
	receiptHandle: "handle",
	body,
	attributes,
	receiveCount: 1,
	sentAt: "2026-11-20T08:00:00.000Z",
});

describe("readLetter", () => {
	it("reads what the engine writes, with the stack of the error", () => {
		const attributes = deadLetterAttributesOf({
			reason: "attempts-exhausted",
			error: { exc_type: "TypeError", exc_message: "x".repeat(3_000), traceback: "at lookUp (sync.ts:1:2)" },
			attempts: 4,
			runId: "r-1",
			job: "sync",
			failedAt: epochMs(1_795_165_200_000),
		});
		const letter = readLetter(received('{"job":"sync","id":"r-1","input":{"a":1}}', attributes));
		expect(letter).toMatchObject({
			reason: "attempts-exhausted",
			excType: "TypeError",
			traceback: "at lookUp (sync.ts:1:2)",
			attempts: 4,
			runId: "r-1",
			pinned: true,
			failedAt: "2026-11-20T09:00:00.000Z",
		});
		expect(letter.excMessage).toMatch(/^x{2045}…$/);
	});

	it("takes for an input reference only what is one", () => {
		const reference = { key: `inputs/${"a".repeat(64)}.json`, bytes: 5 };
		const fields = { inputRef: { key: "../secrets", bytes: 5 }, originalInput: reference };
		const letter = readLetter(received(JSON.stringify(fields), {}));
		expect(letter.inputRef).toBeUndefined();
		expect(letter.originalInput).toEqual(reference);
		expect(letter).toMatchObject({ reason: "receive-limit", failedAt: "2026-11-20T08:00:00.000Z" });
	});
});
