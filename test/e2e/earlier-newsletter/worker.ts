/** Its worker. */
import { checkSource } from "../../../examples/newsletter/jobs/check-source.ts";
import { readSubscribers } from "../../../examples/newsletter/jobs/read-subscribers.ts";
import { createWorker } from "../../../lambdas/worker/create-worker.ts";
import { catalogue, sendLetter } from "./catalogue.ts";

export const handler = createWorker(catalogue, "newsletter", {
	check_source: checkSource,
	proofread_draft: async ({ text }) => ({ words: text.split(/\s+/).length }),
	send_letter: async ({ edition, subscriber: { email, name } }) => ({
		...{ to: email, subject: `Newsletter ${edition}`, text: `Dear ${name}, this is edition ${edition}.` },
	}),
	sync_subscribers: async ({ list, edition }, context) => {
		const subscribers = await readSubscribers(list, context);
		const letters = subscribers.map((subscriber) =>
			context.enqueue(sendLetter, { edition, subscriber }, { key: `${list}/${edition}/${subscriber.email}` }),
		);
		return { subscribers: subscribers.length, letters };
	},
});
