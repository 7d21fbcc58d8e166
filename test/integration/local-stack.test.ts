import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DescribeTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterEach, describe, expect, it, vi } from "vitest";
import * as z from "zod/mini";
import { createDynamoDbCall } from "../../local/emulators/dynamodb-call.ts";
import { sweepTable } from "../../local/emulators/sweep-table.ts";
import { startLocalStack } from "../../local/local-stack.ts";
import { processLives, readLocalState } from "../../local/state-file.ts";
import { queueWithFunction, temporaryFolder, writeAssembly } from "./local-assembly.ts";
import { type Run, run } from "./local-run.ts";

afterEach(() => vi.unstubAllEnvs());

const table = {
	Type: "AWS::DynamoDB::GlobalTable",
	Properties: {
		AttributeDefinitions: [
			{ AttributeName: "pk", AttributeType: "S" },
			{ AttributeName: "kind", AttributeType: "S" },
		],
		KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
		GlobalSecondaryIndexes: [
			{
				IndexName: "byKind",
				KeySchema: [{ AttributeName: "kind", KeyType: "HASH" }],
				Projection: { ProjectionType: "ALL" },
			},
		],
		TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
		BillingMode: "PAY_PER_REQUEST",
		Replicas: [{ Region: "us-east-1" }],
	},
};

const assembly = (options: Partial<Parameters<typeof queueWithFunction>[0]> = {}): string =>
	writeAssembly({
		App: {
			Resources: {
				...queueWithFunction({ handler: "scripted", ...options }),
				Table: table,
				Bucket: { Type: "AWS::S3::Bucket" },
			},
			Outputs: { QueueUrl: { Value: { Ref: "Queue" } } },
		},
	});

const credentials = { accessKeyId: "test", secretAccessKey: "test" };

function dynamoDbOf({ stack }: Run): DynamoDBClient {
	return new DynamoDBClient({ endpoint: stack.endpoints.dynamodb, region: stack.region, credentials });
}

function s3Of({ stack }: Run): S3Client {
	return new S3Client({ endpoint: stack.endpoints.s3, region: stack.region, credentials });
}

const emulators = process.platform === "linux" && process.arch === "x64" ? ["dynoxide", "dynalite"] : ["dynalite"];

describe.each(emulators)("tables on %s", (emulator) => {
	it("have the template's keys and indexes, lose expired items, and are kept in the data folder", async () => {
		vi.stubEnv("MILLRACE_DYNAMODB", emulator);
		const dataDir = temporaryFolder();
		const assemblyDir = assembly();
		const first = await run({ assemblyDir, dataDir });
		expect(first.stack.dynamoDbEmulator).toBe(emulator);
		const client = dynamoDbOf(first);
		const { Table } = await client.send(new DescribeTableCommand({ TableName: "App-Table" }));
		expect(Table?.KeySchema).toEqual([{ AttributeName: "pk", KeyType: "HASH" }]);
		expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName)).toEqual(["byKind"]);

		const put = (pk: string, expiresAt: number) =>
			client.send(
				new PutItemCommand({ TableName: "App-Table", Item: { pk: { S: pk }, expiresAt: { N: String(expiresAt) } } }),
			);
		await put("old", 1_000);
		await put("new", 3_000);
		const plan = {
			stack: "App",
			logicalId: "Table",
			name: "App-Table",
			attributes: [],
			keys: [{ AttributeName: "pk", KeyType: "HASH" as const }],
			globalIndexes: [],
			localIndexes: [],
			ttlAttribute: "expiresAt",
		};
		expect(await sweepTable(createDynamoDbCall(first.stack.endpoints.dynamodb), plan, 2_000)).toBe(1);
		const get = (from: DynamoDBClient, pk: string) =>
			from.send(new GetItemCommand({ TableName: "App-Table", Key: { pk: { S: pk } } }));
		expect((await get(client, "old")).Item).toBeUndefined();
		await put("kept", 4_102_444_800);
		client.destroy();
		await first.stack.stop();

		const second = await run({ assemblyDir, dataDir });
		const again = dynamoDbOf(second);
		expect((await get(again, "kept")).Item).toEqual({ pk: { S: "kept" }, expiresAt: { N: "4102444800" } });
		again.destroy();
	});
});

describe("the data folder", () => {
	it("keeps messages, those in flight too, and objects", async () => {
		const dataDir = temporaryFolder();
		const first = await run({
			assemblyDir: assembly({ queue: { VisibilityTimeout: 2 }, mapping: { BatchSize: 1 } }),
			dataDir,
			stopGraceMs: 50,
		});
		const s3 = s3Of(first);
		await s3.send(new PutObjectCommand({ Bucket: "app-bucket", Key: "a/b.txt", Body: "kept" }));
		s3.destroy();
		const running = await first.send({ do: "sleep", ms: 60_000, once: true });
		await first.event("invocation-started");
		const later = await first.send({ do: "pass" }, { DelaySeconds: 1 });
		await first.stack.stop();
		expect(first.events.at(-1)).toMatchObject({ type: "invocation-finished", end: "crashed", failed: 1 });

		const second = await run({ assemblyDir: assembly({ handler: "cjs" }), dataDir });
		const started = await second.count("invocation-started", 2);
		expect(started.flatMap(({ messageIds }) => messageIds).sort()).toEqual([running, later].sort());
		await second.stack.idle();
		const again = s3Of(second);
		const object = await again.send(new GetObjectCommand({ Bucket: "app-bucket", Key: "a/b.txt" }));
		expect(await object.Body?.transformToString()).toBe("kept");
		again.destroy();
	});

	it("takes the template's new queue settings, and a message made visible at once", async () => {
		const dataDir = temporaryFolder();
		const first = await run({ assemblyDir: assembly({ mapping: { Enabled: false } }), dataDir });
		await first.send({ do: "pass" });
		await first.stack.stop();
		const second = await run({
			assemblyDir: assembly({
				mapping: { MaximumBatchingWindowInSeconds: 300 },
				queue: { VisibilityTimeout: 900 },
			}),
			dataDir,
		});
		// The mapping holds the message for its window; stopping gives it back.
		await second.stack.stop();
		const third = await run({ assemblyDir: assembly(), dataDir });
		expect(await third.event("invocation-finished")).toMatchObject({ end: "ok", records: 1 });
	});

	it("is refused to a second stack, and with keys that the template no longer has", async () => {
		const dataDir = temporaryFolder();
		const first = await run({ assemblyDir: assembly(), dataDir });
		await expect(startLocalStack({ assemblyDir: assembly(), dataDir })).rejects.toMatchObject({
			code: "local-stack-running",
		});
		await first.stack.stop();
		const changed = writeAssembly({
			App: {
				Resources: { Table: { ...table, Properties: { ...table.Properties, GlobalSecondaryIndexes: [] } } },
			},
		});
		await expect(startLocalStack({ assemblyDir: changed, dataDir })).rejects.toMatchObject({
			code: "local-stack-failed",
			message: expect.stringContaining("Use another data folder"),
		});
	});
});

describe("the state file", () => {
	it("tells where everything is while the stack runs, and is gone after", async () => {
		const stateFile = join(temporaryFolder(), "deep", "local.json");
		const local = await run({ assemblyDir: assembly(), stateFile });
		expect(JSON.parse(readFileSync(stateFile, "utf8"))).toEqual({
			pid: process.pid,
			startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
			region: "us-east-1",
			endpoints: local.stack.endpoints,
			stacks: { App: { outputs: { QueueUrl: local.url("Queue") } } },
			apis: {},
			platforms: {},
		});
		expect(readLocalState(stateFile)?.pid).toBe(process.pid);
		await expect(startLocalStack({ assemblyDir: assembly(), stateFile })).rejects.toMatchObject({
			code: "local-stack-running",
			message: expect.stringContaining("Stop it with Ctrl-C"),
		});
		expect(existsSync(stateFile)).toBe(true);
		await local.stack.stop();
		expect(existsSync(stateFile)).toBe(false);
		expect(readLocalState(stateFile)).toBeUndefined();
	});

	it("of a process that is gone is replaced", async () => {
		const stateFile = join(temporaryFolder(), "local.json");
		writeFileSync(stateFile, JSON.stringify({ pid: 2 ** 22 + 1 }));
		const local = await run({ assemblyDir: assembly(), stateFile });
		expect(readLocalState(stateFile)?.endpoints).toEqual(local.stack.endpoints);
	});
});

describe("stopping", () => {
	it("lets a running invocation finish, and leaves no process", async () => {
		const local = await run({ assemblyDir: assembly() });
		await local.send({ do: "sleep", ms: 300 });
		const { pid } = await local.event("invocation-started");
		expect(local.stack.environmentPids("Worker")).toContain(pid);
		await local.stack.stop();
		await local.stack.stop();
		expect(local.events.filter(({ type }) => type === "invocation-finished")).toMatchObject([{ end: "ok", failed: 0 }]);
		expect(processLives(pid)).toBe(false);
		expect(local.stack.environmentPids()).toEqual([]);
		await expect(fetch(local.stack.endpoints.sqs)).rejects.toThrow();
		await expect(fetch(local.stack.endpoints.dynamodb)).rejects.toThrow();
	});

	it("after the grace kills what still runs", async () => {
		const local = await run({ assemblyDir: assembly(), stopGraceMs: 50 });
		await local.send({ do: "hang" });
		const { pid } = await local.event("invocation-started");
		await local.stack.stop();
		expect(processLives(pid)).toBe(false);
	});
});

describe("a runtime that is killed", () => {
	it("takes its environments and emulators with it", async () => {
		const program = `
			import { startLocalStack } from ${JSON.stringify(new URL("../../local/local-stack.ts", import.meta.url).href)};
			const stack = await startLocalStack({
				assemblyDir: ${JSON.stringify(assembly())},
				onEvent: (event) => {
					if (event.type === "environment-started") console.log(JSON.stringify({ endpoints: stack.endpoints, pid: event.pid }));
				},
			});
			await fetch(stack.endpoints.sqs, {
				method: "POST",
				headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.SendMessage" },
				body: JSON.stringify({ QueueUrl: stack.stacks.App.outputs.QueueUrl, MessageBody: '{"do":"hang"}' }),
			});
		`;
		const runtime = spawn(process.execPath, ["--input-type=module", "--eval", program], {
			stdio: ["ignore", "pipe", "inherit"],
		});
		const [line] = await once(runtime.stdout.setEncoding("utf8"), "data");
		const { endpoints, pid } = z
			.object({ pid: z.number(), endpoints: z.object({ sqs: z.string(), dynamodb: z.string() }) })
			.parse(JSON.parse(line));
		await fetch(endpoints.dynamodb);
		runtime.kill("SIGKILL");
		await vi.waitUntil(() => !processLives(pid), { timeout: 4_000, interval: 20 });
		await vi.waitUntil(() =>
			fetch(endpoints.dynamodb).then(
				() => false,
				() => true,
			),
		);
	});
});

describe("SQS", () => {
	it("takes every character that AWS takes, and refuses the others", async () => {
		const local = await run({ assemblyDir: assembly({ mapping: { Enabled: false } }) });
		await local.send("héllo \u{1F600} \uFFFD");
		expect((await local.receive("Queue")).body).toBe("héllo \u{1F600} \uFFFD");
		for (const character of ["\u0000", "\u001F", "\uFFFE"])
			await expect(local.send(character)).rejects.toThrow(/Invalid characters/);
	});

	it("runs for several stacks of one process, each apart", async () => {
		const assemblyDir = assembly({ mapping: { Enabled: false } });
		const [one, other] = [await run({ assemblyDir }), await run({ assemblyDir })];
		await one.send("to the first");
		expect(await other.depth("Queue")).toEqual({ ready: "0", inFlight: "0" });
		expect((await one.receive("Queue")).body).toBe("to the first");
	});
});

describe("S3", () => {
	it("refuses a conditional put of an object that is there", async () => {
		const local = await run({ assemblyDir: assembly() });
		const s3 = s3Of(local);
		const put = (Body: string) =>
			s3.send(new PutObjectCommand({ Bucket: "app-bucket", Key: "once", Body, IfNoneMatch: "*" }));
		await put("first");
		await expect(put("second")).rejects.toMatchObject({ name: "PreconditionFailed" });
		s3.destroy();
	});
});
