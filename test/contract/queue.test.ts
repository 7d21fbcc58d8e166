/** The queue contract on memory and on fauxqs, with a maxReceiveCount of 3. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { vi } from "vitest";
import { startMessageServer } from "../../local/emulators/message-server.ts";
import { createQueueOverSqs } from "../../shared/aws/queue-over-sqs.ts";
import { createSqsQueue } from "../../shared/aws/sqs-queue.ts";
import { createSqsQueueOperator } from "../../shared/aws/sqs-queue-operator.ts";
import { createSystemClock } from "../../shared/aws/system-clock.ts";
import { createWorkerSqs } from "../../shared/aws/worker-clients.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import type { PlatformAddress } from "../../shared/wire/platform-address.ts";
import { localAccess } from "../support/emulators.ts";
import { createMemoryQueue } from "../support/memory-queue.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { describeQueue } from "./queue.contract.ts";

describeQueue("memory", async () => ({
	async open() {
		const clock = createVirtualClock();
		const queue = createMemoryQueue(clock, ["orders"], { maxReceiveCount: 3 });
		return { queue, operator: queue, passSeconds: (seconds) => clock.advance(seconds * 1000) };
	},
	stop: async () => {},
}));

type Address = Pick<PlatformAddress, "queues">;

const bySdk = (client: SQSClient, address: Address): Queue => createSqsQueue({ client, address });
const asWorker = (_: SQSClient, address: Address): Queue =>
	createQueueOverSqs({
		sqs: createWorkerSqs({ lender: new DynamoDBClient(localAccess), clock: createSystemClock() }),
		address,
	});

describeQueue("fauxqs", () => startFauxqs(bySdk));
describeQueue("fauxqs, as a worker asks it", () => startFauxqs(asWorker));

async function startFauxqs(connect: (client: SQSClient, address: Address) => Queue) {
	const server = await startMessageServer({ dataDir: undefined, port: 0 });
	const client = new SQSClient({ ...localAccess, endpoint: server.endpoint, useQueueUrlAsEndpoint: false });
	// A worker takes its endpoints from nowhere else.
	vi.stubEnv("AWS_ENDPOINT_URL_SQS", server.endpoint);
	let opened = 0;
	return {
		async open() {
			const name = `orders-${++opened}`;
			await client.send(new CreateQueueCommand({ QueueName: `${name}-dead` }));
			await client.send(
				new CreateQueueCommand({
					QueueName: name,
					Attributes: {
						RedrivePolicy: JSON.stringify({
							deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:${name}-dead`,
							maxReceiveCount: 3,
						}),
					},
				}),
			);
			const address = {
				queues: { orders: { url: server.queueUrl(name), deadLetterUrl: server.queueUrl(`${name}-dead`) } },
			};
			return {
				queue: connect(client, address),
				operator: createSqsQueueOperator({ client, address }),
				// Here time passes by itself, while a receive waits.
				passSeconds: async () => {},
			};
		},
		async stop() {
			vi.unstubAllEnvs();
			client.destroy();
			await server.stop();
		},
	};
}
