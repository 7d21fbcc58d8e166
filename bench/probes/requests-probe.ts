// Runs in a process of its own, because a handler writes logs and metrics to standard output: enqueues runs, plays the
// event source mapping, and counts what AWS would bill for all of it. Answers by IPC.
import { randomUUID } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
	DeleteMessageBatchCommand,
	type Message,
	ReceiveMessageCommand,
	SendMessageBatchCommand,
	SQSClient,
} from "@aws-sdk/client-sqs";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { openPlatform } from "../../shared/aws/open-platform.ts";
import { createClient } from "../../shared/client/client.ts";
import { platformAddressSchema } from "../../shared/wire/platform-address.ts";
import { createSeededRandom } from "../../test/support/seeded-random.ts";
import { meterAws, type Usage } from "../measure/aws-meter.ts";
import { BENCH_GROUP, benchCatalogue, noopTask, waitTask } from "../workload/catalogue.ts";

const BATCH_SIZE = 10;
/** How far apart the runs of one batch may end in the workload that waits. */
const WAIT_MS_MAX = 200;

export const workloads = ["noop", "apart", "powertools"] as const;
export type Workload = (typeof workloads)[number];

export interface RequestsAnswer extends Usage {
	readonly runs: number;
}

type Handler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

const address = platformAddressSchema.parse(JSON.parse(process.env["MILLRACE_PLATFORM"] ?? ""));
const idempotencyTable = process.env["BENCH_IDEMPOTENCY_TABLE"] ?? "";
const queueArn = process.env["BENCH_QUEUE_ARN"] ?? "";
const queueUrl = address.queues[BENCH_GROUP]?.url ?? "";

const meter = meterAws(new DynamoDBClient({}), [address.table, idempotencyTable]);
const mapping = new SQSClient({ useQueueUrlAsEndpoint: false });
const client = createClient({ ...openPlatform(address), catalogue: benchCatalogue });
const random = createSeededRandom(1);

async function loadOurs(): Promise<Handler> {
	// Imported when the environment and the hooks stand, as in a fresh function.
	const { handler } = await import("../workload/worker.ts");
	return handler;
}

async function loadPowertools(): Promise<Handler> {
	const path = "../peers/powertools/handler.mjs";
	const peer: { readonly handler: Handler; readonly client: DynamoDBClient } = await import(path);
	meter.attachDynamo(peer.client);
	return peer.handler;
}

const loaded = new Map<string, Promise<Handler>>();

function handlerOf(workload: Workload): Promise<Handler> {
	const kind = workload === "powertools" ? "powertools" : "ours";
	const handler = loaded.get(kind) ?? (kind === "ours" ? loadOurs() : loadPowertools());
	loaded.set(kind, handler);
	return handler;
}

async function enqueue(workload: Workload, runs: number): Promise<readonly string[]> {
	const numbers = Array.from({ length: runs }, (_, n) => n);
	switch (workload) {
		case "noop":
			return (
				await client.enqueueMany(
					noopTask,
					numbers.map((n) => ({ input: { n } })),
				)
			).map(({ id }) => id);
		case "apart": {
			const items = numbers.map(() => ({ input: { wait_ms: Math.floor(random.unit() * WAIT_MS_MAX) } }));
			return (await client.enqueueMany(waitTask, items)).map(({ id }) => id);
		}
		case "powertools":
			for (let at = 0; at < runs; at += BATCH_SIZE) {
				const Entries = numbers.slice(at, at + BATCH_SIZE).map((n) => ({
					Id: String(n),
					MessageBody: JSON.stringify({ job: "noop_task", id: randomUUID(), input: { n } }),
				}));
				await mapping.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
			}
			return [];
	}
}

/** What Lambda's poller does: receive ten, invoke, delete what succeeded. */
async function performBatch(handler: Handler): Promise<number> {
	const { Messages = [] } = await mapping.send(
		new ReceiveMessageCommand({
			QueueUrl: queueUrl,
			MaxNumberOfMessages: BATCH_SIZE,
			MessageSystemAttributeNames: ["All"],
			MessageAttributeNames: ["All"],
		}),
	);
	const { batchItemFailures } = await handler({ Records: Messages.map(toRecord) }, createContext());
	if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} of ${Messages.length} runs failed`);
	const Entries = Messages.map((message, n) => ({ Id: String(n), ReceiptHandle: message.ReceiptHandle }));
	await mapping.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
	return Messages.length;
}

function toRecord(message: Message): SQSRecord {
	return {
		messageId: message.MessageId ?? "",
		receiptHandle: message.ReceiptHandle ?? "",
		body: message.Body ?? "",
		attributes: {
			ApproximateReceiveCount: message.Attributes?.ApproximateReceiveCount ?? "1",
			SentTimestamp: message.Attributes?.SentTimestamp ?? "",
			SenderId: message.Attributes?.SenderId ?? "",
			ApproximateFirstReceiveTimestamp: message.Attributes?.ApproximateFirstReceiveTimestamp ?? "",
		},
		messageAttributes: {},
		md5OfBody: message.MD5OfBody ?? "",
		eventSource: "aws:sqs",
		eventSourceARN: queueArn,
		awsRegion: "us-east-1",
	};
}

function createContext(): Context {
	const endsAtMs = Date.now() + 60_000;
	return {
		awsRequestId: randomUUID(),
		callbackWaitsForEmptyEventLoop: true,
		functionName: "bench",
		functionVersion: "$LATEST",
		invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:bench",
		memoryLimitInMB: "512",
		logGroupName: "/aws/lambda/bench",
		logStreamName: "bench",
		getRemainingTimeInMillis: () => endsAtMs - Date.now(),
		done: () => undefined,
		fail: () => undefined,
		succeed: () => undefined,
	};
}

async function run({ workload, batches }: { readonly workload: Workload; readonly batches: number }) {
	const handler = await handlerOf(workload);
	meter.reset();
	const ids = await enqueue(workload, batches * BATCH_SIZE);
	let runs = 0;
	while (runs < batches * BATCH_SIZE) runs += await performBatch(handler);
	const answer: RequestsAnswer = { ...meter.usage(), runs };
	// Looked at after the count was taken: reading a status is no part of performing a run.
	const unfinished = (await client.statusMany(ids)).filter(({ state }) => state !== "SUCCESS");
	if (unfinished.length > 0) throw new Error(`${unfinished.length} runs did not succeed`);
	return answer;
}

process.on("message", (request: { readonly workload: Workload; readonly batches: number }) => {
	run(request).then(
		(answer) => process.send?.(answer),
		(error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
	);
});
process.send?.({ ready: true });
