/** Redriving some letters, slowly, or with another input. */
import { describe, expect, it } from "vitest";
import { deadLetterAttributes } from "../../shared/wire/dead-letter.ts";
import { cliWorld } from "../support/cli-world.ts";
import { addFailed } from "../support/failed-letter.ts";

type World = ReturnType<typeof cliWorld>;

const sentInputs = (world: World): unknown[] =>
	world.sent.map(({ message }) => (JSON.parse(message.body) as { input: unknown }).input);

async function groupIds(world: World, by: string): Promise<Readonly<Record<string, string>>> {
	const ran = await world.run("dlq", "list", "quick", "--by", by, "--json");
	const { groups } = ran.json as { groups: { id: string; letters: { runId: string }[] }[] };
	return Object.fromEntries(groups.flatMap(({ id, letters }) => letters.map(({ runId }) => [runId, id])));
}

describe("millrace dlq redrive of some", () => {
	it("takes a group by the id that the list gave it, and leaves the others in sight", async () => {
		const world = cliWorld();
		for (let index = 0; index < 12; index++)
			addFailed(world, `slow-${index}`, { message: `timed out after ${index} ms` });
		for (let index = 0; index < 12; index++) addFailed(world, `full-${index}`, { message: "disk full" });
		const ids = await groupIds(world, "error");
		const ran = await world.run("dlq", "redrive", "quick", "--group", ids["slow-3"] ?? "", "--json");
		expect((ran.json as { redriven: unknown[] }).redriven).toHaveLength(12);
		expect(world.sent.every(({ message }) => message.body.includes('"id":"slow-'))).toBe(true);
		expect(world.visible()).toBe(12);
	});

	it("names the groups there are where none is the one that was asked for", async () => {
		const world = cliWorld();
		addFailed(world, "r-1", { message: "disk full" });
		addFailed(world, "r-2", { message: "disk full" });
		const ids = await groupIds(world, "stack");
		const ran = await world.run("dlq", "redrive", "quick", "--group", "stack-0123456789");
		expect(ran).toMatchObject({ code: 3, out: "redriven: 0" });
		expect(ran.err).toBe(
			`target: memory\nnot found: group stack-0123456789; groups by stack in quick:\n  2 x send_invoice  attempts-exhausted  ${ids["r-1"]}`,
		);
		const discarded = await world.run("dlq", "purge", "quick", "--group", "stack-0123456789", "--yes", "--json");
		expect(discarded).toMatchObject({ code: 3, json: { discarded: 0, missing: ["stack-0123456789"] } });
		expect(world.visible()).toBe(2);
	});

	it("says of a group of an empty queue that there is none", async () => {
		expect(await cliWorld().run("dlq", "redrive", "quick", "--group", "error-0123456789")).toMatchObject({
			code: 3,
			err: "target: memory\nnot found: group error-0123456789; there are no dead letters in quick",
		});
	});

	it("stops at the limit", async () => {
		const world = cliWorld();
		for (let index = 0; index < 25; index++) addFailed(world, `r-${index}`);
		expect(await world.run("dlq", "redrive", "quick", "--all", "--limit", "13")).toMatchObject({
			code: 0,
			out: "redriven: 13",
		});
		expect(world.sent).toHaveLength(13);
		expect(world.visible()).toBe(12);
	});

	it("asks which, where letters of the run that was asked for differ, wherever in the queue they lie", async () => {
		const world = cliWorld();
		addFailed(world, "r-1", { fields: { generation: 9 }, reason: "message-invalid-field", attempts: 0 });
		for (let index = 0; index < 12; index++) addFailed(world, `other-${index}`);
		const own = addFailed(world, "r-1");
		const ran = await world.run("dlq", "redrive", "quick", "--id", "r-1", "other-3");
		expect(ran).toMatchObject({ code: 2, out: "redriven: 1" });
		const [, ...told] = ran.err.split("\n");
		expect(told).toEqual([
			expect.stringMatching(
				/^not redriven: letter-1: one of 2 letters of run r-1 that differ \(generation 9, message-invalid-field, attempts 0, failed 2026-11-20T08:30:00.000Z\)\. Say which by its message id/,
			),
			expect.stringMatching(/^not redriven: letter-14: .* \(generation 2, attempts-exhausted, attempts 4, failed /),
		]);
		expect(world.visible()).toBe(13);
		await world.run("dlq", "redrive", "quick", "--id", own);
		expect(world.sent.map(({ message }) => JSON.parse(message.body))).toMatchObject([
			{ id: "other-3" },
			{ id: "r-1", generation: 2 },
		]);
		expect((await world.run("dlq", "purge", "quick", "--id", "r-1", "other-0", "--yes")).out).toBe("purged: 2");
	});

	it("sends copies of one letter, which are one run", async () => {
		const world = cliWorld();
		addFailed(world, "r-1");
		for (let index = 0; index < 12; index++) addFailed(world, `other-${index}`);
		addFailed(world, "r-1");
		expect(await world.run("dlq", "redrive", "quick", "--id", "r-1")).toMatchObject({ code: 0, out: "redriven: 2" });
		expect(world.visible()).toBe(12);
	});

	it("sends nothing that a worker is certain to refuse again, and says for each letter what is wrong", async () => {
		const world = cliWorld();
		world.addLetter("no JSON at all");
		addFailed(world, "r-2", { job: "send_invoce", reason: "unknown-job" });
		addFailed(world, "r-3", { fields: { colour: "\u009B2Jred", "\u009B2J": 1 } });
		addFailed(world, "r-4", { fields: { notBefore: "2027-12-25T00:00:00Z" } });
		// Waits till then once more, and a schema may have been mended since.
		addFailed(world, "r-5", { fields: { notBefore: "2027-11-20T00:00:00Z" }, input: { surprise: 1 } });
		const ran = await world.run("dlq", "redrive", "quick", "--all");
		expect(ran).toMatchObject({ code: 2, out: "redriven: 1" });
		expect(world.sent.map(({ message }) => JSON.parse(message.body))).toMatchObject([{ id: "r-5" }]);
		const sound = "It would be refused again, so send a sound message in its place and purge the letter;";
		expect(ran.err.split("\n").slice(1)).toEqual([
			expect.stringMatching(`^not redriven: letter-2: unknown-job: .* Did you mean send_invoice`),
			expect.stringMatching(`^not redriven: letter-3: message-unknown-field: ${sound} .*"colour", "\\\\u009b2J"`),
			expect.stringMatching(
				`^not redriven: letter-4: message-invalid-field: ${sound} .*message.notBefore: must be at most`,
			),
			expect.stringMatching(`^not redriven: letter-1: message-not-json: ${sound} `),
		]);
		expect(world.visible()).toBe(4);
	});

	it.each([
		[["--limit", "0"], "--limit must be a whole number"],
		[["--rate", "fast"], "--rate is a number above 0"],
		[["--rate", "0/s"], "--rate is a number above 0"],
		[["--set", "invoice_id"], "--set takes path=value"],
		[["--set", "a[x]=1"], "--set takes a path"],
		[["--unset", "a..b"], "--unset takes a path"],
		[["--edit-input", "{"], "--edit-input is not JSON"],
		[["--edit-input", "{}", "--set", "a=1"], "leave out --set"],
		[["--group", "error-1"], "no group of dead letters"],
	])("refuses %j, and sends nothing", async (options, says) => {
		const world = cliWorld();
		addFailed(world, "r-1");
		const selection = options.includes("--group") ? [] : ["--all"];
		const ran = await world.run("dlq", "redrive", "quick", ...selection, ...options);
		expect(ran).toMatchObject({ code: 2, err: expect.stringContaining(says) });
		expect(world.sent).toEqual([]);
		expect(world.visible()).toBe(1);
	});
});

describe("millrace dlq redrive --rate", () => {
	it("sends no more than the rate allows, a second's worth at a time", async () => {
		const world = cliWorld();
		world.answer = "";
		for (let index = 0; index < 12; index++) addFailed(world, `r-${index}`);
		const at: number[] = [];
		world.sendAnswer = () => {
			at.push((world.nowMs - 1_795_165_200_000) / 1000);
			return { sent: true, messageId: "m" };
		};
		await world.run("dlq", "redrive", "quick", "--all", "--rate", "5/s");
		expect(at).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2]);
		expect(world.overwritten).toEqual([
			"redriven: 5 of about 12",
			"redriven: 10 of about 12",
			"redriven: 12 of about 12",
			"",
		]);
	});

	it("misses none and sends none twice, although what it holds comes into sight again meanwhile", async () => {
		const world = cliWorld();
		// Every second letter is of the group; at one a minute the others come back many times.
		for (let index = 0; index < 40; index++)
			addFailed(world, `r-${index}`, { reason: index % 2 ? "gave-up" : "final-error" });
		const ids = await groupIds(world, "reason");
		const ran = await world.run("dlq", "redrive", "quick", "--group", ids["r-0"] ?? "", "--rate", "60/h");
		expect(ran.out).toBe("redriven: 20");
		expect(new Set(world.sent.map(({ message }) => message.body)).size).toBe(20);
		expect(world.sent).toHaveLength(20);
		expect(world.letters).toHaveLength(20);
		expect(world.visible()).toBe(20);
		expect((world.nowMs - 1_795_165_200_000) / 60_000).toBe(19);
	});

	it("ends at Ctrl-C without sending what it holds", async () => {
		const world = cliWorld();
		for (let index = 0; index < 5; index++) addFailed(world, `r-${index}`);
		world.meanwhile = () => world.interrupt.abort();
		expect((await world.run("dlq", "redrive", "quick", "--all", "--rate", "1/m")).code).toBe(130);
		expect(world.sent).toHaveLength(1);
		expect(world.visible()).toBe(4);
	});
});

describe("millrace dlq redrive of a letter that SQS moved", () => {
	it("leaves out its deadline, and names it by its message id unless it has a key or is a schedule's tick", async () => {
		const world = cliWorld();
		const sent = { job: "send_invoice", input: { invoice_id: 7 } };
		const schedule = { name: "nightly", at: "2026-11-20T02:00:00.000Z" };
		world.addLetter(JSON.stringify({ ...sent, expiresAt: "2026-11-20T08:00:00.000Z" }));
		world.addLetter(JSON.stringify({ ...sent, key: "invoice 7", expiresAt: "2026-11-20T08:00:00.000Z" }));
		world.addLetter(JSON.stringify({ ...sent, schedule }));
		await world.run("dlq", "redrive", "quick", "--all");
		expect(world.sent.map(({ message }) => JSON.parse(message.body))).toEqual([
			{ ...sent, id: "letter-1" },
			{ ...sent, key: "invoice 7" },
			{ ...sent, schedule },
		]);
	});
});

describe("millrace dlq redrive with another input", () => {
	it("sends the edited input as the same run, and keeps what it was for the next letter", async () => {
		const world = cliWorld();
		addFailed(world, "r-1", { input: { invoice_id: 7, lines: ["a"] } });
		const ran = await world.run("dlq", "redrive", "quick", "--all", "--set", "invoice_id=8", "lines[1]=b", "copies=2");
		expect(ran).toMatchObject({ code: 0, out: "redriven: 1" });
		const body = JSON.parse(world.sent[0]?.message.body ?? "") as Record<string, unknown>;
		expect(body).toEqual({
			job: "send_invoice",
			input: { invoice_id: 8, lines: ["a", "b"], copies: 2 },
			id: "r-1",
			generation: 2,
			tenant: "acme",
			originalInput: { key: expect.stringMatching(/^inputs\/[0-9a-f]{64}\.json$/), bytes: 30 },
		});
		expect(world.sent[0]).toMatchObject({ target: { queueClass: "quick" }, message: { messageGroupId: "acme" } });
		expect([...world.blobs.values()]).toEqual(['{"invoice_id":7,"lines":["a"]}']);

		// It fails again, and is edited again: what it was at first stays.
		const { input, originalInput, ...fields } = body;
		addFailed(world, "r-1", { input, fields: { ...fields, originalInput } });
		expect((await world.run("dlq", "show", "quick", "r-1", "--json")).json).toMatchObject({
			edited: true,
			input: { invoice_id: 8 },
			originalInput: { invoice_id: 7, lines: ["a"] },
		});
		expect((await world.run("dlq", "show", "quick", "r-1")).out).toContain(
			'  at first  {\n              "invoice_id": 7,\n',
		);
		await world.run("dlq", "redrive", "quick", "--all", "--edit-input", '{"invoice_id":9}');
		expect(JSON.parse(world.sent[1]?.message.body ?? "")).toMatchObject({ input: { invoice_id: 9 }, originalInput });
		expect(world.blobs.size).toBe(1);
	});

	it("sends nothing that does not fit the job, and says for each letter why", async () => {
		const world = cliWorld();
		addFailed(world, "r-1");
		addFailed(world, "r-2", { input: { invoice_id: 7, surprise: 1 }, reason: "invalid-input" });
		addFailed(world, "r-3", { fields: { colour: "red" } });
		addFailed(world, "r-4", { job: "gone" });
		world.addLetter("no JSON at all");
		const ran = await world.run("dlq", "redrive", "quick", "--all", "--set", "copies=3", "--json");
		expect(ran.code).toBe(2);
		expect(sentInputs(world)).toEqual([{ invoice_id: 7, copies: 3 }]);
		expect((ran.json as { failed: { messageId: string; error: string }[] }).failed).toEqual([
			{ messageId: "letter-2", refused: true, error: expect.stringContaining("invalid-input: ") },
			{ messageId: "letter-3", refused: true, error: expect.stringContaining('has unknown field "colour"') },
			{ messageId: "letter-4", refused: true, error: expect.stringContaining("unknown-job: ") },
			{ messageId: "letter-5", refused: true, error: expect.stringContaining("message-not-an-object: ") },
		]);
		expect(world.visible()).toBe(4);
	});

	it("leaves parts out", async () => {
		const world = cliWorld();
		addFailed(world, "r-1", { input: { invoice_id: 7, surprise: { deep: 1 } } });
		await world.run("dlq", "redrive", "quick", "--all", "--unset", "surprise");
		expect(sentInputs(world)).toEqual([{ invoice_id: 7 }]);
	});

	it.each([
		["invoice_id.x=1", "input.invoice_id.x can't be changed: input.invoice_id is no object"],
		["lines[0].x=1", "input.lines[0].x can't be changed: input.lines[0] is no object"],
		["lines[5]=x", "input.lines[5] can't be changed: input.lines is no list that is long enough"],
		["invoice_id[0]=x", "input.invoice_id[0] can't be changed: input.invoice_id is no list that is long enough"],
		["__proto__.polluted=1", "message-forbidden-key"],
	])("refuses to set %s", async (change, says) => {
		const world = cliWorld();
		addFailed(world, "r-1", { input: { invoice_id: 7, lines: ["a"] } });
		const ran = await world.run("dlq", "redrive", "quick", "--all", "--set", change);
		expect(ran).toMatchObject({ code: 2, err: expect.stringContaining(says) });
		expect(world.sent).toEqual([]);
		expect({}).not.toHaveProperty("polluted");
	});

	it("names the run of a letter that SQS moved as its worker would have: by its key, its schedule's tick, else its message id", async () => {
		const world = cliWorld();
		const sent = { job: "send_invoice", input: { invoice_id: 7 } };
		world.addLetter(JSON.stringify({ ...sent, key: "invoice 7" }));
		world.addLetter(JSON.stringify({ ...sent, schedule: { name: "nightly", at: "2026-11-20T02:00:00.000Z" } }));
		world.addLetter(JSON.stringify(sent));
		const ran = await world.run("dlq", "redrive", "quick", "--all", "--set", "invoice_id=8");
		expect(ran).toMatchObject({ code: 0, out: "redriven: 3" });
		expect(world.sent.map(({ message }) => (JSON.parse(message.body) as { id: string }).id)).toEqual([
			"k-42f5d2edca151652137f9c9558e6f57191e605c5",
			"s-918e9180143b2ff9ab90047230133cdc177c19f2",
			"letter-3",
		]);
	});

	it("edits an input that lies in the bucket, and sends a large one through it", async () => {
		const world = cliWorld();
		const key = `inputs/${"a".repeat(64)}.json`;
		world.blobs.set(key, JSON.stringify({ invoice_id: 7, lines: ["x".repeat(200_000)] }));
		world.addLetter(JSON.stringify({ job: "send_invoice", id: "r-1", inputRef: { key, bytes: 200_029 } }), {
			[deadLetterAttributes.runId]: "r-1",
		});
		await world.run("dlq", "redrive", "quick", "--all", "--set", "copies=2");
		const body = JSON.parse(world.sent[0]?.message.body ?? "") as { inputRef: { key: string } };
		expect(body).toMatchObject({ id: "r-1", originalInput: { key, bytes: 200_029 } });
		expect(JSON.parse(world.blobs.get(body.inputRef.key) ?? "")).toMatchObject({ invoice_id: 7, copies: 2 });
	});

	it("can replace an input that is no longer in the bucket, but not a part of it", async () => {
		const world = cliWorld();
		const key = `inputs/${"a".repeat(64)}.json`;
		world.addLetter(JSON.stringify({ job: "send_invoice", id: "r-1", inputRef: { key, bytes: 9 } }));
		const part = await world.run("dlq", "redrive", "quick", "--all", "--set", "copies=2");
		expect(part).toMatchObject({ code: 2, err: expect.stringContaining("input-reference-missing") });
		await world.run("dlq", "redrive", "quick", "--all", "--edit-input", '{"invoice_id":1}');
		expect(sentInputs(world)).toEqual([{ invoice_id: 1 }]);
	});
});

describe("millrace dlq purge of some", () => {
	it("deletes a group or named letters only, and says what it did not find", async () => {
		const world = cliWorld();
		for (let index = 0; index < 12; index++)
			addFailed(world, `r-${index}`, { reason: index < 3 ? "gave-up" : "final-error" });
		const ids = await groupIds(world, "reason");
		expect((await world.run("dlq", "purge", "quick", "--group", ids["r-0"] ?? "")).code).toBe(2);
		expect(world.letters).toHaveLength(12);
		expect((await world.run("dlq", "purge", "quick", "--group", ids["r-0"] ?? "", "--yes")).out).toBe("purged: 3");
		const ran = await world.run("dlq", "purge", "quick", "--id", "r-11", "r-99", "--yes");
		expect(ran).toMatchObject({ code: 3, out: "purged: 1", err: "target: memory\nnot found: r-99" });
		expect(world.visible()).toBe(8);
		expect(world.purged).toEqual([]);
	});
});
