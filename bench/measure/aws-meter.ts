// Counts what AWS would bill, from the middleware of the SDK clients the measured code itself made: every HTTP attempt
// (retries included) and every DynamoDB write unit. It hooks `send` of the client classes, so that deployed code runs
// unchanged and needs no seam for it.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { createWriteUnitMeter, type WriteUnits } from "./write-units.ts";

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
	const count = (service: string, context: { readonly commandName?: string }, billed: number): void => {
		const operation = `${service}.${commandOf(context)}`;
		requests.set(operation, (requests.get(operation) ?? 0) + billed);
	};
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
				count("SQS", context, Math.max(1, Math.ceil(bodyBytes(args.request) / SQS_CHUNK_BYTES)));
				return next(args);
			};
		}, PER_ATTEMPT);
	};
	const attachS3 = (client: S3Client): void => {
		client.middlewareStack.add((next, context) => {
			return (args) => {
				count("S3", context, 1);
				return next(args);
			};
		}, PER_ATTEMPT);
	};
	const undo = [
		hookSend(DynamoDBClient.prototype, met, attachDynamo),
		hookSend(SQSClient.prototype, met, attachSqs),
		hookSend(S3Client.prototype, met, attachS3),
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

function commandOf(context: { readonly commandName?: string }): string {
	return (context.commandName ?? "unknown").replace(/Command$/, "");
}

function bodyBytes(request: unknown): number {
	if (typeof request !== "object" || request === null || !("body" in request)) return 0;
	const { body } = request;
	if (typeof body === "string") return Buffer.byteLength(body);
	return body instanceof Uint8Array ? body.byteLength : 0;
}
