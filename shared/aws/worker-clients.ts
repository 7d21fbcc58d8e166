/**
 * The SDK's clients as a worker has them. Every batch costs two requests to DynamoDB, and most of a handler's CPU is what the client does
 * around them; so what a worker never uses is left out, and what it does is done the short way.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { OneShotSha256 } from "./one-shot-sha256.ts";
import { PlainJsonProtocol } from "./plain-json-protocol.ts";

/**
 * A request that hangs would hold up a whole batch, its signs of life included; the SDK itself waits for minutes. All writes may be repeated.
 * Without `throwOnRequestTimeout` the handler only logs a warning.
 */
const requestHandler = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

export const createWorkerDynamoDb = (): DynamoDBClient => {
	const client = new DynamoDBClient({ requestHandler, protocol: PlainJsonProtocol, sha256: OneShotSha256 });
	// Walks every input and output to hide its secrets before it finds that no logger was given.
	client.middlewareStack.remove("loggerMiddleware");
	// Spells out the SDK, Node, system and features with each request, for statistics.
	client.middlewareStack.remove("getUserAgentMiddleware");
	return client;
};

/** The queue URL's host is a name of AWS; with an endpoint from the environment the endpoint must win. */
export const createWorkerSqs = (): SQSClient => new SQSClient({ requestHandler, useQueueUrlAsEndpoint: false });
