/** What the scheduler's adapter sends, signs, and makes of answers. The wire was compared with that of the SDK's client 3.1169.0. */
import { Readable } from "node:stream";
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { HttpRequest, HttpResponse } from "@smithy/core/protocols";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createEventBridgeScheduler } from "../../shared/aws/eventbridge-scheduler.ts";
import { epochMs } from "../../shared/kernel/time.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";

interface Told {
	readonly status: number;
	readonly code?: string;
	readonly body?: string;
}

let asked: HttpRequest[];
/** Used one a request, the last one for all further requests. */
let answers: Told[];

beforeEach(() => {
	for (const name of ["AWS_ENDPOINT_URL_SCHEDULER", "AWS_ENDPOINT_URL"]) vi.stubEnv(name, undefined);
	vi.stubEnv("AWS_CONFIG_FILE", "/nowhere");
	// The SDK's retries wait a random part of half a second.
	vi.spyOn(Math, "random").mockReturnValue(0);
	asked = [];
	answers = [{ status: 200 }];
	vi.spyOn(NodeHttpHandler.prototype, "handle").mockImplementation(async (request) => {
		asked.push(HttpRequest.clone(request));
		const {
			status,
			code,
			body = '{"Message":"Told."}',
		} = (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 500 };
		const headers = { "content-type": "application/json", ...(code === undefined ? {} : { "x-amzn-errortype": code }) };
		return { response: new HttpResponse({ statusCode: status, headers, body: Readable.from([Buffer.from(body)]) }) };
	});
});
afterEach(() => {
	vi.restoreAllMocks();
	vi.unstubAllEnvs();
});

const message = {
	name: "one",
	queueClass: "orders",
	// 2026-11-20T10:00:00.400Z
	at: epochMs(1_795_168_800_400),
	body: '{"job":"a","input":"é😀"}',
	description: "Millrace: attempt 2 of run r of a",
};

function scheduler(
	config: DynamoDBClientConfig = {},
	roleArn: string | undefined = "arn:aws:iam::123456789012:role/S",
) {
	const url = "https://sqs.eu-west-1.amazonaws.com/123456789012/Orders";
	return createEventBridgeScheduler({
		address: { queues: { orders: { url, deadLetterUrl: `${url}Dead` } } },
		schedules: { group: "waits", ...(roleArn === "" ? {} : { roleArn }) },
		lender: new DynamoDBClient({
			region: "eu-west-1",
			maxAttempts: 3,
			credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
			...config,
		}),
		clock: createVirtualClock(),
	});
}

describe("an operator's request", () => {
	const role = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;
	const roleOf = async (
		queue: { readonly group?: string; readonly schedulerRoleArn?: string },
		roles?: Readonly<Record<string, string>>,
	): Promise<unknown> => {
		const url = "https://sqs.eu-west-1.amazonaws.com/123456789012/Orders";
		await createEventBridgeScheduler({
			address: { queues: { orders: { url, deadLetterUrl: `${url}Dead`, ...queue } } },
			schedules: { group: "waits", ...(roles === undefined ? {} : { roles }) },
			lender: new DynamoDBClient({
				region: "eu-west-1",
				credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
			}),
			clock: createVirtualClock(),
		}).schedule(message);
		return JSON.parse(asked[0]?.body).Target.RoleArn;
	};

	it("hands over the role of the class's worker group", async () => {
		expect(await roleOf({ group: "shop" }, { other: role("Other"), shop: role("Shop") })).toBe(role("Shop"));
	});

	it("hands over the role that an older address names at the class", async () => {
		expect(await roleOf({ schedulerRoleArn: role("Old") })).toBe(role("Old"));
	});
});

describe("a request", () => {
	it("makes a one-time schedule with queue and dead-letter queue of the role's account and the client's region", async () => {
		await scheduler().schedule(message);
		const [request] = asked;
		expect(request).toMatchObject({
			method: "POST",
			protocol: "https:",
			hostname: "scheduler.eu-west-1.amazonaws.com",
			path: "/schedules/one",
			query: {},
			headers: { "content-type": "application/json", "content-length": "491" },
		});
		expect(JSON.parse(request?.body)).toEqual({
			GroupName: "waits",
			Description: "Millrace: attempt 2 of run r of a",
			ScheduleExpression: "at(2026-11-20T10:00:01)",
			FlexibleTimeWindow: { Mode: "OFF" },
			ActionAfterCompletion: "DELETE",
			Target: {
				Arn: "arn:aws:sqs:eu-west-1:123456789012:Orders",
				RoleArn: "arn:aws:iam::123456789012:role/S",
				Input: '{"job":"a","input":"é😀"}',
				RetryPolicy: { MaximumEventAgeInSeconds: 43_200, MaximumRetryAttempts: 185 },
				DeadLetterConfig: { Arn: "arn:aws:sqs:eu-west-1:123456789012:OrdersDead" },
			},
		});
	});

	// Computed from AWS's description of Signature Version 4 in Python, from the same instant, keys and texts.
	it("is signed for the scheduler", async () => {
		await scheduler().cancel(["one"]);
		expect(asked[0]).toMatchObject({ method: "DELETE", path: "/schedules/one", query: { groupName: "waits" } });
		expect(asked[0]?.headers["authorization"]).toBe(
			"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-west-1/scheduler/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=d3d43cd334eeeb00a68b2362fd7cb814f8f9b6da75c857b816774ae2929d7746",
		);
	});

	it.each([
		["FIPS", { useFipsEndpoint: true }, "https://scheduler-fips.eu-west-1.amazonaws.com"],
		["dual stack", { useDualstackEndpoint: true }, "https://scheduler.eu-west-1.api.aws"],
		["China", { region: "cn-north-1" }, "https://scheduler.cn-north-1.amazonaws.com.cn"],
	])("goes to AWS's endpoint for %s", async (_, config, origin) => {
		await scheduler(config).cancel(["one"]);
		expect(`${asked[0]?.protocol}//${asked[0]?.hostname}`).toBe(origin);
	});

	it("goes to the endpoint that the environment names", async () => {
		vi.stubEnv("AWS_ENDPOINT_URL_SCHEDULER", "http://127.0.0.1:4566");
		await scheduler().cancel(["one"]);
		expect(asked[0]).toMatchObject({ protocol: "http:", hostname: "127.0.0.1", port: 4566 });
	});
});

describe("an answer", () => {
	it("that a schedule of this name exists is as good as having made it", async () => {
		answers = [{ status: 409, code: "ConflictException:http://internal.amazon.com/coral/com.amazon.chronos/" }];
		await expect(scheduler().schedule(message)).resolves.toBeUndefined();
		expect(asked).toHaveLength(1);
	});

	it("that there is no such schedule is as good as having deleted it", async () => {
		answers = [{ status: 404, body: '{"__type":"com.amazon.chronos#ResourceNotFoundException"}' }, { status: 200 }];
		await expect(scheduler().cancel(["one", "two"])).resolves.toBeUndefined();
		expect(asked.map(({ path }) => path)).toEqual(["/schedules/one", "/schedules/two"]);
	});

	it.each([
		["a throttle", { status: 429, code: "ThrottlingException" }],
		["a fault of the service", { status: 500, code: "InternalServerException" }],
		["a proxy's page", { status: 503, body: "<html>" }],
	])("that is %s is tried again", async (_, told) => {
		answers = [told, told, { status: 200 }];
		await expect(scheduler().schedule(message)).resolves.toBeUndefined();
		expect(asked).toHaveLength(3);
	});

	it.each([
		["the request", { status: 400, code: "ValidationException" }, 1, "ValidationException: Told. (HTTP 400)"],
		["the role", { status: 403, code: "AccessDeniedException" }, 1, "AccessDeniedException: Told. (HTTP 403)"],
		["the group", { status: 404, code: "ResourceNotFoundException" }, 1, "ResourceNotFoundException: Told."],
		["the quota", { status: 402, code: "ServiceQuotaExceededException" }, 1, "ServiceQuotaExceededException"],
		["everything", { status: 500, body: "" }, 3, "HTTP 500: an answer without a message"],
	])("that refuses %s is an error that tells it", async (_, told, requests, words) => {
		answers = [told];
		await expect(scheduler().schedule(message)).rejects.toMatchObject({
			code: "schedule-failed",
			message: expect.stringContaining(`Scheduler CreateSchedule of one in group waits failed: ${words}`),
		});
		expect(asked).toHaveLength(requests);
	});

	it("that refuses a deletion is an error too", async () => {
		answers = [{ status: 403, code: "AccessDeniedException" }];
		await expect(scheduler().cancel(["one"])).rejects.toMatchObject({ code: "schedule-failed" });
	});
});

it("schedules nothing without a role, and nothing for a class that is not in its address", async () => {
	await expect(scheduler({}, "").schedule(message)).rejects.toMatchObject({ code: "schedule-failed" });
	await expect(scheduler().schedule({ ...message, queueClass: "mail" })).rejects.toMatchObject({
		code: "queue-class-not-found",
	});
	expect(asked).toEqual([]);
});
