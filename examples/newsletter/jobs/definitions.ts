/** The two jobs as data: what the producer, the infrastructure and the worker agree on. */
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

export const sendNewsletter = defineJob({
	name: "send_newsletter",
	description: "Writes one subscriber's letter.",
	queueClass: letters,
	input: z.strictObject({ edition: z.int().check(z.positive()), subscriber: subscriberSchema }),
	output: z.strictObject({ to: z.string(), subject: z.string(), text: z.string() }),
});

export const syncSubscribers = defineJob({
	name: "sync_subscribers",
	description: "Fetches the subscribers of a list and has an edition sent to each.",
	queueClass: letters,
	input: z.strictObject({
		list: z.string().check(z.regex(/^[a-z0-9-]{1,50}$/, "must be 1–50 lower-case letters, digits and hyphens")),
		edition: z.int().check(z.positive()),
	}),
	output: z.strictObject({
		subscribers: z.int(),
		/** Ids of the runs of send_newsletter. */
		letters: z.array(z.string()),
	}),
	// The source is a small service that is back within a second or two, or is down for longer than retries should last.
	retry: retryPolicy({ retriesMax: 2, delaySeconds: 1, factor: 1, capSeconds: 1, jitter: "none" }),
	enqueues: ["send_newsletter"],
});
