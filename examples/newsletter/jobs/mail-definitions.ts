/**
 * Mail as data: five promises that a letter can be sent under, and the kinds of letters with their usual one. Which letters go under another is in
 * routes.ts.
 */
import * as z from "zod/mini";
import { defineJob, defineQueueClass, type QueueClassDefinition, retryPolicy } from "../../../shared/job/index.ts";

/** Batches are small where a person waits and large where none does: a batch is handed to one worker, and its last letter waits for the first. */
export const critical = defineQueueClass({
	name: "critical",
	promise: "Mailed within seconds: a person looks at the inbox.",
	priorities: { from: 9, to: 9 },
	batchSize: 1,
	maxConcurrency: 4,
	// More than 100 people that wait is an incident; fewer is a busy minute.
	alarms: { depth: { CRITICAL: 101 }, ageSeconds: 120 },
});

export const high = defineQueueClass({
	name: "high",
	promise: "Mailed within a minute.",
	priorities: { from: 7, to: 8 },
	batchSize: 2,
	maxConcurrency: 4,
});

export const usual = defineQueueClass({
	name: "default",
	promise: "Mailed within some minutes.",
	priorities: { from: 4, to: 6 },
	batchSize: 4,
	maxConcurrency: 4,
	alarms: { depth: { WARNING: 5001 } },
});

export const low = defineQueueClass({
	name: "low",
	promise: "Mailed within the hour.",
	priorities: { from: 2, to: 3 },
	batchSize: 8,
	maxConcurrency: 2,
	alarms: { depth: {}, ageSeconds: 3_600 },
});

export const bulk = defineQueueClass({
	name: "bulk",
	promise: "Mailed by tomorrow.",
	priorities: { from: 0, to: 1 },
	batchSize: 8,
	maxConcurrency: 2,
	alarms: { depth: {}, ageSeconds: 21_600 },
});

const letterSchema = z.strictObject({
	to: z.string().check(z.minLength(3), z.maxLength(254)),
	subject: z.string().check(z.maxLength(200)),
	text: z.string().check(z.maxLength(100_000)),
	/** A person waits for it. */
	urgent: z.optional(z.boolean()),
});

/** Somebody waits: again within 2 s, 4 s, 8 s …, two minutes in all. */
const soonAgain = retryPolicy({ retriesMax: 6, delaySeconds: 2 });

const mailJob = <const Name extends string, Class extends QueueClassDefinition>(
	name: Name,
	description: string,
	queueClass: Class,
) =>
	defineJob({
		name,
		description,
		queueClass,
		input: letterSchema,
		output: z.strictObject({ to: z.string() }),
		retry: soonAgain,
	});

export const noticeSignup = mailJob("notice_signup", "Mails the link that confirms a subscription.", critical);
export const noticeAnswer = mailJob("notice_answer", "Mails an answer of the editors to a reader.", usual);
export const reportOpens = mailJob("report_opens", "Mails an author how many have read an edition.", usual);
export const campaignLetter = mailJob("campaign_letter", "Mails one subscriber's newsletter.", bulk);
