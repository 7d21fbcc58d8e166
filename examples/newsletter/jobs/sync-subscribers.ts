/** Has an edition sent to every subscriber of a list. */
import type { JobImplementation } from "../../../shared/job/index.ts";
import { type syncSubscribers as definition, sendNewsletter } from "./definitions.ts";
import { readSubscribers } from "./read-subscribers.ts";

export const syncSubscribers: JobImplementation<typeof definition> = async ({ list, edition }, context) => {
	const subscribers = await readSubscribers(list, context);
	context.progress({ status: "Enqueueing letters", step: 0, total: subscribers.length });
	const letters = subscribers.map((subscriber) =>
		// The key makes a subscriber get an edition once, however often the list is synchronised while the run is on record (a day).
		context.enqueue(sendNewsletter, { edition, subscriber }, { key: `${list}/${edition}/${subscriber.email}` }),
	);
	return { subscribers: subscribers.length, letters };
};
