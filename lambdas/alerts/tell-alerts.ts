/** What the alerts function does with a notification, over what it is given: for the handler and for tests. */

import type { AlertMemory } from "./alert-memory.ts";
import {
	type AlarmChange,
	alertOf,
	isNews,
	isToldByAnother,
	noticeOf,
	type QueueNumbers,
	readAlarmChange,
} from "./alert-of.ts";
import { type SlackMessage, slackMessage } from "./slack-message.ts";

export interface AlertParts {
	readonly memory: AlertMemory;
	readonly post: (message: SlackMessage) => Promise<void>;
	/** Of a queue class; `undefined` for one that the platform does not have, or when SQS did not answer. */
	readonly numbersOf: (queueClass: string) => Promise<QueueNumbers | undefined>;
	readonly nowMs: () => number;
}

export type Told = "told" | "told-before" | "told-by-another" | "no-news" | "not-an-alarm";

/** Rejects when the webhook did not take it, so that Lambda tries again. */
export async function tellAlert(parts: AlertParts, text: string): Promise<Told> {
	const change = readAlarmChange(text);
	if (change === undefined) return "not-an-alarm";
	if (!isNews(change)) return "no-news";
	if (isToldByAnother(change)) return "told-by-another";
	if (await parts.memory.wasTold(change)) return "told-before";
	await parts.post(slackMessage(alertOf(change, await numbersFor(parts, change))));
	await parts.memory.told(change, parts.nowMs());
	return "told";
}

const queueKinds: readonly string[] = ["depth", "age", "dead-letters", "no-consumer", "class"];

async function numbersFor(parts: AlertParts, change: AlarmChange): Promise<QueueNumbers | undefined> {
	const notice = noticeOf(change);
	if (notice?.about === undefined || !queueKinds.includes(notice.kind)) return undefined;
	// An alert without numbers is better than none.
	return parts.numbersOf(notice.about).catch(() => undefined);
}
