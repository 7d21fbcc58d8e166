/**
 * How a worker reaches DynamoDB and SQS. Every batch costs two requests to DynamoDB, and most of a handler's CPU is what is done around them; so
 * what a worker never uses is left out, and what it does is done the short way.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Clock } from "../ports/clock.ts";
import { DirectDynamoDb } from "./direct-dynamo-db.ts";
import type { DynamoDb } from "./dynamo-db.ts";
import type { Lent } from "./signed-requests.ts";
import { createDirectSqs, type SqsCalls } from "./sqs-calls.ts";

/** A request that hangs would hold up a whole batch, its signs of life included; the SDK itself waits for minutes. All writes may be repeated. */
const timeouts = { connectTimeoutMs: 2_000, requestTimeoutMs: 5_000 };

export const createWorkerDynamoDb = (clock: Clock): DynamoDb =>
	new DirectDynamoDb({ lender: new DynamoDBClient(), clock, ...timeouts });

export const createWorkerSqs = (lent: Lent): SqsCalls => createDirectSqs({ ...lent, ...timeouts });
