/** One deployed platform as a producer and an operator meet it: its address from SSM, plain SDK calls, and the typed client for reading. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
	DeleteMessageCommand,
	GetQueueAttributesCommand,
	type Message,
	ReceiveMessageCommand,
	SendMessageBatchCommand,
	SendMessageCommand,
	SetQueueAttributesCommand,
	SQSClient,
} from "@aws-sdk/client-sqs";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { openPlatform } from "../../shared/aws/open-platform.ts";
import type { Catalogue } from "../../shared/catalogue/define-catalogue.ts";
import { type Client, createClient } from "../../shared/client/client.ts";
import type { Platform as Ports } from "../../shared/ports/platform.ts";
import { type PlatformAddress, platformAddressSchema } from "../../shared/wire/platform-address.ts";
import { CREDENTIALS, type Outputs, REGION } from "./cdk.ts";

const PAUSE_MS = 200;

export interface DeadLetter {
	readonly body: string;
	/** Message attributes. */
	readonly attributes: Readonly<Record<string, string>>;
}

export interface Platform {
	readonly address: PlatformAddress;
	/** Of its stack. */
	readonly outputs: Outputs;
	/** For reading and for schedules; messages go by plain SDK. */
	readonly client: Client;
	/** What sizes the classes. */
	readonly mappings: Ports["mappings"];
	/** The SQS message id. */
	send(queueClass: string, body: unknown): Promise<string>;
	/** Up to ten bodies in one request; message ids in their order. */
	sendBatch(queueClass: string, bodies: readonly unknown[]): Promise<readonly string[]>;
	/** Takes dead letters out of the queue until `count` came. @throws Error with those that came in time */
	takeDeadLetters(queueClass: string, count: number, timeoutSeconds: number): Promise<readonly DeadLetter[]>;
	/** Looks at the dead letters and leaves them where they are. */
	peekDeadLetters(queueClass: string): Promise<readonly DeadLetter[]>;
	/** What a redrive by AWS itself does: each dead letter goes back to its queue as it is, without its attributes. How many went. */
	moveDeadLettersBack(queueClass: string): Promise<number>;
	/** What an operator does with a queue that nobody reads any more: each message goes to another class's queue as it is. How many went. */
	moveMessages(from: string, to: string): Promise<number>;
	/** Nobody may send to the class until the answer is called. */
	closeQueue(queueClass: string): Promise<() => Promise<void>>;
	/** Visible, in flight and delayed. */
	messagesLeft(queueClass: string): Promise<number>;
	/** Size of an object in the platform's bucket. */
	blobBytes(key: string): Promise<number>;
}

/** @throws AssertionError when SSM and the stack's outputs say different things */
export async function connectDeployed(options: {
	readonly endpoint: string;
	readonly stack: string;
	readonly outputs: Outputs;
	readonly catalogue: Catalogue;
}): Promise<Platform> {
	const { endpoint, stack, outputs, catalogue } = options;
	const settings = { endpoint, region: REGION, credentials: CREDENTIALS };
	const sqs = new SQSClient({ ...settings, useQueueUrlAsEndpoint: false });
	const ssm = new SSMClient(settings);
	const { Parameter } = await ssm.send(new GetParameterCommand({ Name: `/millrace/${stack}/platform` }));
	const address = platformAddressSchema.parse(JSON.parse(Parameter?.Value ?? "{}"));
	assert.deepEqual(JSON.parse(outputs["MillracePlatform"] ?? "{}"), address, "output MillracePlatform");
	const s3 = new S3Client({ ...settings, forcePathStyle: true });
	const endpoints = { sqs: endpoint, s3: endpoint, dynamodb: endpoint, scheduler: endpoint, lambda: endpoint };
	const ports = openPlatform(address, { region: REGION, credentials: CREDENTIALS, endpoints });
	const client = createClient({ catalogue, ...ports });

	const queue = (queueClass: string) => {
		const found = address.queues[queueClass];
		if (found === undefined) throw new Error(`No queue class ${queueClass} in ${JSON.stringify(address)}`);
		return found;
	};
	const receiveFrom = async (QueueUrl: string, visibilitySeconds: number): Promise<readonly Message[]> => {
		const { Messages = [] } = await sqs.send(
			new ReceiveMessageCommand({
				QueueUrl,
				MaxNumberOfMessages: 10,
				VisibilityTimeout: visibilitySeconds,
				MessageAttributeNames: ["All"],
			}),
		);
		return Messages;
	};
	const receive = (queueClass: string, visibilitySeconds: number) =>
		receiveFrom(queue(queueClass).deadLetterUrl, visibilitySeconds);
	const remove = async (queueClass: string, { ReceiptHandle }: Message) => {
		await sqs.send(new DeleteMessageCommand({ QueueUrl: queue(queueClass).deadLetterUrl, ReceiptHandle }));
	};
	const move = async (QueueUrl: string, to: string): Promise<number> => {
		const messages = await receiveFrom(QueueUrl, 30);
		for (const { Body = "", ReceiptHandle } of messages) {
			await sqs.send(new SendMessageCommand({ QueueUrl: queue(to).url, MessageBody: Body }));
			await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
		}
		return messages.length;
	};
	return {
		address,
		outputs,
		client,
		mappings: ports.mappings,
		async send(queueClass, body) {
			const sent = await sqs.send(
				new SendMessageCommand({ QueueUrl: queue(queueClass).url, MessageBody: textOf(body) }),
			);
			return sent.MessageId ?? "";
		},
		async sendBatch(queueClass, bodies) {
			const Entries = bodies.map((body, index) => ({ Id: String(index), MessageBody: textOf(body) }));
			const sent = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queue(queueClass).url, Entries }));
			assert.deepEqual(sent.Failed ?? [], []);
			const ids = new Map((sent.Successful ?? []).map(({ Id, MessageId }) => [Id, MessageId ?? ""]));
			return Entries.map(({ Id }) => ids.get(Id) ?? "");
		},
		async takeDeadLetters(queueClass, count, timeoutSeconds) {
			const taken: DeadLetter[] = [];
			await waitFor(`${count} dead letters of ${queueClass}`, timeoutSeconds, async () => {
				for (const message of await receive(queueClass, 30)) {
					taken.push(letterOf(message));
					await remove(queueClass, message);
				}
				return taken.length >= count ? true : `${taken.length} came: ${JSON.stringify(taken).slice(0, 600)}`;
			});
			return taken;
		},
		peekDeadLetters: async (queueClass) => (await receive(queueClass, 0)).map(letterOf),
		moveDeadLettersBack: (queueClass) => move(queue(queueClass).deadLetterUrl, queueClass),
		moveMessages: (from, to) => move(queue(from).url, to),
		async closeQueue(queueClass) {
			const QueueUrl = queue(queueClass).url;
			const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["Policy", "QueueArn"] });
			const { Policy = "", QueueArn } = (await sqs.send(asked)).Attributes ?? {};
			const put = async (policy: string) => {
				await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: policy } }));
			};
			const { Statement, ...policy } = JSON.parse(Policy);
			const closed = { Effect: "Deny", Principal: "*", Action: "sqs:SendMessage", Resource: QueueArn };
			await put(JSON.stringify({ ...policy, Statement: [...Statement, closed] }));
			return () => put(Policy);
		},
		async messagesLeft(queueClass) {
			const command = new GetQueueAttributesCommand({ QueueUrl: queue(queueClass).url, AttributeNames: ["All"] });
			const { Attributes = {} } = await sqs.send(command);
			const counts = Object.entries(Attributes).filter(([name]) => name.startsWith("ApproximateNumberOf"));
			return counts.reduce((sum, [, count]) => sum + Number(count), 0);
		},
		async blobBytes(key) {
			const { ContentLength = 0 } = await s3.send(new HeadObjectCommand({ Bucket: address.bucket, Key: key }));
			return ContentLength;
		},
	};
}

const textOf = (body: unknown): string => (typeof body === "string" ? body : JSON.stringify(body));

const letterOf = ({ Body = "", MessageAttributes = {} }: Message): DeadLetter => ({
	body: Body,
	attributes: Object.fromEntries(
		Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue ?? ""]),
	),
});

/** Asks until the answer is `true`; any other answer says how far it is, for the error. @throws Error when it never was */
export async function waitFor(
	what: string,
	timeoutSeconds: number,
	probe: () => Promise<true | string>,
): Promise<void> {
	const untilMs = performance.now() + timeoutSeconds * 1000;
	for (;;) {
		const answer = await probe();
		if (answer === true) return;
		if (performance.now() > untilMs) throw new Error(`${what}: not within ${timeoutSeconds} s; ${answer}`);
		await delay(PAUSE_MS);
	}
}
