/** The example's mail: five queue classes feed one worker group under an exact cap, and rules choose the class. The mail service is the witness. */
import assert from "node:assert/strict";
import {
	campaignLetter,
	noticeAnswer,
	noticeSignup,
	reportOpens,
} from "../../examples/newsletter/jobs/mail-definitions.ts";
import type { EnqueueOptions } from "../../shared/client/client.ts";
import type { HttpTarget } from "./http-target.ts";
import { type Platform, waitFor } from "./platform.ts";
import type { Report } from "./report.ts";
import { allSucceeded } from "./runs.ts";

/** Of examples/newsletter/catalogue.ts. */
const CAP = 4;
/** Letters that perform together meet at the service. */
const LETTER_MS = 400;
const WAIT_SECONDS = 60;

const letter = { to: "ada@example.com", subject: "s", text: "t" };
type Letter = typeof letter & { readonly urgent?: boolean };

export async function checkMail({ check }: Report, { client, mappings, messagesLeft }: Platform, target: HttpTarget) {
	const classes = ["critical", "high", "default", "low", "bulk"];
	const waiting = async () =>
		Object.fromEntries(await Promise.all(classes.map(async (name) => [name, await messagesLeft(name)])));
	const empty = { critical: 0, high: 0, default: 0, low: 0, bulk: 0 };
	const untilEmpty = () =>
		waitFor("all letters are mailed", WAIT_SECONDS, async () => {
			const left = JSON.stringify(await waiting());
			return left === JSON.stringify(empty) || left;
		});
	const answer = (input: Letter, options: EnqueueOptions = {}) => client.enqueue(noticeAnswer, input, options);

	let sent: readonly string[] = [];
	await check(
		"letters wait in the classes that definition, rules, tier, content, priority and call choose",
		async () => {
			await untilEmpty();
			for (const name of classes) await mappings.pause(name);
			const runs = await Promise.all([
				client.enqueue(noticeSignup, letter),
				answer({ ...letter, urgent: true }),
				answer(letter, { tenant: "city-council" }),
				answer(letter, { tenant: "book-club" }),
				answer(letter, { priority: 7 }),
				answer(letter),
				answer(letter, { tenant: "somebody" }),
				client.enqueue(reportOpens, letter),
				answer(letter, { priority: 2 }),
				client.enqueue(campaignLetter, letter),
				answer(letter, { priority: 0 }),
				answer(letter, { queueClass: "bulk" }),
			]);
			sent = runs.map(({ id }) => id);
			assert.deepEqual(await waiting(), { critical: 3, high: 2, default: 2, low: 2, bulk: 3 });
			return undefined;
		},
	);
	await check(`each is performed from its own class, and never more than ${CAP} at once over all of them`, async () => {
		target.slowLetters(LETTER_MS);
		for (const name of classes) await mappings.resume(name);
		await allSucceeded({ client }, sent, WAIT_SECONDS);
		await untilEmpty();
		assert.equal(target.lettersAtOnce(), CAP);
		return undefined;
	});
}
