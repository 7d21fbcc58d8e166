/** Reads the subscribers of a list from the HTTP service at SUBSCRIBERS_URL. */
import * as z from "zod/mini";
import { type JobContext, JobError } from "../../../shared/job/index.ts";
import { askService, serviceUrl } from "./ask-service.ts";
import { subscriberSchema } from "./definitions.ts";

/** A run may enqueue at most a hundred others; a longer list comes in pages. */
const answerSchema = z.object({ subscribers: z.array(subscriberSchema).check(z.maxLength(100)) });
type Subscribers = z.infer<typeof answerSchema>["subscribers"];

export async function readSubscribers(list: string, { signal }: JobContext): Promise<Subscribers> {
	const url = serviceUrl("SUBSCRIBERS_URL");
	url.searchParams.set("list", list);
	const response = await askService(url, { signal });
	const answer = answerSchema.safeParse(await response.json().catch(() => undefined));
	if (answer.success) return answer.data.subscribers;
	throw new JobError(
		"validation",
		`${url.origin} answered with something else than subscribers: ${z.prettifyError(answer.error)}`,
	);
}
