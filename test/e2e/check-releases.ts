/**
 * The example app from release to release: each release's own job (`onDeploy`) runs once, a release whose job can't be enqueued is refused and taken
 * back, and what lies in the queues under names that the next one has no more is performed, or kept, and never deleted.
 */
import assert from "node:assert/strict";
import type { Cdk, DeployedApp } from "./cdk.ts";
import { syncMessage } from "./check-newsletter.ts";
import type { Call, HttpTarget } from "./http-target.ts";
import { type Platform, waitFor } from "./platform.ts";
import type { Report } from "./report.ts";
import { succeeded, WAIT_SECONDS } from "./runs.ts";

/** What the deploy hook is refused while its queue is closed, as the emulator and as its CloudFormation say it. */
export const expectedRefusal =
	/DeployHook\S* is not authorized to perform: sqs:SendMessage on (resource: )?\S*letters/i;

/** The list that each release's job reads. */
const CHECKED_LIST = "check";
const renamed = {
	...{ job: "send_letter", id: "e2e-left-renamed" },
	input: { edition: 1, subscriber: { email: "ada@example.com", name: "Ada" } },
};
const removed = { job: "proofread_draft", id: "e2e-left-removed", input: { text: "Dear all" } };

const pathsOf = (calls: readonly Call[]): readonly string[] => calls.map(({ path }) => path);

export async function checkReleaseJob({ check }: Report, target: HttpTarget): Promise<void> {
	await check("a deployed release has its job run", async () => {
		await waitFor("the source is checked", WAIT_SECONDS, async () => {
			return target.callsFor(CHECKED_LIST).length > 0 || "it was not";
		});
		assert.deepEqual(pathsOf(target.callsFor(CHECKED_LIST)), ["/v1"]);
		return undefined;
	});
}

export async function checkRefusedRelease(
	{ essential }: Report,
	{
		cdk,
		platform,
		target,
		next,
	}: {
		readonly cdk: Cdk;
		readonly platform: Platform;
		readonly target: HttpTarget;
		readonly next: DeployedApp;
	},
): Promise<void> {
	await essential(
		"a release whose job can't be enqueued is refused, told why, and the one before works on",
		async () => {
			const open = await platform.closeQueue("letters");
			await assert.rejects(cdk.deploy(next), /The job of this deployment could not be enqueued: /);
			await open();
			await platform.send("letters", syncMessage("taken-back"));
			await succeeded(platform, "e2e-taken-back");
			assert.deepEqual(pathsOf(target.callsFor("taken-back")), ["/v2"]);
		},
	);
}

/** To be called before the class's queue goes. Its mapping was paused. */
export async function leaveBehind(platform: Platform): Promise<void> {
	await platform.sendBatch("drafts", [renamed, removed]);
}

export async function checkRemoved({ check }: Report, before: Platform, after: Platform): Promise<void> {
	await check("a queue class that was removed has left its queue with all that was in it", async () => {
		assert.deepEqual(Object.keys(after.address.queues), ["letters", "critical", "high", "default", "low", "bulk"]);
		assert.equal(await before.messagesLeft("drafts"), 2);
		assert.equal(await before.moveMessages("drafts", "letters"), 2);
		return undefined;
	});
	await check(
		"moved to another class, a renamed job's message is performed, a removed one's is a dead letter",
		async () => {
			const { view } = await succeeded(after, renamed.id);
			assert.equal(view.job, "send_newsletter");
			const [letter] = await after.takeDeadLetters("letters", 1, WAIT_SECONDS);
			assert.equal(letter?.attributes["millrace-reason"], "unknown-job");
			assert.deepEqual(JSON.parse(letter?.body ?? ""), removed);
			return undefined;
		},
	);
}

/** To be called last. */
export async function checkReleaseJobs({ check }: Report, target: HttpTarget): Promise<void> {
	await check("each release had its job run once: not for another URL, nor when it was refused", async () => {
		assert.deepEqual(pathsOf(target.callsFor(CHECKED_LIST)), ["/v1", "/v3"]);
		return undefined;
	});
}
