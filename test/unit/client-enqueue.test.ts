import { describe, expect, it } from "vitest";
import { clientWorld, sendInvoice } from "../support/client-world.ts";

describe("enqueue", () => {
	it("sends one message of contract v1 to the job's queue class", async () => {
		const { client, sendings } = clientWorld();

		const { id } = await client.enqueue(sendInvoice, { invoice_id: 7 });

		expect(id).toBe("r-token-1");
		expect(sendings).toEqual([
			{
				target: { queueClass: "quick", queue: "main" },
				messages: [{ body: '{"v":1,"job":"send_invoice","input":{"invoice_id":7},"id":"r-token-1"}', delaySeconds: 0 }],
			},
		]);
	});

	it("takes a job by its wire name", async () => {
		const { client, world } = clientWorld();
		await client.enqueue("send_invoice", { invoice_id: 7 });
		expect(world.bodies()).toEqual([{ v: 1, job: "send_invoice", input: { invoice_id: 7 }, id: "r-token-1" }]);
	});

	it("sends an alias under the job's current name, so that both compute the same id from a key", async () => {
		const { client, world } = clientWorld();
		const old = await client.enqueue("mail_invoice", { invoice_id: 7 }, { key: "invoice-7" });
		const current = await client.enqueue(sendInvoice, { invoice_id: 7 }, { key: "invoice-7" });
		expect(old).toEqual(current);
		expect(world.bodies()).toMatchObject([{ job: "send_invoice" }, { job: "send_invoice" }]);
	});

	it("computes the id from (job, key), pinned here because producers in other languages may rely on it", async () => {
		const { client } = clientWorld();
		const { id } = await client.enqueue(sendInvoice, { invoice_id: 7 }, { key: "invoice-7" });
		// printf '["send_invoice","invoice-7"]' | sha256sum | cut -c1-40
		expect(id).toBe("k-aa478736a9b56b796461ba1dda5131e02daf5db2");
	});

	it("prefers a given id to the key's", async () => {
		const { client, world } = clientWorld();
		await client.enqueue(sendInvoice, { invoice_id: 7 }, { id: "invoice-7.first", key: "invoice-7" });
		expect(world.bodies()).toMatchObject([{ id: "invoice-7.first", key: "invoice-7" }]);
	});

	it("carries everything that was said about the run", async () => {
		const { client, world, sendings } = clientWorld();
		await client.enqueue(
			sendInvoice,
			{ invoice_id: 7 },
			{
				tenant: "acme",
				priority: 9,
				expiresAt: new Date("2026-11-20T10:00:00Z"),
				headers: { locale: "de" },
				trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
			},
		);
		expect(world.bodies()).toEqual([
			{
				v: 1,
				job: "send_invoice",
				input: { invoice_id: 7 },
				id: "r-token-1",
				tenant: "acme",
				priority: 9,
				expiresAt: "2026-11-20T10:00:00.000Z",
				headers: { locale: "de" },
				trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
			},
		]);
		expect(sendings[0]?.messages[0]?.messageGroupId).toBe("acme");
	});

	it("names a fair-queue group by hash where SQS would refuse the tenant's name", async () => {
		const { client, sendings } = clientWorld();
		await client.enqueue(sendInvoice, { invoice_id: 7 }, { tenant: "Müller & Söhne" });
		// printf 'Müller & Söhne' | sha256sum
		expect(sendings[0]?.messages[0]?.messageGroupId).toBe(
			"6d9a29bd773775c8784ca0822200046084fe06df3cbf09cf46f0264c5a257b77",
		);
	});

	it("sends the input as it was given: the worker applies the schema's defaults", async () => {
		const { client, world } = clientWorld();
		await client.enqueue(sendInvoice, { invoice_id: 7 });
		expect(world.bodies()).toMatchObject([{ input: { invoice_id: 7 } }]);
	});

	it("leaves out an optional field that is undefined", async () => {
		const { client, world } = clientWorld();
		await client.enqueue(sendInvoice, { invoice_id: 7, lines: undefined });
		expect(world.bodies()).toMatchObject([{ input: { invoice_id: 7 } }]);
	});

	it("escapes the two characters that JSON allows and SQS refuses", async () => {
		const { client, sendings } = clientWorld();
		await client.enqueue(sendInvoice, { invoice_id: 7, lines: ["\uFFFE\uFFFF"] });
		expect(sendings[0]?.messages[0]?.body).toContain('"\\ufffe\\uffff"');
	});

	it("does not compile with an input that is not the job's", () => {
		const { client } = clientWorld();
		// @ts-expect-error invoice_id must be a number
		const wrongType = () => client.enqueue(sendInvoice, { invoice_id: "7" });
		// @ts-expect-error there is no such field
		const unknownField = () => client.enqueue(sendInvoice, { invoice_id: 7, invoce: 1 });
		// @ts-expect-error the result has pages, not sheets
		const wrongResult = async () => (await client.result(sendInvoice, "x")).sheets;
		expect([wrongType, unknownField, wrongResult]).toHaveLength(3);
	});
});

describe("when it may start", () => {
	it.each([
		["a delay that SQS can wait for is left to SQS", { delaySeconds: 900 }, 900, undefined],
		["part of a second is rounded up", { delaySeconds: 0.2 }, 1, undefined],
		[
			"a longer delay becomes an instant, for which a worker makes a schedule at once",
			{ delaySeconds: 901 },
			0,
			"2026-11-20T09:15:01.000Z",
		],
		["the longest delay is 366 days", { delaySeconds: 31_622_400 }, 0, "2027-11-21T09:00:00.000Z"],
		[
			"a near instant travels and is waited for by SQS",
			{ notBefore: "2026-11-20T09:01:00Z" },
			60,
			"2026-11-20T09:01:00.000Z",
		],
		["a text without offset is UTC", { notBefore: "2026-11-20T09:01:00" }, 60, "2026-11-20T09:01:00.000Z"],
		["a Date is taken", { notBefore: new Date("2026-11-20T12:00:00Z") }, 0, "2026-11-20T12:00:00.000Z"],
		["an instant that is over is now", { notBefore: "2026-11-20T08:00:00Z" }, 0, undefined],
	])("%s", async (_name, options, delaySeconds, notBefore) => {
		const { client, world, sendings } = clientWorld();
		await client.enqueue(sendInvoice, { invoice_id: 7 }, options);
		expect(sendings[0]?.messages[0]?.delaySeconds).toBe(delaySeconds);
		expect(world.bodies()).toEqual([
			{
				v: 1,
				job: "send_invoice",
				input: { invoice_id: 7 },
				id: "r-token-1",
				...(notBefore === undefined ? {} : { notBefore }),
			},
		]);
	});
});

describe("large inputs", () => {
	// {"invoice_id":7,"lines":[""]} has 29 bytes, and 96 KiB are 98 304.
	const inputOf = (bytes: number) => ({ invoice_id: 7, lines: ["x".repeat(bytes - 29)] });

	it("keeps 96 KiB in the message", async () => {
		const { client, world, effects } = clientWorld();
		await client.enqueue(sendInvoice, inputOf(98_304));
		expect(effects).toEqual(["send 1"]);
		expect(world.bodies()).toMatchObject([{ input: { invoice_id: 7 } }]);
	});

	it("puts a larger one into the bucket first and sends a reference to it", async () => {
		const { client, world, effects, blobs } = clientWorld();
		await client.enqueue(sendInvoice, inputOf(98_305));
		const [key] = blobs.keys();
		expect(key).toMatch(/^inputs\/[0-9a-f]{64}\.json$/);
		expect(effects).toEqual([`put ${key}`, "send 1"]);
		expect(world.bodies()).toEqual([{ v: 1, job: "send_invoice", id: "r-token-1", inputRef: { key, bytes: 98_305 } }]);
		expect(blobs.get(key ?? "")).toHaveLength(98_305);
	});

	it("takes inputs of 1 MiB and more", async () => {
		const { client, blobs } = clientWorld();
		await client.enqueue(sendInvoice, inputOf(1_048_576));
		await client.enqueue(sendInvoice, inputOf(1_153_434));
		expect([...blobs.values()].map((text) => text.length)).toEqual([1_048_576, 1_153_434]);
	});
});
