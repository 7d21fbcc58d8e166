import { ChangeMessageVisibilityCommand } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { queueWithFunction, writeAssembly } from "./local-assembly.ts";
import { type Run, run } from "./local-run.ts";

const start = (options: Parameters<typeof queueWithFunction>[0]): Promise<Run> =>
	run({ assemblyDir: writeAssembly({ App: { Resources: queueWithFunction(options) } }) });

const scripted = (options: Omit<Parameters<typeof queueWithFunction>[0], "handler"> = {}): Promise<Run> =>
	start({ handler: "scripted", ...options });

/** What the echo handler printed for its first invocation. */
async function echoed(local: Run): Promise<Record<string, unknown>> {
	const { line } = await local.event("log", (event) => event.line.includes('"event"'));
	return JSON.parse(line);
}

describe("the event", () => {
	it("is the one that Lambda makes of an SQS message", async () => {
		const local = await start({ handler: "echo" });
		const before = Date.now();
		const messageId = await local.send('{"a":1}', {
			MessageAttributes: {
				word: { DataType: "String", StringValue: "hello" },
				bytes: { DataType: "Binary", BinaryValue: new Uint8Array([1, 2, 255]) },
			},
		});
		const { event } = await echoed(local);
		expect(event).toEqual({
			Records: [
				{
					messageId,
					receiptHandle: expect.any(String),
					body: '{"a":1}',
					attributes: {
						ApproximateReceiveCount: "1",
						SentTimestamp: expect.stringMatching(/^\d{13}$/),
						SenderId: "000000000000",
						ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
					},
					messageAttributes: {
						word: { stringValue: "hello", stringListValues: [], binaryListValues: [], dataType: "String" },
						bytes: { binaryValue: "AQL/", stringListValues: [], binaryListValues: [], dataType: "Binary" },
					},
					md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
					md5OfBody: "bb6cb5c68df4652941caf652a366f2d8",
					eventSource: "aws:sqs",
					eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:App-Queue",
					awsRegion: "us-east-1",
				},
			],
		});
		const finished = await local.event("invocation-finished");
		expect(finished).toMatchObject({ end: "ok", records: 1, failed: 0 });
		expect(Date.now() - before).toBeLessThan(5_000);
	});

	it("comes with Lambda's context and environment, and none of the machine's own variables", async () => {
		process.env["MILLRACE_TEST_SECRET"] = "must not leak";
		const local = await start({
			handler: "echo",
			function: { Environment: { Variables: { QUEUE: { Ref: "Queue" }, NUMBER: 7 } }, Timeout: 9 },
		});
		await local.send({});
		const { context, remainingMs, environment, directory } = await echoed(local);
		const { requestId } = await local.event("invocation-started");
		expect(context).toEqual({
			callbackWaitsForEmptyEventLoop: true,
			functionName: "App-Worker",
			functionVersion: "$LATEST",
			invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:App-Worker",
			memoryLimitInMB: "256",
			logGroupName: "/aws/lambda/App-Worker",
			logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
			awsRequestId: requestId,
		});
		expect(remainingMs).toBeGreaterThan(8_000);
		expect(remainingMs).toBeLessThanOrEqual(9_000);
		expect(environment).toMatchObject({
			QUEUE: local.url("Queue"),
			NUMBER: "7",
			AWS_REGION: "us-east-1",
			AWS_ENDPOINT_URL_SQS: local.stack.endpoints.sqs,
			AWS_ENDPOINT_URL_S3: local.stack.endpoints.s3,
			AWS_ENDPOINT_URL_DYNAMODB: local.stack.endpoints.dynamodb,
			AWS_LAMBDA_FUNCTION_NAME: "App-Worker",
		});
		expect(environment).not.toHaveProperty("MILLRACE_TEST_SECRET");
		expect(environment).not.toHaveProperty("VITEST");
		expect(directory).toMatch(/fixtures\/handlers\/echo$/);
	});

	it("is taken by a CommonJS handler that returns at once", async () => {
		const local = await start({ handler: "cjs" });
		await local.sendBatch([1, 2, 3]);
		await local.stack.idle();
		expect(await local.depth("Queue")).toEqual({ ready: "0", inFlight: "0" });
	});
});

describe("batches", () => {
	it("hold what one request sent, up to the batch size", async () => {
		const local = await scripted({ mapping: { BatchSize: 4 } });
		await local.send({});
		await local.stack.idle();
		await local.sendBatch([{}, {}, {}, {}, {}, {}, {}, {}, {}, {}]);
		await local.stack.idle();
		const sizes = local.events.flatMap((event) => (event.type === "invocation-finished" ? [event.records] : []));
		expect(sizes.sort()).toEqual([1, 2, 4, 4]);
	});

	it("wait for the batching window, and not longer once they are full", async () => {
		const local = await scripted({ mapping: { BatchSize: 25, MaximumBatchingWindowInSeconds: 2 } });
		const startedAt = performance.now();
		for (let request = 0; request < 2; request++) await local.sendBatch([{}, {}, {}, {}, {}]);
		const first = await local.event("invocation-finished");
		expect(first.records).toBe(10);
		expect(performance.now() - startedAt).toBeGreaterThan(1_950);
		const full = performance.now();
		for (let request = 0; request < 5; request++) await local.sendBatch([{}, {}, {}, {}, {}]);
		const [, second] = await local.count("invocation-finished", 2);
		expect(second?.records).toBe(25);
		expect(performance.now() - full).toBeLessThan(1_900);
	});

	it("carry at most 6 MB; what does not fit goes into the next", async () => {
		const local = await scripted({ mapping: { MaximumBatchingWindowInSeconds: 1 } });
		const large = JSON.stringify({ filler: "x".repeat(1_000_000) });
		for (let message = 0; message < 10; message++) await local.send(large);
		await local.stack.idle();
		const sizes = local.events.flatMap((event) => (event.type === "invocation-finished" ? [event.records] : []));
		expect(Math.max(...sizes)).toBeLessThanOrEqual(6);
		expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(10);
	});
});

describe("failures", () => {
	it("of single items: the others are deleted, the failed one comes back after its visibility timeout", async () => {
		const local = await scripted({ queue: { VisibilityTimeout: 1 } });
		const [, failing] = await local.sendBatch([{ do: "pass" }, { do: "fail-once" }, { do: "pass" }]);
		const [first, second] = await local.count("invocation-finished", 2);
		expect(first).toMatchObject({ end: "ok", records: 3, failed: 1 });
		expect(second).toMatchObject({ end: "ok", records: 1, failed: 0 });
		const [start, again] = await local.count("invocation-started", 2);
		expect(again?.messageIds).toEqual([failing]);
		expect(start?.pid).toBe(again?.pid);
		await local.stack.idle();
	});

	it("of the whole batch when the handler throws, and the environment lives on", async () => {
		const local = await scripted({ queue: { VisibilityTimeout: 1 }, maxReceiveCount: 1 });
		await local.sendBatch([{ do: "throw" }, { do: "pass" }]);
		const finished = await local.event("invocation-finished");
		expect(finished).toMatchObject({ end: "error", records: 2, failed: 2, error: "TypeError: thrown on purpose" });
		const bodies = [await local.receive("Dead"), await local.receive("Dead")].map(({ body }) => body);
		expect(bodies.sort()).toEqual(['{"do":"pass"}', '{"do":"throw"}']);
		expect(local.stack.environmentPids("Worker")).toEqual([finished.pid]);
	});

	it.each([
		["no failures", null, 0],
		["an empty object", {}, 0],
		["an empty list", { batchItemFailures: [] }, 0],
		["a null list", { batchItemFailures: null }, 0],
		["an unknown id", { batchItemFailures: [{ itemIdentifier: "nobody" }] }, 1],
		["an empty id", { batchItemFailures: [{ itemIdentifier: "" }] }, 1],
		["a null id", { batchItemFailures: [{ itemIdentifier: null }] }, 1],
		["a misspelt key", { batchItemFailures: [{ id: "x" }] }, 1],
		["a text", "done", 1],
	])("are read from the response: %s", async (_name, answer, failed) => {
		const local = await scripted();
		await local.send({ do: "answer", answer });
		expect(await local.event("invocation-finished")).toMatchObject({ end: "ok", records: 1, failed });
		expect((await local.depth("Queue")).inFlight).toBe(String(failed));
	});

	it("are not read when the mapping does not ask for them", async () => {
		const local = await scripted({ mapping: { FunctionResponseTypes: [] } });
		await local.send({ do: "fail" });
		expect(await local.event("invocation-finished")).toMatchObject({ end: "ok", failed: 0 });
		await local.stack.idle();
	});

	it("lead to the dead-letter queue after maxReceiveCount receives", async () => {
		const local = await scripted({ queue: { VisibilityTimeout: 1 }, maxReceiveCount: 2 });
		const id = await local.send({ do: "fail" });
		await local.stack.idle();
		expect(await local.receive("Dead")).toMatchObject({ id, body: '{"do":"fail"}' });
		expect(local.events.filter(({ type }) => type === "invocation-finished")).toHaveLength(2);
		await local.stack.idle();
		expect(local.stack.undone()).toEqual({ ready: 0, inFlight: 0, delayed: 0, deadLetters: 1 });
	});

	it("by timeout: the process is killed, the messages come back", async () => {
		const local = await scripted({ function: { Timeout: 1 }, queue: { VisibilityTimeout: 2 }, maxReceiveCount: 1 });
		await local.send({ do: "hang" });
		const finished = await local.event("invocation-finished");
		expect(finished).toMatchObject({ end: "timeout", failed: 1, error: "Task timed out after 1.00 seconds" });
		expect(finished.durationMs).toBeGreaterThanOrEqual(990);
		expect(await local.event("environment-ended")).toMatchObject({ pid: finished.pid, reason: "timeout" });
		expect((await local.receive("Dead")).body).toBe('{"do":"hang"}');
	});

	it("by SIGKILL from outside: as a crash, and a new process performs the message again", async () => {
		const local = await scripted({ queue: { VisibilityTimeout: 1 } });
		await local.send({ do: "sleep", ms: 700 });
		const { pid } = await local.event("invocation-started");
		process.kill(pid, "SIGKILL");
		const [first, second] = await local.count("invocation-finished", 2);
		expect(first).toMatchObject({ end: "crashed", pid, failed: 1 });
		expect(second).toMatchObject({ end: "ok", failed: 0 });
		expect(second?.pid).not.toBe(pid);
		await local.stack.idle();
	});

	it("by process.exit, too", async () => {
		const local = await scripted();
		await local.send({ do: "exit" });
		const finished = await local.event("invocation-finished");
		expect(finished).toMatchObject({
			end: "crashed",
			error: "The process ended during the invocation (exit status 7)",
		});
	});

	it("by more memory than the function has, without harm to the runtime", async () => {
		const local = await scripted({ function: { MemorySize: 128 } });
		await local.send({ do: "allocate" });
		expect(await local.event("invocation-finished")).toMatchObject({ end: "crashed", failed: 1 });
		await local.send({ do: "pass" });
		expect((await local.count("invocation-finished", 2))[1]).toMatchObject({ end: "ok" });
	});

	it("of a module that can't be loaded end in the dead-letter queue", async () => {
		const local = await start({ handler: "broken", queue: { VisibilityTimeout: 1 }, maxReceiveCount: 1 });
		await local.send({ a: 1 });
		const why = expect.stringMatching(/^RangeError: cannot be loaded \(at .*broken\/index\.mjs:\d+:\d+\)$/);
		expect(await local.event("environment-failed")).toMatchObject({ message: why });
		expect(await local.event("invocation-finished")).toMatchObject({ end: "error", error: why });
		expect((await local.receive("Dead")).body).toBe('{"a":1}');
	});

	it("leave it to the handler when a message comes back, by ChangeMessageVisibility", async () => {
		const local = await scripted({ queue: { VisibilityTimeout: 600 } });
		await local.send({ do: "fail-once" });
		await local.event("invocation-finished");
		// As a worker does with the receipt of its event; the test has it from the emulator's view of the queue.
		const response = await fetch(`${local.stack.endpoints.sqs}/_fauxqs/queues/App-Queue`);
		const view = z.object({
			messages: z.object({ inflight: z.tuple([z.object({ receiptHandle: z.string() })]) }),
		});
		const [{ receiptHandle: ReceiptHandle }] = view.parse(await response.json()).messages.inflight;
		await local.sqs.send(
			new ChangeMessageVisibilityCommand({ QueueUrl: local.url("Queue"), ReceiptHandle, VisibilityTimeout: 1 }),
		);
		const [, second] = await local.count("invocation-finished", 2);
		expect(second).toMatchObject({ end: "ok", failed: 0 });
	});
});

describe("concurrency", () => {
	const sleeps = (number: number): unknown[] => Array.from({ length: number }, () => ({ do: "sleep", ms: 400 }));

	function mostAtOnce(local: Run): number {
		let now = 0;
		let most = 0;
		for (const event of local.events) {
			if (event.type === "invocation-started") most = Math.max(most, ++now);
			if (event.type === "invocation-finished") now--;
		}
		return most;
	}

	it("grows to the mapping's maximum and no further", async () => {
		const local = await scripted({ mapping: { BatchSize: 1, ScalingConfig: { MaximumConcurrency: 4 } } });
		for (let request = 0; request < 2; request++) await local.sendBatch(sleeps(8));
		await local.stack.idle();
		expect(mostAtOnce(local)).toBe(4);
	});

	it("is bounded by the function's reserved concurrency", async () => {
		const local = await scripted({ mapping: { BatchSize: 1 }, function: { ReservedConcurrentExecutions: 1 } });
		await local.sendBatch(sleeps(3));
		await local.stack.idle();
		expect(mostAtOnce(local)).toBe(1);
		expect(local.stack.environmentPids()).toHaveLength(1);
	});

	it("is shared by several queues of one function, so that a full one does not starve the other", async () => {
		const resources = queueWithFunction({
			handler: "scripted",
			mapping: { BatchSize: 1 },
			function: { ReservedConcurrentExecutions: 1 },
		});
		const other = { ...resources["Mapping"]?.Properties, EventSourceArn: { "Fn::GetAtt": ["Other", "Arn"] } };
		const local = await run({
			assemblyDir: writeAssembly({
				App: {
					Resources: {
						...resources,
						Other: { Type: "AWS::SQS::Queue" },
						OtherMapping: { Type: "AWS::Lambda::EventSourceMapping", Properties: other },
					},
				},
			}),
		});
		await local.sendBatch(Array.from({ length: 10 }, () => ({ do: "sleep", ms: 60 })));
		const id = await local.send({ from: "other" }, {}, "Other");
		await local.stack.idle();
		const order = local.events.flatMap((event) => (event.type === "invocation-started" ? event.messageIds : []));
		expect(order).toHaveLength(11);
		expect(order.indexOf(id)).toBeLessThan(6);
	});

	it("is nothing when the mapping is disabled", async () => {
		const local = await scripted({ mapping: { Enabled: false } });
		await local.send({ do: "pass" });
		await local.stack.idle();
		expect(await local.depth("Queue")).toEqual({ ready: "1", inFlight: "0" });
		expect(local.stack.environmentPids()).toEqual([]);
	});
});

describe("delays", () => {
	it("hold a message back, and wake the mapping when they end", async () => {
		const local = await scripted();
		// A process is there already: what is measured is the waking, and no cold start.
		await local.send({ do: "pass" });
		await local.stack.idle();
		const sentAt = performance.now();
		const id = await local.send({}, { DelaySeconds: 1 });
		await local.event("invocation-started", (event) => event.messageIds.includes(id));
		const waited = performance.now() - sentAt;
		expect(waited).toBeGreaterThan(950);
		expect(waited).toBeLessThan(1_500);
	});

	it("above 15 minutes are refused, as on AWS", async () => {
		const local = await scripted();
		await expect(local.send({}, { DelaySeconds: 901 })).rejects.toThrow(/DelaySeconds must be >= 0 and <= 900/);
	});
});

describe("output", () => {
	it("belongs to its request, and embedded metrics are told apart", async () => {
		const local = await scripted();
		for (const order of ["metric", "half-line"]) {
			await local.send({ do: order });
			await local.stack.idle();
		}
		const { requestId, metric } = await local.event("metric");
		expect(metric).toEqual({ _aws: { Timestamp: 1, CloudWatchMetrics: [] }, jobs: 1 });
		await local.send({ do: "pass" });
		const half = await local.event("log", ({ line }) => line.startsWith("no line break"));
		const started = await local.count("invocation-started", 3);
		expect(requestId).toBe(started[0]?.requestId);
		expect(half).toMatchObject({
			requestId: started[1]?.requestId,
			line: "no line break at the end",
			stream: "stdout",
		});
	});
});
