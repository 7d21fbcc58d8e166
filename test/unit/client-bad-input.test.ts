/** What a client refuses: each with its code, with words that name the place, and with nothing sent and nothing stored. */
import { describe, expect, it } from "vitest";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { clientWorld, sendInvoice } from "../support/client-world.ts";

function nested(levels: number): unknown {
	let value: unknown = 1;
	for (let level = 0; level < levels; level++) value = { down: value };
	return value;
}

function cyclic(): unknown {
	const cycle: Record<string, unknown> = {};
	cycle["left"] = cycle;
	cycle["right"] = cycle;
	return cycle;
}

async function refusal(attempt: (world: ReturnType<typeof clientWorld>) => Promise<unknown>): Promise<MillraceError> {
	const world = clientWorld();
	const error = await attempt(world).then(
		() => new Error("it was not refused"),
		(reason: unknown) => reason,
	);
	expect(error).toBeInstanceOf(MillraceError);
	expect(world.effects).toEqual([]);
	return error as MillraceError;
}

describe("inputs that are refused", () => {
	it.each<[string, unknown, string, string]>([
		["a wrong type", { invoice_id: "7" }, "invalid-input", 'input.invoice_id: must be a number; got "7"'],
		["a fraction", { invoice_id: 7.5 }, "invalid-input", "input.invoice_id: must be a whole number; got 7.5"],
		["a missing field", {}, "invalid-input", "input.invoice_id: is missing; it must be a number"],
		["an unknown field", { invoice_id: 7, invoce: 1 }, "invalid-input", 'input: has unknown field "invoce"'],
		["a number out of range", { invoice_id: 7, copies: 6 }, "invalid-input", "input.copies: must be at most 5; got 6"],
		["a wrong element", { invoice_id: 7, lines: ["a", 2] }, "invalid-input", "input.lines[1]: must be a text; got 2"],
		["an array", [7], "invalid-input", "input: must be an object; got an array of 1"],
		["null", null, "invalid-input", "input: must be an object; got null"],
		["nothing", undefined, "invalid-input", "input: can't be sent as JSON; got nothing"],
		[
			"an undefined element",
			{ invoice_id: 7, lines: [undefined] },
			"invalid-input",
			"input.lines[0]: can't be sent as JSON; got nothing",
		],
		[
			"a hole in an array",
			{ invoice_id: 7, lines: new Array(1) },
			"invalid-input",
			"input.lines[0]: can't be sent as JSON; got nothing",
		],
		["NaN", { invoice_id: Number.NaN }, "invalid-input", "input.invoice_id: can't be sent as JSON; got NaN"],
		[
			"Infinity",
			{ invoice_id: Number.POSITIVE_INFINITY },
			"invalid-input",
			"input.invoice_id: can't be sent as JSON; got Infinity",
		],
		["a BigInt", { invoice_id: 7n }, "invalid-input", "input.invoice_id: can't be sent as JSON; got 7n"],
		["a Date", { invoice_id: 7, at: new Date(0) }, "invalid-input", "input.at: can't be sent as JSON; got a Date"],
		["a Map", { invoice_id: 7, at: new Map() }, "invalid-input", "input.at: can't be sent as JSON; got a Map"],
		["a function", { invoice_id: () => 7 }, "invalid-input", "input.invoice_id: can't be sent as JSON; got a function"],
		["a symbol", { invoice_id: Symbol("7") }, "invalid-input", "input.invoice_id: can't be sent as JSON; got a symbol"],
		[
			"a key __proto__",
			JSON.parse('{"invoice_id":7,"x":{"__proto__":{}}}'),
			"message-forbidden-key",
			'input.x has the key "__proto__"',
		],
		[
			"half a surrogate pair in a text",
			{ invoice_id: 7, lines: ["\uD800"] },
			"message-ill-formed-text",
			"input.lines[0] holds half of a surrogate pair",
		],
		["half a surrogate pair in a key", { "\uDC00": 7 }, "message-ill-formed-text", "holds half of a surrogate pair"],
		["10 000 levels", nested(10_000), "message-too-deep", "more than 63 levels deep"],
		["something that contains itself, twice", cyclic(), "message-too-deep", "or contains itself"],
	])("%s", async (_name, input, code, words) => {
		const error = await refusal(({ client }) => client.enqueue("send_invoice", input));
		expect(error.code).toBe(code);
		expect(error.message).toContain(words);
	});

	it("more than 16 MiB", async () => {
		const input = { invoice_id: 7, lines: ["x".repeat(16 * 1024 * 1024)] };
		const error = await refusal(({ client }) => client.enqueue(sendInvoice, input));
		expect(error.code).toBe("message-too-large");
	});

	it("names at most ten problems, and counts the rest", async () => {
		const lines = Array.from({ length: 30 }, (_, index) => index);
		const error = await refusal(({ client }) => client.enqueue("send_invoice", { invoice_id: 7, lines }));
		expect(error.message.split("\n- ")).toHaveLength(12);
		expect(error.message).toContain("and 20 more");
	});

	it("63 levels are taken where the job's schema takes them", async () => {
		const { client, sendings } = clientWorld();
		await client.enqueue("nightly_report", nested(63));
		expect(sendings).toHaveLength(1);
		const error = await refusal((world) => world.client.enqueue("nightly_report", nested(64)));
		expect(error.code).toBe("message-too-deep");
	});
});

describe("jobs and options that are refused", () => {
	it("an unknown job, with the name that was meant", async () => {
		const error = await refusal(({ client }) => client.enqueue("send_invoices", { invoice_id: 7 }));
		expect(error.code).toBe("unknown-job");
		expect(error.message).toBe('The catalogue has no job "send_invoices". Did you mean send_invoice?');
	});

	it("a name that lies on every object's prototype", async () => {
		expect((await refusal(({ client }) => client.enqueue("constructor", {}))).code).toBe("unknown-job");
		expect((await refusal(({ client }) => client.enqueue("__proto__", {}))).code).toBe("unknown-job");
	});

	const long = (length: number) => "k".repeat(length);
	it.each<[string, object, string, string]>([
		["an id with a space", { id: "invoice 7" }, "message-invalid-field", "message.id: must be 1–128 characters"],
		["an empty id", { id: "" }, "message-invalid-field", "message.id: must be 1–128 characters"],
		["an id of 129 characters", { id: long(129) }, "message-invalid-field", "message.id: must be 1–128 characters"],
		["an empty key", { key: "" }, "message-invalid-field", "message.key: must have at least 1 character; got 0"],
		[
			"a key of 257 characters",
			{ key: long(257) },
			"message-invalid-field",
			"message.key: must have at most 256 characters; got 257",
		],
		["a key that is no text", { key: 7 }, "message-invalid-field", "message.key: must be a text; got 7"],
		[
			"a key with half a surrogate pair",
			{ key: "\uD800" },
			"message-ill-formed-text",
			"message.key holds half of a surrogate pair",
		],
		["an empty tenant", { tenant: "" }, "message-invalid-field", "message.tenant: must have at least 1 character"],
		[
			"a negative delay",
			{ delaySeconds: -1 },
			"message-invalid-field",
			"delaySeconds must be a number from 0 to 31622400; got -1",
		],
		["a delay that is no number", { delaySeconds: Number.NaN }, "message-invalid-field", "got NaN"],
		["a delay as text", { delaySeconds: "60" }, "message-invalid-field", 'got "60"'],
		["an endless delay", { delaySeconds: Number.POSITIVE_INFINITY }, "message-invalid-field", "got Infinity"],
		["a delay beyond 366 days", { delaySeconds: 31_622_401 }, "message-invalid-field", "at most 31622400 s (366 days)"],
		[
			"a notBefore beyond 366 days",
			{ notBefore: "2030-01-01T00:00:00Z" },
			"message-invalid-field",
			"at most 31622400 s (366 days)",
		],
		[
			"a notBefore that names no instant",
			{ notBefore: "tomorrow" },
			"message-invalid-field",
			'notBefore must be a Date or an ISO 8601 instant such as 2026-11-20T09:00:00Z; got "tomorrow"',
		],
		["an invalid Date", { notBefore: new Date(Number.NaN) }, "message-invalid-field", "got an invalid Date"],
		[
			"two starts",
			{ delaySeconds: 1, notBefore: "2026-11-20T10:00:00Z" },
			"message-invalid-field",
			"delaySeconds and notBefore were both given",
		],
		[
			"a past expiresAt",
			{ expiresAt: "2026-11-20T08:59:59Z" },
			"already-expired",
			"expiresAt is 2026-11-20T08:59:59.000Z, but it is 2026-11-20T09:00:00.000Z",
		],
		[
			"an expiresAt before the start",
			{ expiresAt: "2026-11-20T09:00:30Z", delaySeconds: 60 },
			"already-expired",
			"may not start before 2026-11-20T09:01:00.000Z",
		],
		["a priority of 10", { priority: 10 }, "message-invalid-field", "message.priority: must be at most 9; got 10"],
		[
			"half a priority",
			{ priority: 1.5 },
			"message-invalid-field",
			"message.priority: must be a whole number; got 1.5",
		],
		["a trace that is none", { trace: "00-xyz" }, "message-invalid-field", "message.trace: must be a W3C traceparent"],
		[
			"a header that is no text",
			{ headers: { retries: 3 } },
			"message-invalid-field",
			"message.headers.retries: must be a text; got 3",
		],
		[
			"a header of 1025 characters",
			{ headers: { note: long(1025) } },
			"message-invalid-field",
			"message.headers.note: must have at most 1024 characters",
		],
		[
			"21 headers",
			{ headers: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`h${n}`, "x"])) },
			"message-invalid-field",
			"message.headers: must be at most 20 headers; got an object of 21",
		],
		[
			"a header __proto__",
			{ headers: JSON.parse('{"__proto__":"x"}') },
			"message-forbidden-key",
			'message.headers has the key "__proto__"',
		],
		[
			"an option that does not exist",
			{ priorty: 3 },
			"message-unknown-field",
			'There is no option "priorty". Did you mean priority?',
		],
		["the engine's own fields", { attempt: 2 }, "message-unknown-field", 'There is no option "attempt"'],
	])("%s", async (_name, options, code, words) => {
		const error = await refusal(({ client }) => client.enqueue("send_invoice", { invoice_id: 7 }, options));
		expect(error.code).toBe(code);
		expect(error.message).toContain(words);
	});
});
