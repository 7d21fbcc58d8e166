// Counts what AWS would bill: every HTTP attempt (retries included) and every DynamoDB write unit. It hooks `send` of the
// client classes, to sit in the middleware of those that have one, and the SDK's HTTP handler for requests without a
// client of the SDK's; so deployed code runs unchanged and needs no seam for it.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { DirectDynamoDb } from "../../shared/aws/direct-dynamo-db.ts";
import { createWriteUnitMeter, type WriteUnitMeter, type WriteUnits } from "./write-units.ts";

/** What was used since the last reset. */
export interface Usage {
	/** Billed requests by service and operation: `DynamoDB.BatchExecuteStatement`. */
	readonly requests: Readonly<Record<string, number>>;
	readonly writeUnits: WriteUnits;
}

export interface AwsMeter {
	readonly usage: () => Usage;
	readonly reset: () => void;
	/** For a client of another copy of the SDK, whose class can't be hooked here. */
	readonly attachDynamo: (client: DynamoDBClient) => void;
	/** Puts the classes' own `send` back. */
	readonly stop: () => void;
}

/** SQS bills every 64 KB of a request as one more. https://aws.amazon.com/sqs/pricing/ (read 2026-11-20) */
const SQS_CHUNK_BYTES = 64 * 1024;
/** Below the SDK's retry middleware, which stands in the same step with high priority: each attempt passes here. */
const PER_ATTEMPT = { step: "finalizeRequest", name: "benchRequests", priority: "low" } as const;
const PER_CALL = { step: "initialize", name: "benchWriteUnits", priority: "low" } as const;

/** `observer` takes the pictures of `tables` around each write and is itself never counted. */
export function meterAws(observer: DynamoDBClient, tables: readonly string[]): AwsMeter {
	const requests = new Map<string, number>();
	const writeUnits = createWriteUnitMeter(observer, tables);
	const met = new WeakSet<object>([observer]);
	const add = (operation: string, billed: number): void => {
		requests.set(operation, (requests.get(operation) ?? 0) + billed);
	};
	const count = (service: string, context: { readonly commandName?: string }, billed: number): void =>
		add(`${service}.${commandOf(context)}`, billed);
	const attachDynamo = (client: DynamoDBClient): void => {
		client.middlewareStack.add((next, context) => {
			return (args) => {
				count("DynamoDB", context, 1);
				return next(args);
			};
		}, PER_ATTEMPT);
		client.middlewareStack.add((next, context) => {
			return (args) => {
				const input = { ...args.input, ReturnConsumedCapacity: "INDEXES" };
				return writeUnits.around(commandOf(context), input, () => next({ ...args, input }));
			};
		}, PER_CALL);
	};
	const attachSqs = (client: SQSClient): void => {
		client.middlewareStack.add((next, context) => {
			return (args) => {
				count("SQS", context, sqsRequests(args.request));
				return next(args);
			};
		}, PER_ATTEMPT);
	};
	const undo = [
		hookSend(DynamoDBClient.prototype, met, attachDynamo),
		hookSend(SQSClient.prototype, met, attachSqs),
		measureDirect(writeUnits),
		hookHandler(add),
	];
	return {
		usage: () => ({ requests: Object.fromEntries(requests), writeUnits: writeUnits.total() }),
		reset: () => {
			requests.clear();
			writeUnits.reset();
		},
		attachDynamo,
		stop: () => {
			for (const restore of undo) restore();
		},
	};
}

/** Calls `attach` on every client of a class before its first send; answers how to undo it. */
function hookSend<Client extends { send: (...args: never[]) => unknown }>(
	prototype: Client,
	met: WeakSet<object>,
	attach: (client: Client) => void,
): () => void {
	const original = Object.getOwnPropertyDescriptor(prototype, "send");
	const send = prototype.send;
	Object.defineProperty(prototype, "send", {
		configurable: true,
		writable: true,
		value(this: Client, ...args: unknown[]): unknown {
			if (!met.has(this)) {
				met.add(this);
				attach(this);
			}
			return Reflect.apply(send, this, args);
		},
	});
	return () => {
		if (original) Object.defineProperty(prototype, "send", original);
		// The SDK inherits `send` from its base class: without the hook the inherited one shows again.
		else Reflect.deleteProperty(prototype, "send");
	};
}

/** A worker's own client of DynamoDB has no middleware: its commands are measured whole. Answers how to undo it. */
function measureDirect(writeUnits: WriteUnitMeter): () => void {
	const { prototype } = DirectDynamoDb;
	const { send } = prototype;
	prototype.send = async function (this: DirectDynamoDb, command) {
		const input = Object.assign(command.input, { ReturnConsumedCapacity: "INDEXES" });
		const request = async () => ({ output: await Reflect.apply(send, this, [command]) });
		return (await writeUnits.around(operationOf(command.schema), input, request)).output;
	};
	return () => {
		prototype.send = send;
	};
}

/** Calls `attempted` for every request that is made without a client of the SDK's; answers how to undo it. */
function hookHandler(attempted: (operation: string, billed: number) => void): () => void {
	const prototype = NodeHttpHandler.prototype;
	const { handle } = prototype;
	prototype.handle = function (this: NodeHttpHandler, request, options) {
		const { authorization = "", "user-agent": agent, "x-amz-target": target = "" } = request.headers;
		const service = agent === "millrace" ? /\/([a-z0-9]+)\/aws4_request/.exec(authorization)?.[1] : undefined;
		const operation = target.replace(/^.*\./, "");
		if (service === "s3") attempted(request.method === "PUT" ? "S3.PutObject" : "S3.GetObject", 1);
		if (service === "dynamodb") attempted(`DynamoDB.${operation}`, 1);
		if (service === "sqs") attempted(`SQS.${operation}`, sqsRequests(request));
		return handle.call(this, request, options);
	};
	return () => {
		prototype.handle = handle;
	};
}

const sqsRequests = (request: unknown): number => Math.max(1, Math.ceil(bodyBytes(request) / SQS_CHUNK_BYTES));

/** By name: the third place of the tuple that an operation's schema is. */
const operationOf = (schema: unknown): string => String(Array.isArray(schema) ? schema[2] : "unknown");

function commandOf(context: { readonly commandName?: string }): string {
	return (context.commandName ?? "unknown").replace(/Command$/, "");
}

function bodyBytes(request: unknown): number {
	if (typeof request !== "object" || request === null || !("body" in request)) return 0;
	const { body } = request;
	if (typeof body === "string") return Buffer.byteLength(body);
	return body instanceof Uint8Array ? body.byteLength : 0;
}
