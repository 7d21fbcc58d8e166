/**
 * Which SQS message carries a run: the one at hand, or the one that it stands for because its run had to wait for a limit. That one may have
 * been delivered twice and have begun the run; were its copy a stranger, nobody would repeat the follow-ups (INV-01). Pure.
 */

/** @param fields of a message, as far as they can be read. */
export function carrierOf(fields: Readonly<Record<string, unknown>> | undefined, messageId: string): string {
	for (const wait of [fields?.["ticket"], fields?.["line"]]) {
		const carrier: unknown = typeof wait === "object" && wait !== null && "carrier" in wait ? wait.carrier : undefined;
		if (typeof carrier === "string") return carrier;
	}
	return messageId;
}
