/** The example app: idempotency, retry, dead letters and redrive, with the outside service that its job calls as the witness. */
import assert from "node:assert/strict";
import { deadLetterAttributes } from "../../shared/wire/dead-letter.ts";
import type { HttpTarget } from "./http-target.ts";
import { type Platform, waitFor } from "./platform.ts";
import type { Report } from "./report.ts";
import { allSucceeded, failed, succeeded, textsIn, WAIT_SECONDS } from "./runs.ts";

const KEYED_LIST = "keyed";
/** Above the group's timeout of 30 s, its lease and its queue's visibility. */
const LEASE_WAIT_SECONDS = 120;

export const syncMessage = (list: string): Readonly<Record<string, unknown>> => ({
	job: "sync_subscribers",
	id: `e2e-${list}`,
	input: { list, edition: 1 },
});

export async function checkNewsletter({ check }: Report, platform: Platform, target: HttpTarget): Promise<void> {
	const send = (list: string) => platform.send("letters", syncMessage(list));

	await check("one key is sent ten times", async () => {
		const message = { job: "sync_subscribers", key: "monday", input: { list: KEYED_LIST, edition: 1 } };
		await platform.sendBatch(
			"letters",
			Array.from({ length: 10 }, () => message),
		);
		await waitFor(
			"the service is called",
			WAIT_SECONDS,
			async () => target.callsFor(KEYED_LIST).length > 0 || "no call",
		);
		return "looked at again below, when the duplicates have all been received";
	});

	await check("an answer of 503 is retried: attempt 2 succeeds and its follow-ups are performed", async () => {
		target.answer("flaky", 503, 200);
		await send("flaky");
		const { view, result } = await succeeded(platform, "e2e-flaky");
		assert.equal(view.attempts, 2);
		assert.equal(target.callsFor("flaky").length, 2);
		const views = await allSucceeded(platform, textsIn(result, "letters"), WAIT_SECONDS);
		assert.equal(views.length, 2);
		return undefined;
	});

	await check("503 for ever is a dead letter after the policy's three attempts", async () => {
		target.answer("down", 503);
		await send("down");
		const view = await failed(platform, "e2e-down");
		assert.deepEqual({ reason: view.reason, attempts: view.attempts }, { reason: "attempts-exhausted", attempts: 3 });
		assert.equal(target.callsFor("down").length, 3);
		const [letter] = await platform.takeDeadLetters("letters", 1, WAIT_SECONDS);
		assert.equal(letter?.attributes[deadLetterAttributes.reason], "attempts-exhausted");
		assert.equal(letter?.attributes[deadLetterAttributes.attempts], "3");
		return undefined;
	});

	await check("an answer of 404 is not retried, and its dead letter says everything", async () => {
		target.answer("gone", 404);
		await send("gone");
		const view = await failed(platform, "e2e-gone");
		assert.deepEqual({ reason: view.reason, attempts: view.attempts }, { reason: "final-error", attempts: 1 });
		assert.equal(target.callsFor("gone").length, 1);
		let letter = (await platform.peekDeadLetters("letters"))[0];
		await waitFor("its dead letter", WAIT_SECONDS, async () => {
			letter = (await platform.peekDeadLetters("letters"))[0];
			return letter !== undefined || "none came";
		});
		const {
			[deadLetterAttributes.failedAt]: failedAt = "",
			[deadLetterAttributes.error]: error = "",
			...rest
		} = letter?.attributes ?? {};
		assert.deepEqual(rest, {
			"millrace-reason": "final-error",
			"millrace-attempts": "1",
			"millrace-run-id": "e2e-gone",
			"millrace-job": "sync_subscribers",
		});
		assert.match(failedAt, /^\d{4}-\d\d-\d\dT/);
		assert.match(JSON.parse(error).exc_message, /answered 404/);
		const body = JSON.parse(letter?.body ?? "{}");
		assert.deepEqual(
			{ id: body.id, input: body.input, generation: body.generation },
			{
				id: "e2e-gone",
				input: { list: "gone", edition: 1 },
				generation: 2,
			},
		);
		return undefined;
	});

	await check("redriven as AWS does it, the same run succeeds in a fresh generation", async () => {
		target.answer("gone", 200);
		assert.equal(await platform.moveDeadLettersBack("letters"), 1);
		await waitFor("the run succeeds", WAIT_SECONDS, async () => {
			const view = await platform.client.status("e2e-gone");
			return view.state === "SUCCESS" || JSON.stringify(view);
		});
		const { view } = await succeeded(platform, "e2e-gone");
		assert.deepEqual({ generation: view.generation, attempts: view.attempts }, { generation: 2, attempts: 1 });
		assert.equal(target.callsFor("gone").length, 2);
		return undefined;
	});
}

/** To be called last: duplicates that came while the run was performing come back when its lease is over. */
export async function checkQueueEmpties({ check }: Report, platform: Platform, target: HttpTarget): Promise<void> {
	await check("the queue empties, and what was sent ten times with one key was performed once", async () => {
		await waitFor("the queue is empty", LEASE_WAIT_SECONDS, async () => {
			const left = await platform.messagesLeft("letters");
			return left === 0 || `${left} left`;
		});
		assert.equal(target.callsFor(KEYED_LIST).length, 1);
		assert.deepEqual(await platform.peekDeadLetters("letters"), []);
		return undefined;
	});
}
