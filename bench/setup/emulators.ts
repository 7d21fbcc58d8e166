// The embedded emulators for benchmarks that drive a handler themselves, with the table and queues of one platform.

import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { startDynamoDb } from "../../local/emulators/dynamodb.ts";
import { startMessageServer } from "../../local/emulators/message-server.ts";
import type { Endpoints } from "../../local/lambda/environment-variables.ts";
import type { PlatformAddress } from "../../shared/wire/platform-address.ts";
import { runTable } from "../../shared/wire/run-table.ts";
import { BENCH_GROUP } from "../workload/catalogue.ts";

export interface Emulators {
	readonly endpoints: Endpoints;
	readonly emulator: string;
	readonly platform: PlatformAddress;
	readonly queueArn: string;
	/** The table of the Powertools idempotency layer. */
	readonly idempotencyTable: string;
	/** A client of the bench's own, never measured. */
	readonly dynamo: DynamoDBClient;
	readonly stop: () => Promise<void>;
}

const CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local" };
const IDEMPOTENCY_TABLE = "idempotency";

export async function startEmulators(): Promise<Emulators> {
	const [messages, database] = await Promise.all([
		startMessageServer({ dataDir: undefined, port: 0 }),
		startDynamoDb({ dataDir: undefined, onLost: (message) => console.error(message) }),
	]);
	const endpoints = {
		sqs: messages.endpoint,
		s3: messages.endpoint,
		dynamodb: database.endpoint,
		// No benchmark waits for so long.
		scheduler: "http://127.0.0.1:1",
		lambda: "http://127.0.0.1:1",
	};
	const dynamo = new DynamoDBClient({ endpoint: endpoints.dynamodb, region: "us-east-1", credentials: CREDENTIALS });
	const sqs = new SQSClient({ endpoint: endpoints.sqs, region: "us-east-1", credentials: CREDENTIALS });
	await createRunTable(dynamo, "runs");
	await createIdempotencyTable(dynamo);
	for (const QueueName of [BENCH_GROUP, `${BENCH_GROUP}-dead`]) await sqs.send(new CreateQueueCommand({ QueueName }));
	messages.ensureBucket("payloads");
	sqs.destroy();
	return {
		endpoints,
		emulator: database.emulator,
		platform: {
			table: "runs",
			bucket: "payloads",
			queues: {
				bench: { url: messages.queueUrl(BENCH_GROUP), deadLetterUrl: messages.queueUrl(`${BENCH_GROUP}-dead`) },
			},
		},
		queueArn: `arn:aws:sqs:us-east-1:000000000000:${BENCH_GROUP}`,
		idempotencyTable: IDEMPOTENCY_TABLE,
		dynamo,
		stop: async () => {
			dynamo.destroy();
			await Promise.all([messages.stop(), database.stop()]);
		},
	};
}

async function createRunTable(dynamo: DynamoDBClient, name: string): Promise<void> {
	const { partitionKey, recentIndex } = runTable;
	await dynamo.send(
		new CreateTableCommand({
			TableName: name,
			BillingMode: "PAY_PER_REQUEST",
			KeySchema: [{ AttributeName: partitionKey, KeyType: "HASH" }],
			AttributeDefinitions: [partitionKey, recentIndex.partitionKey, recentIndex.sortKey].map((AttributeName) => ({
				AttributeName,
				AttributeType: "S",
			})),
			GlobalSecondaryIndexes: [
				{
					IndexName: recentIndex.name,
					KeySchema: [
						{ AttributeName: recentIndex.partitionKey, KeyType: "HASH" },
						{ AttributeName: recentIndex.sortKey, KeyType: "RANGE" },
					],
					Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: [...recentIndex.projectedAttributes] },
				},
			],
		}),
	);
}

async function createIdempotencyTable(dynamo: DynamoDBClient): Promise<void> {
	await dynamo.send(
		new CreateTableCommand({
			TableName: IDEMPOTENCY_TABLE,
			BillingMode: "PAY_PER_REQUEST",
			KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
			AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
		}),
	);
}
