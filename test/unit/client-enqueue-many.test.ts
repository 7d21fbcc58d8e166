import { describe, expect, it } from "vitest";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { clientWorld, sendInvoice } from "../support/client-world.ts";

const invoices = (count: number) => Array.from({ length: count }, (_, index) => ({ input: { invoice_id: index } }));

describe("enqueueMany", () => {
	it("sends all items in one call of the port and returns their ids in order", async () => {
		const { client, world, effects } = clientWorld();
		const enqueued = await client.enqueueMany(sendInvoice, [
			{ input: { invoice_id: 1 }, id: "first" },
			{ input: { invoice_id: 2 }, key: "second" },
			{ input: { invoice_id: 3 }, tenant: "acme", delaySeconds: 5 },
		]);
		expect(enqueued).toEqual([{ id: "first" }, { id: expect.stringMatching(/^k-[0-9a-f]{40}$/) }, { id: "r-token-3" }]);
		expect(effects).toEqual(["send 3"]);
		expect(world.bodies()).toMatchObject([{ id: "first" }, { key: "second" }, { tenant: "acme" }]);
	});

	it("sends nothing for no items", async () => {
		const { client, effects } = clientWorld();
		expect(await client.enqueueMany(sendInvoice, [])).toEqual([]);
		expect(effects).toEqual([]);
	});

	it("refuses all when one is bad, and names each bad one", async () => {
		const { client, effects } = clientWorld();
		const items = [...invoices(3), { input: { invoice_id: "x" } }, { input: { invoice_id: 4 }, delaySeconds: -1 }];
		const error = await client.enqueueMany("send_invoice", items).catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(MillraceError);
		expect(error).toMatchObject({
			code: "invalid-input",
			details: {
				items: [
					{ index: 3, code: "invalid-input" },
					{ index: 4, code: "message-invalid-field" },
				],
			},
		});
		expect(String(error)).toContain("2 of 5 items were refused and nothing was sent.\nitem 3:");
		expect(effects).toEqual([]);
	});

	it("says which messages SQS did not confirm, and which it did", async () => {
		const { client, world } = clientWorld();
		world.answer = (message) =>
			message.body.includes('"invoice_id":1')
				? { sent: false, error: "InternalError" }
				: { sent: true, messageId: "m" };
		const error = await client.enqueueMany(sendInvoice, invoices(3)).catch((reason: unknown) => reason);
		expect(error).toMatchObject({
			code: "send-failed",
			details: {
				sent: [
					{ index: 0, id: "r-token-1" },
					{ index: 2, id: "r-token-3" },
				],
				failed: [{ index: 1, id: "r-token-2", error: "InternalError" }],
			},
		});
	});

	it("puts equal large inputs into the bucket once, all before the first message", async () => {
		const { client, effects } = clientWorld();
		const large = { invoice_id: 1, lines: ["x".repeat(100_000)] };
		const other = { invoice_id: 2, lines: ["x".repeat(100_000)] };
		await client.enqueueMany(sendInvoice, [{ input: large }, { input: large }, { input: other }]);
		expect(effects.map((effect) => effect.slice(0, 6))).toEqual(["put in", "put in", "send 3"]);
	});

	it("reports one failed message of enqueue with the id to try again with", async () => {
		const { client, world } = clientWorld();
		world.answer = () => ({ sent: false, error: "ServiceUnavailable" });
		await expect(client.enqueue(sendInvoice, { invoice_id: 1 })).rejects.toMatchObject({
			code: "send-failed",
			details: { sent: [], failed: [{ index: 0, id: "r-token-1", error: "ServiceUnavailable" }] },
		});
	});
});
