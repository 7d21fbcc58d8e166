/**
 * All ports of a deployed platform for a producer or an operator: finds the platform by its stack's name in SSM, or takes its address.
 * Workers don't use this: they get their part of the address in their environment.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { MillraceError } from "../kernel/errors.ts";
import type { MappingOperator } from "../ports/mapping-operator.ts";
import type { Platform } from "../ports/platform.ts";
import { type PlatformAddress, platformAddressSchema } from "../wire/platform-address.ts";
import { describeError, nameOfError } from "./aws-error.ts";
import { createDynamoBreakerStore } from "./dynamo-breaker-store.ts";
import { createDynamoJobStore } from "./dynamo-job-store.ts";
import { createDynamoLimitStore } from "./dynamo-limit-store.ts";
import { createDynamoResultCache } from "./dynamo-result-cache.ts";
import { createDynamoScheduleRegistry } from "./dynamo-schedule-registry.ts";
import { createDynamoSweepStore } from "./dynamo-sweep-store.ts";
import { createEventBridgeScheduler } from "./eventbridge-scheduler.ts";
import { PlainJsonProtocol } from "./plain-json-protocol.ts";
import { createS3BlobStore } from "./s3-blob-store.ts";
import { createSqsQueue } from "./sqs-queue.ts";
import { createSqsQueueOperator } from "./sqs-queue-operator.ts";
import { createSystemClock } from "./system-clock.ts";
import { createSystemRandom } from "./system-random.ts";

/** How to reach AWS, or something that speaks like it. Whatever is absent comes from the environment, as for any AWS SDK. */
export interface AwsAccess {
	readonly region?: string;
	readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
	readonly endpoints?: {
		readonly sqs: string;
		readonly s3: string;
		readonly dynamodb: string;
		readonly scheduler: string;
		readonly lambda: string;
	};
}

/** A user's profile or environment may ask for FIPS or dual-stack endpoints of AWS, which the SDK refuses to combine with given ones. */
const plainEndpoints = { useFipsEndpoint: false, useDualstackEndpoint: false } as const;

/** The ports of the platform with this address. Makes no request. */
export function openPlatform(address: PlatformAddress, access: AwsAccess = {}): Platform {
	const { endpoints, ...given } = access;
	const shared = endpoints === undefined ? given : { ...given, ...plainEndpoints };
	const sqs = new SQSClient({
		...shared,
		// A queue's URL names it; where to send the request is the endpoint's matter.
		useQueueUrlAsEndpoint: false,
		...(endpoints === undefined ? {} : { endpoint: endpoints.sqs }),
	});
	const dynamodb = new DynamoDBClient({
		...shared,
		protocol: PlainJsonProtocol,
		...(endpoints === undefined ? {} : { endpoint: endpoints.dynamodb }),
	});
	const clock = createSystemClock();
	const random = createSystemRandom();
	const { schedules } = address;
	return {
		address,
		queue: createSqsQueue({ client: sqs, address, clock, random }),
		operator: createSqsQueueOperator({ client: sqs, address }),
		mappings: lazyMappingOperator(async () => {
			// Only who pauses or resumes loads Lambda's client.
			const [{ LambdaClient }, { createLambdaMappingOperator }] = await Promise.all([
				import("@aws-sdk/client-lambda"),
				import("./lambda-mapping-operator.ts"),
			]);
			const client = new LambdaClient({
				...shared,
				...(endpoints === undefined ? {} : { endpoint: endpoints.lambda }),
			});
			return createLambdaMappingOperator({ client, address, clock });
		}),
		store: createDynamoJobStore({ client: dynamodb, tableName: address.table, clock, random }),
		cache: createDynamoResultCache({ client: dynamodb, tableName: address.table, clock, random }),
		schedules: createDynamoScheduleRegistry({ client: dynamodb, tableName: address.table }),
		limits: createDynamoLimitStore({ client: dynamodb, tableName: address.table }),
		breakers: createDynamoBreakerStore({ client: dynamodb, tableName: address.table }),
		sweeps: createDynamoSweepStore({ client: dynamodb, tableName: address.table, clock, random }),
		blobs: createS3BlobStore({
			bucket: address.bucket,
			lender: dynamodb,
			clock,
			...(endpoints === undefined ? {} : { endpoint: endpoints.s3 }),
		}),
		...(schedules === undefined
			? {}
			: {
					scheduler: createEventBridgeScheduler({
						address,
						schedules,
						lender: dynamodb,
						clock,
						...(endpoints === undefined ? {} : { endpoint: endpoints.scheduler }),
					}),
				}),
		clock,
		random,
	};
}

function lazyMappingOperator(open: () => Promise<MappingOperator>): MappingOperator {
	let opened: Promise<MappingOperator> | undefined;
	const operator = (): Promise<MappingOperator> => {
		opened ??= open();
		return opened;
	};
	return {
		read: async (queueClass) => (await operator()).read(queueClass),
		pause: async (queueClass, reason) => (await operator()).pause(queueClass, reason),
		resume: async (queueClass) => (await operator()).resume(queueClass),
		size: async (queueClass) => (await operator()).size(queueClass),
		resize: async (queueClass, size) => (await operator()).resize(queueClass, size),
	};
}

export interface ConnectOptions extends Pick<AwsAccess, "region" | "credentials"> {
	/** The name of the stack that holds the platform. Default `Millrace`. */
	readonly stack?: string;
}

export interface ConnectedPlatform extends Platform {
	readonly stack: string;
	readonly region: string;
}

/**
 * Reads the platform's address from the SSM parameter `/millrace/<stack>/platform` (one request).
 * @throws MillraceError `platform-not-found` (no such parameter), `configuration-invalid` (no region or credentials, or no right to read).
 */
export async function connectPlatform({
	stack = "Millrace",
	...access
}: ConnectOptions = {}): Promise<ConnectedPlatform> {
	// Imported here: a client that knows its address needs no SSM.
	const { GetParameterCommand, SSMClient } = await import("@aws-sdk/client-ssm");
	const ssm = new SSMClient(access);
	const name = `/millrace/${stack}/platform`;
	try {
		const region = await ssm.config.region();
		const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }));
		const address = platformAddressSchema.parse(JSON.parse(Parameter?.Value ?? "null"));
		return { stack, region, ...openPlatform(address, { ...access, region }) };
	} catch (error) {
		throw connectError(error, name, stack);
	} finally {
		ssm.destroy();
	}
}

function connectError(error: unknown, parameter: string, stack: string): MillraceError {
	const options = { details: { stack, parameter }, cause: error };
	if (nameOfError(error) === "ParameterNotFound") {
		return new MillraceError(
			"platform-not-found",
			`There is no SSM parameter ${parameter} here. Deploy the stack ${stack} with \`npx cdk deploy\`, or name another stack, region or account.`,
			options,
		);
	}
	return new MillraceError(
		"configuration-invalid",
		`The platform of stack ${stack} could not be looked up in SSM (${parameter}): ${describeError(error)}. Check AWS_REGION and the credentials, for example with \`aws sts get-caller-identity\`.`,
		options,
	);
}
