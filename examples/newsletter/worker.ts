/** The Lambda handler of the worker group `newsletter`. */
import { createWorker } from "../../lambdas/worker/create-worker.ts";
import { catalogue } from "./catalogue.ts";
import { checkSource } from "./jobs/check-source.ts";
import { sendNewsletter } from "./jobs/send-newsletter.ts";
import { syncSubscribers } from "./jobs/sync-subscribers.ts";

export const handler = createWorker(catalogue, "newsletter", {
	check_source: checkSource,
	send_newsletter: sendNewsletter,
	sync_subscribers: syncSubscribers,
});
