/** The edge: what Lambda hands over becomes a batch for the engine. */
import type { SQSEvent, SQSRecord } from "aws-lambda";
import type { DeliveredMessage } from "../../shared/engine/worker-parts.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { epochMs } from "../../shared/kernel/time.ts";
import type { PlatformAddress } from "../../shared/wire/platform-address.ts";

export function toDeliveredMessage(record: SQSRecord): DeliveredMessage {
	const trace = traceparentOf(record.attributes.AWSTraceHeader);
	return {
		messageId: record.messageId,
		receiptHandle: record.receiptHandle,
		receiveCount: Number(record.attributes.ApproximateReceiveCount),
		body: record.body,
		sentAt: epochMs(Number(record.attributes.SentTimestamp)),
		...(trace === undefined ? {} : { trace }),
	};
}

/**
 * What the AWS SDK adds where the sender is traced by X-Ray, in W3C's spelling. One that is not sampled says nothing: every function sends it, traced
 * or not.
 */
function traceparentOf(header: string | undefined): string | undefined {
	if (header === undefined || !/(?:^|;)Sampled=1(?:;|$)/.test(header)) return undefined;
	const [, time, unique] = /(?:^|;)Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;|$)/.exec(header) ?? [];
	const [, parent] = /(?:^|;)Parent=([0-9a-f]{16})(?:;|$)/.exec(header) ?? [];
	return time === undefined || parent === undefined ? undefined : `00-${time}${unique}-${parent}-01`;
}

/**
 * The queue class whose queue delivered the event. A batch comes from one queue.
 * @throws MillraceError `queue-class-not-found` when the function is fed by a queue that its platform address does not name.
 */
export function queueClassOf(event: SQSEvent, platform: PlatformAddress): string {
	const arn = event.Records[0]?.eventSourceARN ?? "";
	const queueName = arn.slice(arn.lastIndexOf(":") + 1);
	const found = Object.entries(platform.queues).find(
		([, { url }]) => url.slice(url.lastIndexOf("/") + 1) === queueName,
	);
	if (found !== undefined) return found[0];
	throw new MillraceError(
		"queue-class-not-found",
		`The queue "${queueName}" feeds this function but is none of its classes: ${Object.keys(platform.queues).join(", ")}. Deploy the queue and the function together.`,
	);
}
