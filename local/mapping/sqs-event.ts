/** Builds the event that Lambda hands to a handler for messages of an SQS queue, field for field. */
import type { SQSEvent, SQSMessageAttributes, SQSRecord } from "aws-lambda";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../assembly/resolve.ts";
import type { SqsMessage } from "../emulators/fauxqs-parts.ts";
import type { ReceivedMessage } from "../emulators/message-queue.ts";

function attributesOf(message: SqsMessage): SQSMessageAttributes {
	const attributes: SQSMessageAttributes = {};
	for (const [name, attribute] of Object.entries(message.messageAttributes)) {
		attributes[name] = {
			...(attribute.StringValue === undefined ? {} : { stringValue: attribute.StringValue }),
			...(attribute.BinaryValue === undefined ? {} : { binaryValue: attribute.BinaryValue }),
			stringListValues: [],
			binaryListValues: [],
			dataType: attribute.DataType,
		};
	}
	return attributes;
}

function toRecord({ message, receiptHandle }: ReceivedMessage, queueArn: string): SQSRecord {
	return {
		messageId: message.messageId,
		receiptHandle,
		body: message.body,
		attributes: {
			ApproximateReceiveCount: String(message.approximateReceiveCount),
			SentTimestamp: String(message.sentTimestamp),
			SenderId: LOCAL_ACCOUNT,
			ApproximateFirstReceiveTimestamp: String(message.approximateFirstReceiveTimestamp ?? message.sentTimestamp),
		},
		messageAttributes: attributesOf(message),
		...(message.md5OfMessageAttributes === "" ? {} : { md5OfMessageAttributes: message.md5OfMessageAttributes }),
		md5OfBody: message.md5OfBody,
		eventSource: "aws:sqs",
		eventSourceARN: queueArn,
		awsRegion: LOCAL_REGION,
	};
}

export const toSqsEvent = (batch: readonly ReceivedMessage[], queueArn: string): SQSEvent => ({
	Records: batch.map((received) => toRecord(received, queueArn)),
});
