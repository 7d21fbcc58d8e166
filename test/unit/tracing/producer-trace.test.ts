/** A producer that is traced by X-Ray and knows nothing of `trace` is gone on with all the same. */
import type { SQSRecord } from "aws-lambda";
import { expect, it } from "vitest";
import { toDeliveredMessage } from "../../../lambdas/worker/sqs-event.ts";

const record = (AWSTraceHeader?: string): SQSRecord => ({
	messageId: "m",
	receiptHandle: "h",
	body: "{}",
	attributes: {
		ApproximateReceiveCount: "1",
		SentTimestamp: "1",
		SenderId: "s",
		ApproximateFirstReceiveTimestamp: "2",
		...(AWSTraceHeader === undefined ? {} : { AWSTraceHeader }),
	},
	messageAttributes: {},
	md5OfBody: "",
	eventSource: "aws:sqs",
	eventSourceARN: "arn:aws:sqs:eu-central-1:111122223333:mail",
	awsRegion: "eu-central-1",
});

it.each([
	["Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"],
	["Sampled=1;Parent=53995c3f42cd8ad8;Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=1:ab:3"],
])("reads %s", (header) => {
	expect(toDeliveredMessage(record(header)).trace).toBe("00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01");
});

it.each([
	["Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"],
	["Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"],
	["Self=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"],
	["Root=1-5759E988-bd862e3fe1be46a994272793\n;Parent=53995c3f42cd8ad8;Sampled=1"],
	[undefined],
])("takes nothing from %s", (header) => {
	expect(toDeliveredMessage(record(header))).not.toHaveProperty("trace");
});
