/** Messages to the project's own jobs, as any service sends them: good ones are performed, bad ones are dead letters with their reason. */
import assert from "node:assert/strict";
import { deadLetterAttributes, movedBodySchema } from "../../shared/wire/dead-letter.ts";
import { badMessages } from "./bad-messages.ts";
import { type Platform, waitFor } from "./platform.ts";
import type { Report } from "./report.ts";
import { allSucceeded, succeeded, WAIT_SECONDS } from "./runs.ts";

const RECORD_ID = "e2e-record-1";
/** Beside each nine bad messages travels a good one. */
const BAD_PER_BATCH = 9;

export async function checkMessages({ check }: Report, platform: Platform): Promise<void> {
	await check("a recorded execution has its anomaly check enqueued and performed", async () => {
		await platform.send("observability", { id: RECORD_ID, ...recordMessage(1) });
		const { result } = await succeeded(platform, RECORD_ID);
		assert.equal(result["pipeline_execution_id"], 1);
		await succeeded(platform, String(result["anomaly_check"]));
		return undefined;
	});

	await check("the smallest message is performed, under its SQS message id", async () => {
		const body = '{"job":"detect_anomalies_task","input":{"pipeline_id":1,"pipeline_execution_id":1}}';
		const { view, result } = await succeeded(platform, await platform.send("observability", body));
		assert.equal(view.attempts, 1);
		assert.deepEqual(
			{ pipeline: result["pipeline_id"], execution: result["pipeline_execution_id"], anomalies: result["anomalies"] },
			{ pipeline: 1, execution: 1, anomalies: [] },
		);
		return undefined;
	});

	await check("each bad message is a dead letter with its reason, its batch unharmed, nothing retried", async () => {
		const bad = badMessages(RECORD_ID);
		const whole = bad.filter(({ body }) => body.length > 100_000);
		const small = bad.filter((message) => !whole.includes(message));
		const names = new Map<string, string>();
		const good: string[] = [];
		for (let from = 0; from < small.length; from += BAD_PER_BATCH) {
			const batch = small.slice(from, from + BAD_PER_BATCH);
			const neighbour = { job: "detect_anomalies_task", input: { pipeline_id: 1, pipeline_execution_id: 1 } };
			const ids = await platform.sendBatch("observability", [...batch.map(({ body }) => body), neighbour]);
			for (const [index, { name }] of batch.entries()) names.set(ids[index] ?? "", name);
			good.push(ids.at(-1) ?? "");
		}
		for (const { name, body } of whole) names.set(await platform.send("observability", body), name);
		names.set(RECORD_ID, "id of a run of another job");

		const letters = await platform.takeDeadLetters("observability", bad.length, WAIT_SECONDS);
		const reasons = letters.map(({ attributes }) => [
			names.get(attributes[deadLetterAttributes.runId] ?? "") ?? JSON.stringify(attributes),
			attributes[deadLetterAttributes.reason],
		]);
		assert.deepEqual(Object.fromEntries(reasons), Object.fromEntries(bad.map(({ name, reason }) => [name, reason])));
		for (const { attributes } of letters) assert.equal(attributes[deadLetterAttributes.attempts], "0");
		await allSucceeded(platform, good, WAIT_SECONDS);
		assert.equal((await platform.client.status(RECORD_ID)).state, "SUCCESS", "the run whose id was taken is unharmed");

		const moved = letters.map(({ body }) => body).filter((body) => body.includes("moved-body"));
		assert.equal(moved.length, 1);
		const { key, bytes } = movedBodySchema.parse(JSON.parse(moved[0] ?? ""));
		assert.equal(await platform.blobBytes(key), bytes);
		return `${bad.length} kinds`;
	});

	await check("a message for tomorrow leaves the queue for a schedule, which the worker's role may make", async () => {
		const notBefore = new Date(Date.now() + 86_400_000).toISOString();
		const input = { pipeline_id: 1, pipeline_execution_id: 1 };
		await platform.send("observability", { job: "detect_anomalies_task", id: "e2e-tomorrow", input, notBefore });
		// Refused, it would wait in the queue for 15 minutes and ask again.
		await waitFor("its schedule is made", WAIT_SECONDS, async () => {
			const wait = await platform.client.waits.of("e2e-tomorrow");
			return (wait !== undefined && wait.queue === "observability") || JSON.stringify(wait ?? "none");
		});
		assert.equal((await platform.client.status("e2e-tomorrow")).state, "PENDING");
		return undefined;
	});
}

/** A finished execution of a small pipeline. */
function recordMessage(execution: number): Readonly<Record<string, unknown>> {
	return {
		job: "pipeline_execution_record_task",
		input: {
			pipeline_id: 1,
			pipeline_execution_id: execution,
			started_at: "2026-11-20T09:00:00Z",
			ended_at: "2026-11-20T09:01:00Z",
			status: "success",
			metrics: { rows: 1000 },
		},
	};
}
