/** From a queue class to the URL of its queue or dead-letter queue. */
import { MillraceError } from "../kernel/errors.ts";
import type { QueueTarget } from "../ports/queue.ts";
import type { PlatformAddress } from "../wire/platform-address.ts";

/** @throws MillraceError `queue-class-not-found` */
export function queueUrl(address: Pick<PlatformAddress, "queues">, { queueClass, queue }: QueueTarget): string {
	const urls = Object.hasOwn(address.queues, queueClass) ? address.queues[queueClass] : undefined;
	if (urls === undefined) {
		const known = Object.keys(address.queues);
		throw new MillraceError(
			"queue-class-not-found",
			`There is no queue class "${queueClass}" in the platform's address; it has ${known.join(", ") || "none"}. Deploy the class, or declare in \`enqueues\` that a job of this worker group sends to it.`,
			{ details: { queueClass, known } },
		);
	}
	return queue === "main" ? urls.url : urls.deadLetterUrl;
}
