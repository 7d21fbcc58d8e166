/** The jobs, their queue class and their schedule as data: what producers, infrastructure and worker share. */
import { crontab, defineJob, defineQueueClass, defineSchedule, retryPolicy } from "millrace";
import * as z from "zod/mini";

export const pages = defineQueueClass({
	name: "pages",
	promise: "A page is looked at within a minute.",
	maxConcurrency: 10,
});

export const checkPage = defineJob({
	name: "check_page",
	description: "Fetches a page and notes how it answered.",
	queueClass: pages,
	input: z.strictObject({ url: z.url({ protocol: /^https?$/ }) }),
	output: z.strictObject({ status: z.int(), tookMs: z.int() }),
	// A server that restarts is back after a minute; longer than that is what the watch is there to note.
	retry: retryPolicy({ retriesMax: 2, delaySeconds: 20 }),
});

export const checkAllPages = defineJob({
	name: "check_all_pages",
	description: "Has every page looked at that was ever looked at.",
	queueClass: pages,
	input: z.strictObject({}),
	output: z.strictObject({ pages: z.int() }),
	enqueues: ["check_page"],
});

export const regularCheck = defineSchedule({
	name: "regular-check",
	job: checkAllPages,
	cron: crontab({ minute: "*/15" }),
	overlap: "skip",
});
