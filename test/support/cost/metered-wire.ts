/**
 * A wire in front of the emulators that counts what AWS would bill: every HTTP request that reaches it, retries included, whatever client made
 * it. DynamoDB's write units come from pictures of the table (bench/measure), its read units from what it says it consumed.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createWriteUnitMeter, type WriteUnits } from "../../../bench/measure/write-units.ts";

export type Service = "dynamodb" | "lambda" | "s3" | "scheduler" | "sqs";

export interface WireUsage {
	/** Requests by service and operation: `sqs.SendMessageBatch`. SQS counts each started 64 KB as one. */
	readonly requests: Readonly<Record<string, number>>;
	readonly writeUnits: WriteUnits;
	readonly readUnits: number;
}

export interface MeteredWire {
	/** By service, what to give clients as its endpoint. */
	readonly endpoints: Readonly<Record<Service, string>>;
	usage(): WireUsage;
	reset(): void;
	/** Whether requests are counted from now on. */
	counts(on: boolean): void;
	/** Requests under way. */
	readonly busy: number;
	/** Resolves when a request of the service has been answered that began after this call. */
	next(service: Service): Promise<void>;
	stop(): Promise<void>;
}

/** https://aws.amazon.com/sqs/pricing/ (2026-11-20) */
const SQS_CHUNK_BYTES = 64 * 1024;

interface Answer {
	readonly status: number;
	readonly headers: Headers;
	readonly body: Buffer;
}

/** `observer` takes the pictures of `table` and speaks to the emulator itself, so it is never counted. */
export async function startMeteredWire(
	upstreams: Readonly<Record<Service, string>>,
	observer: DynamoDBClient,
	table: string,
): Promise<MeteredWire> {
	const requests = new Map<string, number>();
	const meter = createWriteUnitMeter(observer, [table]);
	const waiting = new Map<Service, (() => void)[]>();
	let readUnits = 0;
	let counting = true;
	let busy = 0;

	const add = (service: Service, operation: string, billed: number): void => {
		const name = `${service}.${operation}`;
		requests.set(name, (requests.get(name) ?? 0) + billed);
	};

	async function dynamodb(operation: string, body: Buffer, send: (body: Buffer) => Promise<Answer>): Promise<Answer> {
		const input: object = { ...JSON.parse(body.toString()), ReturnConsumedCapacity: "INDEXES" };
		add("dynamodb", operation, 1);
		let answer: Answer | undefined;
		const refused = await meter
			.around(operation, input, async () => {
				answer = await send(Buffer.from(JSON.stringify(input)));
				const output: object = JSON.parse(answer.body.toString());
				if (answer.status !== 200)
					throw Object.assign(new Error("refused"), { name: String(Reflect.get(output, "__type")) });
				if (/^(BatchGetItem|GetItem|Query|Scan)$/.test(operation)) readUnits += capacityIn(output);
				return { output };
			})
			.catch((error: unknown) => error);
		if (answer === undefined) throw refused;
		return answer;
	}

	async function forward(service: Service, request: IncomingMessage): Promise<Answer> {
		const body = await bytesOf(request);
		const send = async (given: Buffer): Promise<Answer> => {
			const {
				host: _,
				connection: __,
				"content-length": ___,
				"transfer-encoding": ____,
				expect: _____,
				...kept
			} = request.headers;
			const headers = Object.entries(kept).flatMap(([name, value]) =>
				value === undefined ? [] : [[name, String(value)] as [string, string]],
			);
			const method = request.method ?? "GET";
			const response = await fetch(`${upstreams[service]}${request.url}`, {
				method,
				headers,
				...(method === "GET" || method === "HEAD" ? {} : { body: new Uint8Array(given) }),
			});
			return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
		};
		const operation =
			String(request.headers["x-amz-target"] ?? "")
				.split(".")
				.at(-1) ?? "";
		if (!counting) return send(body);
		if (service === "dynamodb") return dynamodb(operation, body, send);
		const answer = await send(body);
		if (service === "sqs") add(service, operation, chunksOf(operation === "ReceiveMessage" ? answer.body : body));
		else add(service, request.method ?? "", 1);
		return answer;
	}

	async function start(service: Service): Promise<readonly [Service, Server, string]> {
		const server = createServer((request, response) => {
			const met = waiting.get(service) ?? [];
			waiting.delete(service);
			busy++;
			response.once("close", () => busy--);
			forward(service, request).then(
				({ status, headers, body }) => {
					const kept = [...headers].filter(
						([name]) => !/^(content-encoding|content-length|transfer-encoding|connection)$/.test(name),
					);
					response.writeHead(status, { ...Object.fromEntries(kept), "content-length": body.length });
					response.end(body, () => {
						for (const resolve of met) resolve();
					});
				},
				(error: unknown) => response.destroy(error as Error),
			);
		});
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		return [service, server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`];
	}

	const services: readonly Service[] = ["dynamodb", "lambda", "s3", "scheduler", "sqs"];
	const started = await Promise.all(services.map(start));
	return {
		endpoints: Object.fromEntries(started.map(([service, , endpoint]) => [service, endpoint])) as Record<
			Service,
			string
		>,
		usage: () => ({ requests: Object.fromEntries(requests), writeUnits: meter.total(), readUnits }),
		reset() {
			requests.clear();
			meter.reset();
			readUnits = 0;
		},
		counts: (on) => {
			counting = on;
		},
		get busy() {
			return busy;
		},
		next: (service) =>
			new Promise((resolve) => {
				waiting.set(service, [...(waiting.get(service) ?? []), resolve]);
			}),
		async stop() {
			for (const [, server] of started) server.closeAllConnections();
			await Promise.all(started.map(([, server]) => new Promise((resolve) => server.close(resolve))));
		},
	};
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk);
	return Buffer.concat(chunks);
}

function capacityIn(output: object): number {
	const told: unknown = Reflect.get(output, "ConsumedCapacity");
	const all: readonly { readonly CapacityUnits?: number }[] = Array.isArray(told) ? told : told ? [told] : [];
	return all.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

/** SQS bills the messages, not the JSON around them. */
function chunksOf(body: Buffer): number {
	const { MessageBody, Entries, Messages }: SqsPayload = JSON.parse(body.toString() || "{}");
	const texts = [
		MessageBody,
		...(Entries ?? []).map((entry) => entry.MessageBody),
		...(Messages ?? []).map((message) => message.Body),
	];
	const bytes = texts.reduce((sum, text = "") => sum + Buffer.byteLength(text), 0);
	return Math.max(1, Math.ceil(bytes / SQS_CHUNK_BYTES));
}

interface SqsPayload {
	readonly MessageBody?: string;
	readonly Entries?: readonly { readonly MessageBody?: string }[];
	readonly Messages?: readonly { readonly Body?: string }[];
}
