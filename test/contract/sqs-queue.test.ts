/** What the SQS queue does beyond its port: how messages share requests, and what it tries again. */
import {
	CreateQueueCommand,
	type SendMessageBatchRequest,
	type SendMessageBatchResult,
	SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type MessageServer, startMessageServer } from "../../local/emulators/message-server.ts";
import { createSqsQueue } from "../../shared/aws/sqs-queue.ts";
import { createSqsQueueOperator } from "../../shared/aws/sqs-queue-operator.ts";
import type { Queue, QueueTarget } from "../../shared/ports/queue.ts";
import type { QueueOperator } from "../../shared/ports/queue-operator.ts";
import { localAccess } from "../support/emulators.ts";
import { countRequests, type RequestCounter } from "../support/request-counter.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";

const main: QueueTarget = { queueClass: "orders", queue: "main" };

describe("SQS queue", () => {
	let server: MessageServer;
	let client: SQSClient;
	let requests: RequestCounter;
	let queue: Queue;
	let operator: QueueOperator;
	let opened = 0;

	beforeAll(async () => {
		server = await startMessageServer({ dataDir: undefined, port: 0 });
	});
	afterAll(() => server.stop());
	beforeEach(async () => {
		client = new SQSClient({ ...localAccess, endpoint: server.endpoint, useQueueUrlAsEndpoint: false, maxAttempts: 1 });
		const QueueName = `orders-${++opened}`;
		await client.send(new CreateQueueCommand({ QueueName }));
		const url = server.queueUrl(QueueName);
		const address = { queues: { orders: { url, deadLetterUrl: url } } };
		requests = countRequests(client);
		queue = createSqsQueue({ client, address, clock: createVirtualClock({ autoAdvance: true }) });
		operator = createSqsQueueOperator({ client, address });
		return () => client.destroy();
	});
	const bodies = (sizes: readonly number[]) => sizes.map((size) => ({ body: "x".repeat(size) }));
	const sends = (count: number) => Array.from({ length: count }, () => "SendMessageBatch");

	/** The next entries with these bodies are refused by SQS, once for each time they are named. */
	function refuseEntries(refused: string[], SenderFault: boolean): void {
		client.middlewareStack.add(
			(next, { commandName }) =>
				async (args) => {
					if (commandName !== "SendMessageBatchCommand") return next(args);
					const input = args.input as SendMessageBatchRequest;
					const isRefused = (body: string | undefined) => body !== undefined && refused.includes(body);
					const [out, kept] = [true, false].map((wanted) =>
						(input.Entries ?? []).filter(({ MessageBody }) => isRefused(MessageBody) === wanted),
					);
					for (const { MessageBody } of out ?? []) refused.splice(refused.indexOf(MessageBody ?? ""), 1);
					const Failed = (out ?? []).map(({ Id }) => ({ Id, SenderFault, Code: "InternalError", Message: "injected" }));
					if ((kept ?? []).length === 0) return { response: undefined, output: { $metadata: {}, Failed } };
					const answer = await next({ ...args, input: { ...input, Entries: kept } });
					return { ...answer, output: { ...(answer.output as SendMessageBatchResult & typeof answer.output), Failed } };
				},
			{ step: "initialize" },
		);
	}

	it.each([
		["10 messages", [1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 1],
		["11 messages", [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 2],
		["exactly 1 MiB together", [524_288, 524_287, 1], 1],
		["a byte more", [524_288, 524_288, 1], 2],
		["large ones between small ones", [1, 1_048_575, 1, 1_048_576, 1], 4],
	])("sends %s in as few requests as SQS allows", async (_what, sizes, count) => {
		const results = await queue.sendMany(main, bodies(sizes));
		expect(results.every(({ sent }) => sent)).toBe(true);
		expect(requests.operations).toEqual(sends(count));
		expect(await operator.depth(main)).toMatchObject({ visible: sizes.length });
	});

	it("counts bytes of UTF-8, and attributes", async () => {
		await queue.sendMany(main, [{ body: "é".repeat(262_144) }, { body: "é".repeat(262_144) }]);
		expect(requests.operations).toEqual(sends(1));
		requests.reset();
		await queue.sendMany(main, [{ body: "é".repeat(262_144), attributes: { a: "b" } }, { body: "é".repeat(262_144) }]);
		expect(requests.operations).toEqual(sends(2));
	});

	it("tries entries again that SQS could not take, and only those", async () => {
		refuseEntries(["xx", "xxx", "xx", "xx"], false);
		const results = await queue.sendMany(main, bodies([1, 2, 3]));
		expect(results.map(({ sent }) => sent)).toEqual([true, true, true]);
		expect(await operator.depth(main)).toMatchObject({ visible: 3 });
	});

	it("gives an entry up after four tries", async () => {
		refuseEntries(["xx", "xx", "xx", "xx"], false);
		const results = await queue.sendMany(main, bodies([1, 2, 3]));
		expect(results[1]).toEqual({ sent: false, error: "InternalError: injected" });
		expect([results[0]?.sent, results[2]?.sent]).toEqual([true, true]);
	});

	it("does not repeat what is the sender's fault", async () => {
		refuseEntries(["xx"], true);
		const results = await queue.sendMany(main, bodies([1, 2]));
		expect(results.map(({ sent }) => sent)).toEqual([true, false]);
		expect(await operator.depth(main)).toMatchObject({ visible: 1 });
	});

	it("tells for each message when SQS can't be reached, without throwing", async () => {
		const nowhere = new SQSClient({ ...localAccess, endpoint: "http://127.0.0.1:1", maxAttempts: 1 });
		const address = { queues: { orders: { url: "http://127.0.0.1:1/0/q", deadLetterUrl: "http://127.0.0.1:1/0/q" } } };
		const results = await createSqsQueue({ client: nowhere, address }).sendMany(main, bodies([1, 2]));
		expect(results).toEqual([1, 2].map(() => ({ sent: false, error: expect.stringContaining("ECONNREFUSED") })));
		await expect(createSqsQueueOperator({ client: nowhere, address }).depth(main)).rejects.toMatchObject({
			code: "queue-failed",
			message: expect.stringContaining("GetQueueAttributes on the main queue of class orders"),
		});
	});

	it("tells how many receipt handles were refused, and tries all", async () => {
		await queue.sendMany(main, bodies([1, 2]));
		const [first, second] = await operator.receive(main, { max: 10, visibilitySeconds: 30, waitSeconds: 0 });
		const handles = [first?.receiptHandle ?? "", "no-handle", second?.receiptHandle ?? ""];
		await expect(operator.release(main, handles)).rejects.toMatchObject({
			code: "queue-failed",
			message: expect.stringMatching(
				/^SQS ChangeMessageVisibilityBatch on the main queue of class orders failed for 1 of 3/,
			),
		});
		expect(await operator.depth(main)).toMatchObject({ visible: 2 });
	});
});
