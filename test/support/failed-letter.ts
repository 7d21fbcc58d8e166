/** Dead letters in a command line's world, as the engine writes them. */
import { deadLetterAttributes } from "../../shared/wire/dead-letter.ts";
import type { cliWorld } from "./cli-world.ts";

export interface Failure {
	readonly job?: string;
	readonly reason?: string;
	readonly type?: string;
	readonly message?: string;
	readonly traceback?: string;
	readonly attempts?: number;
	readonly input?: unknown;
	/** Further fields of the message. */
	readonly fields?: Readonly<Record<string, unknown>>;
}

/** Gives the letter's message id. */
export function addFailed(world: ReturnType<typeof cliWorld>, id: string, failure: Failure = {}): string {
	const { job = "send_invoice", reason = "attempts-exhausted", message = "Connection timeout" } = failure;
	const { type = "DatabaseError", traceback, attempts = 4, input = { invoice_id: 7 }, fields } = failure;
	return world.addLetter(JSON.stringify({ job, input, id, generation: 2, tenant: "acme", ...fields }), {
		[deadLetterAttributes.reason]: reason,
		[deadLetterAttributes.error]: JSON.stringify({ exc_type: type, exc_message: message, traceback }),
		[deadLetterAttributes.attempts]: String(attempts),
		[deadLetterAttributes.runId]: id,
		[deadLetterAttributes.job]: job,
		[deadLetterAttributes.failedAt]: "2026-11-20T08:30:00.000Z",
	});
}
