/** What every queue and its operator's view keep, whatever they are made of. Run on memory and on fauxqs by queue.test.ts. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { toMessageText } from "../../shared/kernel/json.ts";
import type { OutgoingMessage, Queue, QueueTarget } from "../../shared/ports/queue.ts";
import type { QueueOperator, ReceivedMessage } from "../../shared/ports/queue-operator.ts";

export interface OpenQueues {
	readonly queue: Queue;
	readonly operator: QueueOperator;
	/** Lets the time pass, where it does not pass by itself while a receive waits. */
	readonly passSeconds: (seconds: number) => Promise<void>;
}

export interface QueueWorld {
	/** New, empty queues of the class "orders". */
	open(): Promise<OpenQueues>;
	stop(): Promise<void>;
}

const main: QueueTarget = { queueClass: "orders", queue: "main" };
const deadLetter: QueueTarget = { queueClass: "orders", queue: "dead-letter" };
const MiB = 1_048_576;

export function describeQueue(name: string, start: () => Promise<QueueWorld>): void {
	describe(`queue on ${name}`, () => {
		let world: QueueWorld;
		let queue: Queue;
		let operator: QueueOperator;
		let passSeconds: (seconds: number) => Promise<void>;
		beforeAll(async () => {
			world = await start();
		});
		beforeEach(async () => {
			({ queue, operator, passSeconds } = await world.open());
		});
		afterAll(async () => {
			await world.stop();
		});

		const take = (target: QueueTarget, waitSeconds = 0, visibilitySeconds = 30) =>
			operator.receive(target, { max: 10, visibilitySeconds, waitSeconds });

		/** Receives until `count` have come: an answer may hold fewer than there are. */
		async function takeAll(target: QueueTarget, count: number): Promise<ReceivedMessage[]> {
			const all: ReceivedMessage[] = [];
			while (all.length < count) {
				const some = await take(target, 1);
				if (some.length === 0) break;
				all.push(...some);
			}
			return all;
		}

		describe("sends", () => {
			it("bodies and attributes that come out as they went in", async () => {
				const messages: OutgoingMessage[] = [
					{ body: '{"job":"a"}' },
					{
						body: "naïve 😀 ключ\t\n\r  ",
						attributes: { "millrace-reason": "invalid-input", "millrace-error": '{"a":"é😀"}' },
					},
					{ body: " ", attributes: { one: "1" }, delaySeconds: 0 },
				];
				const results = await queue.sendMany(main, messages);
				const received = await takeAll(main, 3);
				expect(received.map(({ body, attributes }) => ({ body, attributes }))).toEqual([
					{ body: '{"job":"a"}', attributes: {} },
					{
						body: "naïve 😀 ключ\t\n\r  ",
						attributes: { "millrace-reason": "invalid-input", "millrace-error": '{"a":"é😀"}' },
					},
					{ body: " ", attributes: { one: "1" } },
				]);
				expect(results).toEqual(received.map(({ messageId }) => ({ sent: true, messageId })));
				for (const { receiveCount, sentAt } of received) {
					expect(receiveCount).toBe(1);
					expect(sentAt).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ$/);
				}
			});

			it("nothing when there is nothing to send", async () => {
				expect(await queue.sendMany(main, [])).toEqual([]);
			});

			it("to the dead-letter queue apart from the main one", async () => {
				await queue.sendMany(deadLetter, [{ body: "dead" }]);
				expect(await operator.depth(main)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
				expect((await take(deadLetter)).map(({ body }) => body)).toEqual(["dead"]);
			});

			it("37 messages with one result each, in order", async () => {
				const results = await queue.sendMany(
					main,
					Array.from({ length: 37 }, (_, index) => ({ body: `message ${index}` })),
				);
				const bodies = new Map((await takeAll(main, 37)).map(({ messageId, body }) => [messageId, body]));
				expect(bodies.size).toBe(37);
				expect(results.map((result) => result.sent && bodies.get(result.messageId))).toEqual(
					Array.from({ length: 37 }, (_, index) => `message ${index}`),
				);
			});

			it("a message of exactly 1 MiB, and refuses one of a byte more without its neighbours", async () => {
				const attributes = { name: "é" };
				// The attribute counts with its name (4), its type "String" (6) and its value (2).
				const [fits, tooLong, small] = await queue.sendMany(main, [
					{ body: "x".repeat(MiB - 12), attributes },
					{ body: "x".repeat(MiB - 11), attributes },
					{ body: "small" },
				]);
				expect(fits).toMatchObject({ sent: true });
				expect(tooLong).toEqual({ sent: false, error: expect.any(String) });
				expect(small).toMatchObject({ sent: true });
			});

			it.each([
				["U+0000", "a\u0000b"],
				["U+FFFE", "a￾b"],
				["U+FFFF", "a￿b"],
			])("any text as JSON, but refuses a body with %s itself, without its neighbours", async (_name, text) => {
				const results = await queue.sendMany(main, [
					{ body: "before" },
					{ body: text },
					{ body: toMessageText({ text }) },
				]);
				expect(results.map(({ sent }) => sent)).toEqual([true, false, true]);
				const bodies = (await takeAll(main, 2)).map(({ body }) => body);
				expect(bodies).toContain("before");
				expect(bodies.filter((body) => body !== "before").map((body) => JSON.parse(body))).toEqual([{ text }]);
			});

			it("with a delay, after which it can be received", async () => {
				await queue.sendMany(main, [{ body: "later", delaySeconds: 1 }]);
				expect(await operator.depth(main)).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
				expect(await take(main)).toEqual([]);
				await passSeconds(1);
				expect((await take(main, 5)).map(({ body }) => body)).toEqual(["later"]);
			});

			it("not with a delay above 15 minutes", async () => {
				expect((await queue.sendMany(main, [{ body: "too late", delaySeconds: 901 }]))[0]?.sent).toBe(false);
				expect((await queue.sendMany(main, [{ body: "just so", delaySeconds: 900 }]))[0]?.sent).toBe(true);
			});

			it("for a tenant", async () => {
				await queue.sendMany(main, [{ body: "fair", messageGroupId: "acme" }]);
				expect((await take(main)).map(({ body }) => body)).toEqual(["fair"]);
			});

			it("not to a class it does not know", async () => {
				const unknown: QueueTarget = { queueClass: "toString", queue: "main" };
				const refusal = { code: "queue-class-not-found", message: expect.stringContaining("toString") };
				await expect(queue.sendMany(unknown, [{ body: "x" }])).rejects.toMatchObject(refusal);
				await expect(operator.depth(unknown)).rejects.toMatchObject(refusal);
				await expect(operator.purge(unknown)).rejects.toMatchObject(refusal);
			});
		});

		describe("shows an operator", () => {
			it("what is received out of sight until its visibility is over", async () => {
				await queue.sendMany(main, [{ body: "once" }]);
				expect(await take(main, 0, 1)).toHaveLength(1);
				expect(await take(main)).toEqual([]);
				expect(await operator.depth(main)).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
				await passSeconds(1);
				expect(await take(main, 5)).toMatchObject([{ body: "once", receiveCount: 2 }]);
			});

			it("a message out of sight for as long as its receiver says last, unless it is another's by now", async () => {
				await queue.sendMany(main, [{ body: "short" }, { body: "gone" }]);
				const received = await takeAll(main, 2);
				const [short, gone] = ["short", "gone"].map((body) => received.find((message) => message.body === body));
				await operator.remove(main, [gone?.receiptHandle ?? ""]);
				await queue.changeVisibilityMany(
					main,
					[short, gone].map((message) => ({ receiptHandle: message?.receiptHandle ?? "", seconds: 1 })),
				);
				expect(await take(main)).toEqual([]);
				await passSeconds(1);
				expect(await take(main, 5, 30)).toMatchObject([{ body: "short", receiveCount: 2 }]);
				expect(await operator.depth(main)).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
			});

			it("released messages again at once", async () => {
				await queue.sendMany(
					deadLetter,
					Array.from({ length: 12 }, (_, index) => ({ body: `dead ${index}` })),
				);
				const received = await takeAll(deadLetter, 12);
				await operator.release(
					deadLetter,
					received.map(({ receiptHandle }) => receiptHandle),
				);
				expect(await operator.depth(deadLetter)).toEqual({ visible: 12, inFlight: 0, delayed: 0 });
				const again = await takeAll(deadLetter, 12);
				expect(again.map(({ body }) => body).sort()).toEqual(received.map(({ body }) => body).sort());
			});

			it("removed messages never again, and the others still", async () => {
				await queue.sendMany(
					deadLetter,
					Array.from({ length: 12 }, (_, index) => ({ body: `dead ${index}` })),
				);
				const received = await takeAll(deadLetter, 12);
				await operator.remove(
					deadLetter,
					received.slice(1).map(({ receiptHandle }) => receiptHandle),
				);
				expect(await operator.depth(deadLetter)).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
			});

			it("no more than it asked for", async () => {
				await queue.sendMany(main, [{ body: "1" }, { body: "2" }, { body: "3" }]);
				expect(await operator.receive(main, { max: 2, visibilitySeconds: 30, waitSeconds: 0 })).toHaveLength(2);
			});

			it("an empty queue after a purge", async () => {
				await queue.sendMany(main, [{ body: "1" }, { body: "2", delaySeconds: 60 }]);
				await take(main);
				await operator.purge(main);
				expect(await operator.depth(main)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
			});

			it("in the dead-letter queue what was received too often", async () => {
				await queue.sendMany(main, [{ body: "poison", attributes: { kept: "yes" } }]);
				for (let receive = 1; receive <= 3; receive++) {
					const received = await take(main, 1);
					expect(received).toMatchObject([{ body: "poison", receiveCount: receive }]);
					await operator.release(
						main,
						received.map(({ receiptHandle }) => receiptHandle),
					);
				}
				expect(await take(main)).toEqual([]);
				expect(await take(deadLetter, 1)).toMatchObject([{ body: "poison", attributes: { kept: "yes" } }]);
			});
		});
	});
}
