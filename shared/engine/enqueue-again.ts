/**
 * Whether a message that was sent before can be sent again, as far as can be told without a worker: what is certain to be refused would only
 * come back. Leaves to the workers: inputs (their schemas may be newer), and how the run stands. Pure.
 */
import { MillraceError } from "../kernel/errors.ts";
import type { EpochMs } from "../kernel/time.ts";
import { admit } from "./admit.ts";
import { findJob, type JobDirectory } from "./enqueue.ts";
import { parseMessage, type Refusal } from "./parse-message.ts";

/** @throws MillraceError `unknown-job`, and whatever a worker refuses a message for that it can't read */
export function checkAgain(catalogue: JobDirectory, body: string, now: EpochMs): void {
	const parsed = parseMessage(body);
	if (parsed.refused) throw refusedAgain(parsed.refusal);
	const { job, notBefore } = parsed.message;
	findJob(catalogue, job);
	const admission = admit({ job, notBefore }, now, now);
	if (admission.verdict === "refuse") throw refusedAgain(admission.refusal);
}

const refusedAgain = ({ reason, message }: Refusal): MillraceError =>
	new MillraceError(
		reason,
		`It would be refused again, so send a sound message in its place and purge the letter; where what is deployed is newer and can read it, redrive from those sources. ${message}`,
	);
