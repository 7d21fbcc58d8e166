/**
 * Reads what a handler returned for a batch, as Lambda does for a mapping with ReportBatchItemFailures: nothing, or an empty list of
 * failures, means all went well; failures that can't be read, or name no message of the batch, mean none did.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html (2026-11-20)
 */
export type BatchVerdict =
	| { readonly kind: "failed"; readonly messageIds: ReadonlySet<string> }
	| { readonly kind: "unreadable"; readonly why: string };

const NONE: BatchVerdict = { kind: "failed", messageIds: new Set() };

const unreadable = (why: string): BatchVerdict => ({ kind: "unreadable", why });

export function readBatchResponse(response: unknown, sent: ReadonlySet<string>): BatchVerdict {
	if (response === null || response === undefined) return NONE;
	if (typeof response !== "object" || Array.isArray(response))
		return unreadable(`the handler returned ${JSON.stringify(response)}, not {"batchItemFailures": [...]}`);
	const failures: unknown = Reflect.get(response, "batchItemFailures");
	if (failures === undefined || failures === null) return NONE;
	if (!Array.isArray(failures)) return unreadable("batchItemFailures is not a list");
	const messageIds = new Set<string>();
	for (const failure of failures) {
		const identifier: unknown = typeof failure === "object" && failure !== null ? failure.itemIdentifier : undefined;
		if (typeof identifier !== "string" || identifier === "")
			return unreadable(`batchItemFailures has an entry without an itemIdentifier: ${JSON.stringify(failure)}`);
		if (!sent.has(identifier)) return unreadable(`batchItemFailures names ${identifier}, which is not in the batch`);
		messageIds.add(identifier);
	}
	return { kind: "failed", messageIds };
}
