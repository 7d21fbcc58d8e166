/**
 * DynamoDB as a worker speaks to it: the requests, retries and errors of the SDK's client, without its middleware. See
 * docs/decisions/0016-dynamodb-without-middleware.md. Inputs have the wire's own shape (`{S: …}`, `{N: …}`): no binary, no dates.
 */
import {
	type DynamoDBClient,
	GetItemCommand,
	type ServiceInputTypes,
	type ServiceOutputTypes,
} from "@aws-sdk/client-dynamodb";
import type { AwsJson1_0Protocol } from "@aws-sdk/core/protocols";
import { getEndpointFromInstructions } from "@smithy/core/endpoints";
import { HttpResponse } from "@smithy/core/protocols";
import type { DynamoDb, DynamoDbCommand } from "./dynamo-db.ts";
import { jsonPost } from "./json-post.ts";
import { createPostSigner } from "./post-signer.ts";
import { type Answer, createSignedRequests, type SendSigned, type SignedRequestsOptions } from "./signed-requests.ts";

/** The lender, a client that is never sent with, also lends its endpoint and its reading of errors. */
export type DirectDynamoDbOptions = Omit<SignedRequestsOptions, "sign">;

export class DirectDynamoDb implements DynamoDb {
	readonly config: Config;
	readonly #send: SendSigned;
	/** Found on first use. */
	#at: URL | undefined;

	constructor(options: DirectDynamoDbOptions) {
		this.config = options.lender.config;
		this.#send = createSignedRequests({ ...options, sign: createPostSigner("dynamodb", options.lender) });
	}

	async send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>({
		schema,
		input,
	}: DynamoDbCommand<Input, Output>): Promise<Output> {
		this.#at ??= await findEndpoint(this.config);
		const operation = toOperation(schema);
		const request = jsonPost(this.#at, `DynamoDB_20120810.${operation.name}`, input);
		const text = await this.#send(request, (answer) =>
			answer.status === 200 ? undefined : readError(this.config, operation, answer),
		);
		return { ...JSON.parse(text), $metadata: { httpStatusCode: 200 } };
	}
}

type Config = DynamoDBClient["config"];
type Schema = DynamoDbCommand<ServiceInputTypes, ServiceOutputTypes>["schema"];
type Operation = Parameters<AwsJson1_0Protocol["deserializeResponse"]>[0];
type Context = Parameters<AwsJson1_0Protocol["deserializeResponse"]>[1];

/** By the client's own rules. Those that look at an operation's input do so for tables that are named by ARN, which none of ours is. */
const findEndpoint = async (config: Config): Promise<URL> =>
	(await getEndpointFromInstructions({}, GetItemCommand, config)).url;

/** A command has its operation as a tuple; the protocol takes it as an object. */
function toOperation(schema: Schema): Operation {
	if (!Array.isArray(schema)) throw new Error("The SDK's commands have no schema any more");
	const [, namespace, name, traits, input, output] = schema;
	return { namespace, name, traits, input, output };
}

/** As the client's protocol reads it: with its class, and the item that stood in the way. */
async function readError(config: Config, operation: Operation, { status, headers, body }: Answer): Promise<Error> {
	const response = new HttpResponse({
		statusCode: status,
		headers: headers as Record<string, string>,
		body: Buffer.from(body),
	});
	const protocol = config.protocol as AwsJson1_0Protocol;
	return protocol.deserializeResponse(operation, config as unknown as Context, response).then(
		() => new Error(`DynamoDB answered ${operation.name} with HTTP ${status}`),
		// What is no JSON has come from something in between: its status decides.
		(error: Error) => Object.assign(error, "$metadata" in error ? {} : { $metadata: { httpStatusCode: status } }),
	);
}
