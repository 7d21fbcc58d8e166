/** Pausing and resuming a mapping of the local stack over Lambda's API, as on AWS. */
import {
	GetEventSourceMappingCommand,
	LambdaClient,
	ListTagsCommand,
	TagResourceCommand,
	UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { expect, onTestFinished, test } from "vitest";
import type { LocalStack } from "../../local/local-stack.ts";
import { queueWithFunction, temporaryFolder, writeAssembly } from "./local-assembly.ts";
import { run } from "./local-run.ts";

function lambdaOf({ endpoints, region, stacks }: LocalStack) {
	const client = new LambdaClient({
		endpoint: endpoints.lambda,
		region,
		credentials: { accessKeyId: "local", secretAccessKey: "local" },
	});
	onTestFinished(() => client.destroy());
	const UUID = stacks["Stack"]?.resources["Mapping"]?.physicalId ?? "";
	return {
		tags: async () => {
			const { EventSourceMappingArn: Resource } = await client.send(new GetEventSourceMappingCommand({ UUID }));
			return (await client.send(new ListTagsCommand({ Resource }))).Tags;
		},
		resize: (MaximumConcurrency: number) =>
			client.send(new UpdateEventSourceMappingCommand({ UUID, ScalingConfig: { MaximumConcurrency } })),
		set: (Enabled: boolean) => client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled })),
		get: () => client.send(new GetEventSourceMappingCommand({ UUID })),
		tag: async (Tags: Record<string, string>) => {
			const { EventSourceMappingArn: Resource } = await client.send(new GetEventSourceMappingCommand({ UUID }));
			await client.send(new TagResourceCommand({ Resource, Tags }));
		},
	};
}

const assembly = (mapping: Readonly<Record<string, unknown>> = {}): string =>
	writeAssembly({ Stack: { Resources: queueWithFunction({ handler: "echo", mapping }) } });

test("a paused queue keeps what is sent, nobody waits for it, and it goes on when it is resumed", async () => {
	const local = await run({ assemblyDir: assembly() });
	const lambda = lambdaOf(local.stack);
	expect(await lambda.set(false)).toMatchObject({ State: "Disabled" });
	await local.sendBatch([1, 2, 3]);
	await local.stack.idle();
	expect(local.events.filter(({ type }) => type === "invocation-started")).toEqual([]);
	expect(await local.depth("Queue")).toEqual({ ready: "3", inFlight: "0" });
	expect(local.stack.outstanding()).toEqual({ inFlight: 0, delayed: 0, untilMs: 0 });
	expect(local.stack.undone()).toEqual({ ready: 3, inFlight: 0, delayed: 0, deadLetters: 0 });

	await lambda.set(true);
	await local.event("invocation-finished", ({ records }) => records === 3);
	await local.stack.idle();
	expect(await local.depth("Queue")).toEqual({ ready: "0", inFlight: "0" });
});

test("what a batching window collects goes back to the queue", async () => {
	const local = await run({ assemblyDir: assembly({ MaximumBatchingWindowInSeconds: 300 }) });
	const lambda = lambdaOf(local.stack);
	await local.send(1);
	// In flight: collected, and waiting for more.
	for (let depth = await local.depth("Queue"); depth.inFlight !== "1"; depth = await local.depth("Queue"));
	await lambda.set(false);
	expect(await local.depth("Queue")).toEqual({ ready: "1", inFlight: "0" });
});

test("it is still paused after a restart with the same data, and says so", async () => {
	const platform = {
		"Fn::Join": [
			"",
			[
				'{"table":"t","bucket":"b","queues":{"mail":{"url":"u","deadLetterUrl":"d","mapping":"',
				{ Ref: "Mapping" },
				'"}}}',
			],
		],
	};
	const Address = { Type: "AWS::SSM::Parameter", Properties: { Name: "/millrace/Stack/platform", Value: platform } };
	const Resources = { ...queueWithFunction({ handler: "echo" }), Address };
	const [assemblyDir, dataDir] = [writeAssembly({ Stack: { Resources } }), temporaryFolder()];
	const first = await run({ assemblyDir, dataDir });
	await lambdaOf(first.stack).set(false);
	await lambdaOf(first.stack).tag({ why: "maintenance" });
	await first.send("later");
	await first.stack.stop();

	const second = await run({ assemblyDir, dataDir });
	await second.event("warning", ({ message }) => message.startsWith("The queue class mail is paused: "));
	const lambda = lambdaOf(second.stack);
	await second.stack.idle();
	expect(await lambda.get()).toMatchObject({ State: "Disabled", LastModified: expect.any(Date) });
	expect(await second.depth("Queue")).toEqual({ ready: "1", inFlight: "0" });
	await lambda.set(true);
	await second.event("invocation-finished");
});

test("a mapping that the template disables can be resumed", async () => {
	const local = await run({ assemblyDir: assembly({ Enabled: false }) });
	await local.send(1);
	await local.stack.idle();
	expect(await local.depth("Queue")).toEqual({ ready: "1", inFlight: "0" });
	await lambdaOf(local.stack).set(true);
	await local.event("invocation-finished");
});

test("refuses what it can't do", async () => {
	const local = await run({ assemblyDir: assembly() });
	const { endpoints, region } = local.stack;
	const client = new LambdaClient({
		endpoint: endpoints.lambda,
		region,
		credentials: { accessKeyId: "x", secretAccessKey: "x" },
	});
	onTestFinished(() => client.destroy());
	const UUID = local.stack.stacks["Stack"]?.resources["Mapping"]?.physicalId ?? "";
	await expect(client.send(new UpdateEventSourceMappingCommand({ UUID, BatchSize: 5 }))).rejects.toMatchObject({
		name: "InvalidParameterValueException",
	});
	await expect(client.send(new GetEventSourceMappingCommand({ UUID: "other" }))).rejects.toMatchObject({
		name: "ResourceNotFoundException",
	});
});

test("a mapping has the template's profile until it is resized under another, which outlives a restart", async () => {
	const under = (profile: string) => assembly({ Tags: [{ Key: "millrace:profile", Value: profile }] });
	const dataDir = temporaryFolder();
	const first = await run({ assemblyDir: under("safe"), dataDir });
	expect(await lambdaOf(first.stack).tags()).toEqual({ "millrace:profile": "safe" });
	await lambdaOf(first.stack).tag({ why: "written to the data folder" });
	await first.stack.stop();

	const second = await run({ assemblyDir: under("fast"), dataDir });
	const lambda = lambdaOf(second.stack);
	expect(await lambda.tags()).toEqual({ "millrace:profile": "fast", why: "written to the data folder" });
	await lambda.resize(7);
	await lambda.tag({ "millrace:profile": "custom" });
	await second.stack.stop();

	const third = await run({ assemblyDir: under("fast"), dataDir });
	expect(await lambdaOf(third.stack).tags()).toMatchObject({ "millrace:profile": "custom" });
});
