/** The queue contract on memory and on fauxqs, with a maxReceiveCount of 3. */
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { startMessageServer } from "../../local/emulators/message-server.ts";
import { createSqsQueue } from "../../shared/aws/sqs-queue.ts";
import { createSqsQueueOperator } from "../../shared/aws/sqs-queue-operator.ts";
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

describeQueue("fauxqs", async () => {
	const server = await startMessageServer({ dataDir: undefined, port: 0 });
	const client = new SQSClient({ ...localAccess, endpoint: server.endpoint, useQueueUrlAsEndpoint: false });
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
				queue: createSqsQueue({ client, address }),
				operator: createSqsQueueOperator({ client, address }),
				// Here time passes by itself, while a receive waits.
				passSeconds: async () => {},
			};
		},
		async stop() {
			client.destroy();
			await server.stop();
		},
	};
});
