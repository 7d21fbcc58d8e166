/** Reads the subscribers from the HTTP service at SUBSCRIBERS_URL. An answer of 5xx, or none, is tried again; one of 4xx is final. */
import * as z from "zod/mini";
import { type JobContext, JobError, type JobImplementation } from "../../../shared/job/index.ts";
import { type syncSubscribers as definition, sendNewsletter, subscriberSchema } from "./definitions.ts";

/** A run may enqueue at most a hundred others; a longer list comes in pages. */
const answerSchema = z.object({ subscribers: z.array(subscriberSchema).check(z.maxLength(100)) });

export const syncSubscribers: JobImplementation<typeof definition> = async ({ list, edition }, context) => {
	const { subscribers } = await fetchSubscribers(list, context);
	context.progress({ status: "Enqueueing letters", step: 0, total: subscribers.length });
	const letters = subscribers.map((subscriber) =>
		// The key makes a subscriber get an edition once, however often the list is synchronised while the run is on record (a day).
		context.enqueue(sendNewsletter, { edition, subscriber }, { key: `${list}/${edition}/${subscriber.email}` }),
	);
	return { subscribers: subscribers.length, letters };
};

async function fetchSubscribers(list: string, { signal }: JobContext): Promise<z.infer<typeof answerSchema>> {
	const url = new URL(sourceUrl());
	url.searchParams.set("list", list);
	const response = await fetch(url, { signal }).catch((cause: unknown) => {
		signal.throwIfAborted();
		throw new JobError("api", `${url.origin} does not answer`, { cause });
	});
	if (!response.ok) {
		await response.body?.cancel();
		throw new JobError("api", `${url.origin} answered ${response.status}`, { retryable: response.status >= 500 });
	}
	const answer = answerSchema.safeParse(await response.json().catch(() => undefined));
	if (answer.success) return answer.data;
	throw new JobError(
		"validation",
		`${url.origin} answered with something else than subscribers: ${z.prettifyError(answer.error)}`,
	);
}

function sourceUrl(): string {
	const url = process.env["SUBSCRIBERS_URL"];
	if (url !== undefined && URL.canParse(url)) return url;
	throw new JobError("configuration", `SUBSCRIBERS_URL must be a URL; got ${url ?? "nothing"}`);
}
