/** Starts local stacks for tests, collects their events, and lets a test wait for one. Everything is stopped after each test. */
import {
	GetQueueAttributesCommand,
	ReceiveMessageCommand,
	SendMessageBatchCommand,
	SendMessageCommand,
	type SendMessageCommandInput,
	SQSClient,
} from "@aws-sdk/client-sqs";
import { afterEach } from "vitest";
import type { LocalEvent } from "../../local/local-event.ts";
import { type LocalStack, type LocalStackOptions, startLocalStack } from "../../local/local-stack.ts";

export interface Run {
	readonly stack: LocalStack;
	readonly sqs: SQSClient;
	readonly events: readonly LocalEvent[];
	/** The first event, past or to come, of that type that the predicate takes. */
	event<Type extends LocalEvent["type"]>(
		type: Type,
		predicate?: (event: Extract<LocalEvent, { type: Type }>) => boolean,
	): Promise<Extract<LocalEvent, { type: Type }>>;
	/** Resolves when so many events of the type have come, and gives them. */
	count<Type extends LocalEvent["type"]>(type: Type, number: number): Promise<Extract<LocalEvent, { type: Type }>[]>;
	/** Sends to the queue with this logical id, a text as it is and anything else as JSON; gives the message id. */
	send(body: unknown, options?: Partial<SendMessageCommandInput>, queue?: string): Promise<string>;
	/** Sends up to ten in one request; gives the message ids in order. */
	sendBatch(bodies: readonly unknown[], queue?: string): Promise<string[]>;
	/** Waits for one message of a queue and leaves it in flight. */
	receive(queue: string): Promise<{ readonly id: string; readonly body: string; readonly receiveCount: string }>;
	depth(queue: string): Promise<{ readonly ready: string; readonly inFlight: string }>;
	url(queue: string): string;
}

const isOf =
	<Type extends LocalEvent["type"]>(type: Type) =>
	(event: LocalEvent): event is Extract<LocalEvent, { type: Type }> =>
		event.type === type;

const running: (() => Promise<void>)[] = [];

afterEach(async () => {
	for (const stop of running.splice(0)) await stop();
});

export async function run(options: LocalStackOptions): Promise<Run> {
	const events: LocalEvent[] = [];
	let listeners: (() => void)[] = [];
	const stack = await startLocalStack({
		...options,
		onEvent(event) {
			events.push(event);
			const waiting = listeners;
			listeners = [];
			for (const listener of waiting) listener();
		},
	});
	const sqs = new SQSClient({
		endpoint: stack.endpoints.sqs,
		region: stack.region,
		credentials: { accessKeyId: "test", secretAccessKey: "test" },
	});
	running.push(async () => {
		sqs.destroy();
		await stack.stop();
	});

	async function until<Result>(look: () => Result | undefined): Promise<Result> {
		for (;;) {
			const found = look();
			if (found !== undefined) return found;
			await new Promise<void>((resolve) => listeners.push(resolve));
		}
	}

	function url(queue: string): string {
		for (const { resources } of Object.values(stack.stacks)) {
			const resource = resources[queue];
			if (resource !== undefined) return resource.physicalId;
		}
		throw new Error(`no queue ${queue}`);
	}

	const text = (body: unknown): string => (typeof body === "string" ? body : JSON.stringify(body));

	return {
		stack,
		sqs,
		events,
		event: (type, predicate) => until(() => events.filter(isOf(type)).find(predicate ?? (() => true))),
		count: (type, number) =>
			until(() => {
				const found = events.filter(isOf(type));
				return found.length >= number ? found : undefined;
			}),
		async send(body, sendOptions = {}, queue = "Queue") {
			const command = new SendMessageCommand({ QueueUrl: url(queue), MessageBody: text(body), ...sendOptions });
			return (await sqs.send(command)).MessageId ?? "";
		},
		async sendBatch(bodies, queue = "Queue") {
			const entries = bodies.map((body, index) => ({ Id: String(index), MessageBody: text(body) }));
			const sent = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url(queue), Entries: entries }));
			return (sent.Successful ?? []).map(({ MessageId }) => MessageId ?? "");
		},
		async receive(queue) {
			for (;;) {
				const { Messages } = await sqs.send(
					new ReceiveMessageCommand({
						QueueUrl: url(queue),
						WaitTimeSeconds: 10,
						MessageSystemAttributeNames: ["ApproximateReceiveCount"],
					}),
				);
				const message = Messages?.[0];
				if (message === undefined) continue;
				return {
					id: message.MessageId ?? "",
					body: message.Body ?? "",
					receiveCount: message.Attributes?.ApproximateReceiveCount ?? "",
				};
			}
		},
		async depth(queue) {
			const { Attributes } = await sqs.send(
				new GetQueueAttributesCommand({ QueueUrl: url(queue), AttributeNames: ["All"] }),
			);
			return {
				ready: Attributes?.["ApproximateNumberOfMessages"] ?? "",
				inFlight: Attributes?.["ApproximateNumberOfMessagesNotVisible"] ?? "",
			};
		},
		url,
	};
}
