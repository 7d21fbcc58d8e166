/** The emulators that contract suites run on, and clients for them. Each is started once per suite and stopped by it. */
import { setImmediate as nextTurn } from "node:timers/promises";
import {
	CreateTableCommand,
	DescribeTableCommand,
	DynamoDBClient,
	type DynamoDBClientConfig,
} from "@aws-sdk/client-dynamodb";
import { dynoxideBinary, startDynamoDb } from "../../local/emulators/dynamodb.ts";
import { DirectDynamoDb } from "../../shared/aws/direct-dynamo-db.ts";
import { PlainJsonProtocol } from "../../shared/aws/plain-json-protocol.ts";
import { createSystemClock } from "../../shared/aws/system-clock.ts";
import { runTable } from "../../shared/wire/run-table.ts";
import { dynamoDbLocalMissing, startDynamoDbLocal } from "./dynamodb-local.ts";

export interface Emulator {
	readonly endpoint: string;
	stop(): Promise<void>;
}

export interface EmulatorKind {
	readonly name: string;
	/** Why it can't run on this machine; `undefined` when it can. */
	readonly missing: string | undefined;
	readonly start: () => Promise<Emulator>;
}

const embedded = (emulator: "dynoxide" | "dynalite") => () =>
	startDynamoDb({
		dataDir: undefined,
		emulator,
		onLost: (message) => {
			throw new Error(message);
		},
	});

export const dynamoDbKinds: readonly EmulatorKind[] = [
	{
		name: "dynoxide",
		missing: dynoxideBinary() === undefined ? "no binary for this platform" : undefined,
		start: embedded("dynoxide"),
	},
	{ name: "dynalite", missing: undefined, start: embedded("dynalite") },
	{ name: "DynamoDB Local", missing: dynamoDbLocalMissing(), start: startDynamoDbLocal },
];

export const localAccess = {
	region: "us-east-1",
	credentials: { accessKeyId: "local", secretAccessKey: "local" },
} as const;

export const dynamoDbClient = (endpoint: string, more: Partial<DynamoDBClientConfig> = {}): DynamoDBClient =>
	new DynamoDBClient({ ...localAccess, endpoint, ...more });

/** As a worker has it: for the runs table. */
export const workerDynamoDb = (endpoint: string, more: Partial<DynamoDBClientConfig> = {}): DirectDynamoDb =>
	new DirectDynamoDb({
		lender: dynamoDbClient(endpoint, more),
		clock: createSystemClock(),
		connectTimeoutMs: 2_000,
		requestTimeoutMs: 5_000,
	});

/** As a producer has it: for the runs table. */
export const runsTableClient = (endpoint: string, more: Partial<DynamoDBClientConfig> = {}): DynamoDBClient =>
	dynamoDbClient(endpoint, { protocol: PlainJsonProtocol, ...more });

let tables = 0;

/** A new empty runs table, as JobPlatform makes it. Its name. */
export async function createRunsTable(client: DynamoDBClient): Promise<string> {
	const name = `runs-${process.pid}-${++tables}`;
	const { recentIndex } = runTable;
	const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: "S" as const });
	await client.send(
		new CreateTableCommand({
			TableName: name,
			BillingMode: "PAY_PER_REQUEST",
			KeySchema: [{ AttributeName: runTable.partitionKey, KeyType: "HASH" }],
			AttributeDefinitions: [runTable.partitionKey, recentIndex.partitionKey, recentIndex.sortKey].map(attribute),
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
	await untilActive(client, name);
	return name;
}

/** A new empty table with `pk` and `sk`, as the project's stack makes it for its jobs. Its name. */
export async function createApplicationTable(client: DynamoDBClient): Promise<string> {
	const name = `application-${process.pid}-${++tables}`;
	await client.send(
		new CreateTableCommand({
			TableName: name,
			BillingMode: "PAY_PER_REQUEST",
			KeySchema: [
				{ AttributeName: "pk", KeyType: "HASH" },
				{ AttributeName: "sk", KeyType: "RANGE" },
			],
			AttributeDefinitions: [
				{ AttributeName: "pk", AttributeType: "S" },
				{ AttributeName: "sk", AttributeType: "S" },
			],
		}),
	);
	await untilActive(client, name);
	return name;
}

/** Dynalite says CREATING first. */
async function untilActive(client: DynamoDBClient, name: string): Promise<void> {
	for (let status: string | undefined; status !== "ACTIVE"; await nextTurn()) {
		status = (await client.send(new DescribeTableCommand({ TableName: name }))).Table?.TableStatus;
	}
}
