/** Messages that no retry can mend, each with the reason that its dead letter must carry. */
import { randomUUID } from "node:crypto";

export interface BadMessage {
	readonly name: string;
	readonly body: string;
	readonly reason: string;
}

/** `takenId` is the id of a run of another job. */
export function badMessages(takenId: string): readonly BadMessage[] {
	const input = { pipeline_id: 1, pipeline_execution_id: 1 };
	const json = (body: unknown): string => JSON.stringify(body);
	return [
		{ name: "not JSON", body: `hello ${randomUUID()}`, reason: "message-not-json" },
		{ name: "no object", body: json([1, 2, 3]), reason: "message-not-an-object" },
		{ name: "unknown job", body: json({ job: "detect_anomalys_task", input }), reason: "unknown-job" },
		{
			name: "unknown field",
			body: json({ job: "detect_anomalies_task", input, retries: 3 }),
			reason: "message-unknown-field",
		},
		{
			name: "wrong type",
			body: json({ job: "detect_anomalies_task", input: { pipeline_id: "one", pipeline_execution_id: 1 } }),
			reason: "invalid-input",
		},
		{
			name: "missing field",
			body: json({ job: "detect_anomalies_task", input: { pipeline_id: 1 } }),
			reason: "invalid-input",
		},
		{
			name: "job of another queue class",
			body: json({ job: "address_lineage_closure_rebuild_task", input: {} }),
			reason: "wrong-queue-class",
		},
		{
			name: "nested 10,000 deep",
			body: `{"job":"detect_anomalies_task","input":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
			reason: "message-too-deep",
		},
		{
			name: "__proto__ key",
			body: '{"job":"detect_anomalies_task","input":{"pipeline_id":1,"pipeline_execution_id":1,"__proto__":{"a":1}}}',
			reason: "message-forbidden-key",
		},
		{
			name: "lone surrogate",
			body: '{"job":"detect_anomalies_task","input":{"pipeline_id":1,"pipeline_execution_id":1},"tenant":"\\ud800"}',
			reason: "message-ill-formed-text",
		},
		{
			name: "expired when sent",
			body: json({ job: "detect_anomalies_task", input, expiresAt: "2020-01-01T00:00:00Z" }),
			reason: "already-expired",
		},
		{
			name: "id of a run of another job",
			body: json({ job: "detect_anomalies_task", input, id: takenId }),
			reason: "run-id-conflict",
		},
		{ name: "1 MiB", body: oneMebibyte(), reason: "invalid-input" },
	];
}

/** As large as SQS takes: with the attributes of a dead letter it no longer fits, so its body must move to the bucket. */
function oneMebibyte(): string {
	const [head, tail] = ['{"job":"detect_anomalies_task","input":{"padding":"', '"}}'];
	return head + "x".repeat(1_048_576 - head.length - tail.length) + tail;
}
