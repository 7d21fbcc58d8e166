/**
 * All ports of a platform whose address is known. Apart from `connect.ts`, whose client of SSM would be in the bundle of every function that uses this.
 * Workers don't use it: they get their part of the address in their environment.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { MappingOperator } from "../ports/mapping-operator.ts";
import type { Platform } from "../ports/platform.ts";
import type { PlatformAddress } from "../wire/platform-address.ts";
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
