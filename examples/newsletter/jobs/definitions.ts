/** Three jobs as data: what the producer, the infrastructure and the worker agree on. Those that mail are in mail-definitions.ts. */
import * as z from "zod/mini";
import { defineJob, defineQueueClass, retryPolicy } from "../../../shared/job/index.ts";

export const letters = defineQueueClass({
	name: "letters",
	promise: "The newsletter goes out within a minute.",
	maxConcurrency: 5,
});

export const subscriberSchema = z.strictObject({
	email: z.string().check(z.minLength(3), z.maxLength(254)),
	name: z.string().check(z.minLength(1), z.maxLength(100)),
});

const listSchema = z
	.string()
	.check(z.regex(/^[a-z0-9-]{1,50}$/, "must be 1–50 lower-case letters, digits and hyphens"));

/** The source is a small service that is back within a second or two, or is down for longer than retries should last. */
const sourceRetry = retryPolicy({ retriesMax: 2, delaySeconds: 1, factor: 1, capSeconds: 1, jitter: "none" });

export const sendNewsletter = defineJob({
	name: "send_newsletter",
	// Its name in the release before: messages and dead letters under it are still performed.
	aliases: ["send_letter"],
	description: "Writes one subscriber's letter and has it mailed.",
	queueClass: letters,
	input: z.strictObject({ edition: z.int().check(z.positive()), subscriber: subscriberSchema }),
	output: z.strictObject({ to: z.string(), subject: z.string(), text: z.string() }),
	enqueues: ["campaign_letter"],
});

export const syncSubscribers = defineJob({
	name: "sync_subscribers",
	description: "Fetches the subscribers of a list and has an edition sent to each.",
	queueClass: letters,
	input: z.strictObject({
		list: listSchema,
		edition: z.int().check(z.positive()),
	}),
	output: z.strictObject({
		subscribers: z.int(),
		/** Ids of the runs of send_newsletter. */
		letters: z.array(z.string()),
	}),
	retry: sourceRetry,
	enqueues: ["send_newsletter"],
});

export const checkSource = defineJob({
	name: "check_source",
	description: "Reads one list and sends nothing: whether the source still answers as this release expects.",
	queueClass: letters,
	input: z.strictObject({ list: listSchema }),
	output: z.strictObject({ subscribers: z.int() }),
	retry: sourceRetry,
});
