/**
 * The alerts function: tells a team's chat what the alarms tell the topic. The webhook's address and the platform's are read by reference, once a
 * cold start: an environment's 4 KB would not hold the addresses of twenty queue classes, and a secret has no place there.
 */
import { SQSClient } from "@aws-sdk/client-sqs";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Context, SNSEvent } from "aws-lambda";
import { createSqsQueueOperator } from "../../shared/aws/sqs-queue-operator.ts";
import { platformAddressSchema } from "../../shared/wire/platform-address.ts";
import { createLogLines } from "../log/log-lines.ts";
import { createAlertMemory } from "./alert-memory.ts";
import type { QueueNumbers } from "./alert-of.ts";
import { postWebhook } from "./post-webhook.ts";
import { type AlertParts, tellAlert } from "./tell-alerts.ts";

const logger = createLogLines(process.env);
const ssm = new SSMClient({});
let opened: AlertParts | undefined;

async function parameter(variable: string): Promise<string> {
	const Name = process.env[variable];
	const { Parameter } = await ssm.send(new GetParameterCommand({ Name, WithDecryption: true }));
	if (Parameter?.Value === undefined) throw new Error(`The parameter ${Name}, of ${variable}, has no value.`);
	return Parameter.Value;
}

async function open(): Promise<AlertParts> {
	const [webhook, platform] = await Promise.all([
		parameter("ALERTS_WEBHOOK_PARAMETER"),
		parameter("MILLRACE_PLATFORM_PARAMETER"),
	]);
	const address = platformAddressSchema.parse(JSON.parse(platform));
	const queues = createSqsQueueOperator({ client: new SQSClient({}), address });
	return {
		memory: createAlertMemory(address.table),
		post: (message) => postWebhook(webhook, message),
		async numbersOf(queueClass): Promise<QueueNumbers | undefined> {
			if (address.queues[queueClass] === undefined) return undefined;
			const [main, dead] = await Promise.all([
				queues.depth({ queueClass, queue: "main" }),
				queues.depth({ queueClass, queue: "dead-letter" }),
			]);
			return { ...main, deadLetters: dead.visible };
		},
		nowMs: () => Date.now(),
	};
}

/** Rejects when any alert could not be told: Lambda then tries again, twice, and keeps what failed in the dead-letter queue of the function. */
export async function handler(event: SNSEvent, context: Context): Promise<void> {
	logger.enter(context);
	opened ??= await open();
	try {
		for (const { Sns } of event.Records) {
			const told = await tellAlert(opened, Sns.Message);
			logger.info("Alert", () => ({ told, subject: Sns.Subject ?? "" }));
		}
	} catch (error) {
		// The webhook's address may have been changed: the next try reads it again.
		opened = undefined;
		throw error;
	}
}
