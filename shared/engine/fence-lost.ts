/** What a worker meets that another one has taken its run from: the message is kept, it may carry the run for whoever holds it now. */
import { MillraceError } from "../kernel/errors.ts";
import type { PerformingRun } from "../ports/job-store.ts";

/** @param when `before it settled`. */
export const fenceLost = ({ id, attempts }: PerformingRun, when: string): MillraceError =>
	new MillraceError("fence-lost", `Attempt ${attempts} of ${id} was taken over by another worker ${when}.`);
