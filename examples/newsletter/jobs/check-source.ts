/** Reads a list as a newsletter would. When that fails after a release, its dead letter and alarm say so before a newsletter is due. */
import type { JobImplementation } from "../../../shared/job/index.ts";
import type { checkSource as definition } from "./definitions.ts";
import { readSubscribers } from "./read-subscribers.ts";

export const checkSource: JobImplementation<typeof definition> = async ({ list }, context) => ({
	subscribers: (await readSubscribers(list, context)).length,
});
