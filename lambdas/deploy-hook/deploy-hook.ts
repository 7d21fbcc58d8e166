/** The function behind JobPlatform's `onDeploy`: CloudFormation calls it with each version, once the workers have that version. */
import { setTimeout as sleep } from "node:timers/promises";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Context } from "aws-lambda";
import { createLogLines } from "../log/log-lines.ts";
import { answerDeploy } from "./answer-deploy.ts";

const TRIES_MAX = 5;
const PAUSE_MS = 1_000;

const logger = createLogLines(process.env);
const sqs = new SQSClient({});

export async function handler(event: unknown, context: Context): Promise<void> {
	logger.enter(context);
	await answerDeploy(event, {
		async send({ queueUrl, body }) {
			const { MessageId } = await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
			logger.info("The job of this deployment is enqueued", () => ({ messageId: MessageId ?? "" }));
		},
		put,
	});
}

/** The URL is signed for no content type. */
async function put(url: string, text: string): Promise<void> {
	for (let tried = 1; ; tried++) {
		const status = await fetch(url, { method: "PUT", body: text, headers: { "content-type": "" } }).then(
			(answer) => (answer.ok ? undefined : `status ${answer.status}`),
			(error: unknown) => String(error),
		);
		if (status === undefined) return;
		if (tried === TRIES_MAX) throw new Error(`CloudFormation took no answer after ${tried} tries: ${status}`);
		await sleep(PAUSE_MS * tried);
	}
}
