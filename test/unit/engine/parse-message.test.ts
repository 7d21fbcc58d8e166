import { describe, expect, it } from "vitest";
import { parseMessage } from "../../../shared/engine/parse-message.ts";

function reasonOf(body: string): string {
	const parsed = parseMessage(body);
	return parsed.refused ? parsed.refusal.reason : "taken";
}

describe("parseMessage", () => {
	it("takes the smallest message and every optional field", () => {
		expect(parseMessage('{"job":"a","input":{"n":1}}')).toEqual({
			refused: false,
			message: { job: "a", input: { n: 1 } },
		});
		const full = {
			v: 1,
			job: "a",
			input: [],
			id: "x-1",
			key: "k",
			tenant: "t",
			notBefore: "2026-11-20T09:00:00Z",
			expiresAt: "2026-11-21T09:00:00+02:00",
			priority: 9,
			trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
			headers: { a: "b" },
			attempt: 2,
			generation: 3,
			hops: 4,
		};
		expect(parseMessage(JSON.stringify(full))).toEqual({ refused: false, message: full });
	});

	it.each(
		(
			[
				["", "message-not-json"],
				["{", "message-not-json"],
				["gAJ9cQAu", "message-not-json"],
				["null", "message-not-an-object"],
				['"text"', "message-not-an-object"],
				["[]", "message-not-an-object"],
				["{}", "message-invalid-field"],
				['{"job":""}', "message-invalid-field"],
				['{"job":7}', "message-invalid-field"],
				['{"job":"a","imput":{}}', "message-unknown-field"],
				['{"job":"a","v":2}', "unsupported-version"],
				['{"job":"a","id":"no spaces"}', "message-invalid-field"],
				[`{"job":"a","id":"${"x".repeat(129)}"}`, "message-invalid-field"],
				['{"job":"a","notBefore":"tomorrow"}', "message-invalid-field"],
				['{"job":"a","priority":10}', "message-invalid-field"],
				['{"job":"a","attempt":0}', "message-invalid-field"],
				['{"job":"a","trace":"00-zz"}', "message-invalid-field"],
				['{"job":"a","inputRef":{"key":"inputs/../x","bytes":1}}', "message-invalid-field"],
				[
					`{"job":"a","input":{},"inputRef":{"key":"inputs/${"0".repeat(64)}.json","bytes":1}}`,
					"message-invalid-field",
				],
				['{"job":"a","__proto__":{"x":1}}', "message-forbidden-key"],
				['{"job":"a","input":{"deep":[{"__proto__":null}]}}', "message-forbidden-key"],
				['{"job":"a","input":{"\\u005f_proto__":1}}', "message-forbidden-key"],
				['{"job":"a","input":"\\ud800"}', "message-ill-formed-text"],
				['{"job":"a","input":{"\\udfff":1}}', "message-ill-formed-text"],
				[`{"job":"a","input":${"[".repeat(10_000)}${"]".repeat(10_000)}}`, "message-too-deep"],
				[`${"[".repeat(400_000)}${"]".repeat(400_000)}`, "message-not-an-object"],
				[`{"job":"a","input":${"[".repeat(64)}${"]".repeat(64)}}`, "taken"],
				[`{"job":"a","input":${"[".repeat(65)}${"]".repeat(65)}}`, "message-too-deep"],
				['{"job":"a","input":{"constructor":1,"prototype":2}}', "taken"],
				['{"job":"a","input":"\\ud83d\\ude00"}', "taken"],
			] as const
		).map(([body, reason]) => ({ shown: body.slice(0, 60), body, reason })),
	)("$shown → $reason", ({ body, reason }) => {
		expect(reasonOf(body)).toBe(reason);
	});

	it("names the unknown field and the one that was meant", () => {
		const parsed = parseMessage('{"job":"a","imput":{}}');
		expect(parsed.refused && parsed.refusal.message).toContain('"imput" (did you mean "input"?)');
	});

	it.each([
		[
			"a body of Celery's with the fields that a producer may set",
			'{"task":"a","args":[],"kwargs":{}}',
			'Unknown field "task", "args", "kwargs"; a message has v, job, input, inputRef, id, key, tenant, notBefore, expiresAt, priority, trace, headers. What is for the job goes inside "input".',
		],
		["a byte order mark", '\uFEFF{"job":"a"}', '; got a byte order mark and "'],
		[
			"how many headers there are",
			JSON.stringify({ job: "a", headers: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`h${n}`, ""])) }),
			"message.headers: must be at most 20 headers; got an object of 21",
		],
	])("answers %s", (_, body, says) => {
		const parsed = parseMessage(body);
		expect(parsed.refused && parsed.refusal.message).toContain(says);
	});

	it("keeps what names the run of a refused message", () => {
		const parsed = parseMessage('{"job":"a","key":"k","id":"run-1","oops":1}');
		expect(parsed.refused && parsed.refusal.readable).toMatchObject({ id: "run-1", key: "k", job: "a" });
	});
});
