/** The mapping operator in memory, and over the local Lambda API with AWS's own client; what the latter does beyond its port. */
import { LambdaClient, UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import { afterEach, describe, expect, it } from "vitest";
import type { MappingPlan } from "../../local/assembly/read-mapping.ts";
import { startLambdaServer } from "../../local/emulators/lambda-server.ts";
import { createMappingSwitches } from "../../local/mapping/mapping-switches.ts";
import { createLambdaMappingOperator } from "../../shared/aws/lambda-mapping-operator.ts";
import { localAccess } from "../support/emulators.ts";
import { createMemoryMappingOperator } from "../support/memory-mapping-operator.ts";
import { countRequests } from "../support/request-counter.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { mappingOperatorContract } from "./mapping-operator.contract.ts";

const plan = (uuid: string): MappingPlan => ({
	stack: "Stack",
	logicalId: uuid,
	uuid,
	queueArn: `arn:aws:sqs:us-east-1:000000000000:${uuid}`,
	functionArn: "arn:aws:lambda:us-east-1:000000000000:function:worker",
	enabled: true,
	batchSize: 10,
	windowSeconds: 0,
	maximumConcurrency: 10,
	reportBatchItemFailures: true,
	tags: {},
});
const urls = { url: "https://sqs/q", deadLetterUrl: "https://sqs/d" };

const opened: (() => Promise<void> | void)[] = [];
afterEach(async () => {
	for (const close of opened.splice(0)) await close();
});

async function openLambda() {
	const plans = [plan("uuid-a"), plan("uuid-b")];
	const server = await startLambdaServer(plans, createMappingSwitches(plans, undefined));
	const client = new LambdaClient({ ...localAccess, endpoint: server.endpoint, maxAttempts: 1 });
	opened.push(() => client.destroy(), server.stop);
	const clock = createVirtualClock({ autoAdvance: true });
	const queues = { a: { ...urls, mapping: "uuid-a" }, b: { ...urls, mapping: "uuid-b" }, old: urls };
	return { client, clock, operator: createLambdaMappingOperator({ client, address: { queues }, clock }) };
}

mappingOperatorContract("memory", async () => createMemoryMappingOperator(["a", "b"], () => 1_795_165_200_000));
mappingOperatorContract("Lambda", async () => (await openLambda()).operator);

describe("mapping operator over Lambda", () => {
	it("asks one request of an active class, and two of a paused one", async () => {
		const { client, operator } = await openLambda();
		const requests = countRequests(client);
		await operator.read("a");
		expect(requests.operations).toEqual(["GetEventSourceMapping"]);
		await operator.pause("a", "r");
		requests.reset();
		await operator.read("a");
		expect(requests.operations).toEqual(["GetEventSourceMapping", "ListTags"]);
	});

	it("waits for a change that is under way, and gives up on it in the end", async () => {
		const { client, clock, operator } = await openLambda();
		let busy = 3;
		client.middlewareStack.add(
			(next, { commandName }) =>
				async (args) => {
					if (commandName !== UpdateEventSourceMappingCommand.name || busy-- <= 0) return next(args);
					throw Object.assign(new Error("is being updated"), { name: "ResourceInUseException" });
				},
			{ step: "initialize" },
		);
		const from = clock.now();
		await operator.pause("a");
		expect(await operator.read("a")).toMatchObject({ state: "paused" });
		expect(clock.now() - from).toBe(6_000);
		busy = Number.POSITIVE_INFINITY;
		await expect(operator.resume("a")).rejects.toMatchObject({
			code: "mapping-failed",
			message: expect.stringContaining("ResourceInUseException: is being updated"),
		});
	});

	it("refuses a reason that no tag takes, before anything is changed", async () => {
		const { operator } = await openLambda();
		await expect(operator.pause("a", "x".repeat(257))).rejects.toMatchObject({ code: "message-invalid-field" });
		expect(await operator.read("a")).toEqual({ state: "active" });
		await operator.pause("a", "x".repeat(256));
		expect(await operator.read("a")).toMatchObject({ reason: "x".repeat(256) });
	});

	it("says what to do about an address without mappings, and about a mapping that is gone", async () => {
		const { client, clock, operator } = await openLambda();
		await expect(operator.read("old")).rejects.toMatchObject({
			code: "configuration-invalid",
			message: expect.stringContaining("Deploy the platform again"),
		});
		const gone = { queues: { a: { ...urls, mapping: "uuid-gone" } } };
		await expect(createLambdaMappingOperator({ client, address: gone, clock }).pause("a")).rejects.toMatchObject({
			code: "mapping-failed",
			message: expect.stringContaining("ResourceNotFoundException"),
		});
	});
});
