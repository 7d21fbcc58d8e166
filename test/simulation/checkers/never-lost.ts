/** INV-01: at every instant an accepted run is terminal, or some message will move it on. Looked at whenever a message goes, and in the end. */
import { queueClasses } from "../jobs.ts";
import { deadLettersOf, mainOf, type World } from "../world.ts";
import type { CheckerKind } from "./checker.ts";
import { poisonIn, subjectOf } from "./message-subject.ts";

const ended = ["SUCCESS", "FAILURE", "REVOKED", "SKIPPED"];

/** Whether a message that is about the run is left anywhere. */
export function isCarried(world: World, runId: string): boolean {
	const isAbout = (message: { readonly messageId: string; readonly body: string }): boolean =>
		subjectOf(world, message)?.runId === runId && poisonIn(message.body) === undefined;
	return (
		queues.some((target) => world.messages(target).some(isAbout)) ||
		[...world.scheduler.waiting.values()].some(({ name, body }) => isAbout({ messageId: name, body }))
	);
}
/**
 * Whether a letter of the run lies there that was refused and ended nothing: it had begun, its next message was lost with its worker, and
 * the one that SQS had moved away came back under another id, as anybody's might. An operator has the letter; the sweeper ends the run (`swept`).
 */
const hasStrangersLetter = (world: World, runId: string): boolean =>
	queueClasses.some((name) =>
		world
			.messages(deadLettersOf(name))
			.some(
				(letter) =>
					letter.attributes["millrace-reason"] !== undefined &&
					letter.attributes["millrace-attempts"] === "0" &&
					subjectOf(world, letter)?.runId === runId,
			),
	);
const queues = queueClasses.flatMap((name) => [mainOf(name), deadLettersOf(name)]);

export const neverLost: CheckerKind = {
	promise: "INV-01",
	create(world, broken) {
		const letters = new Set<string>();
		const accepted = new Set<string>();
		return {
			observe(seen) {
				if (seen.kind === "accepted" && poisonIn(seen.body) === undefined) {
					const run = subjectOf(world, seen);
					if (run !== undefined) accepted.add(run.runId);
				}
				if (seen.kind === "sent" && seen.target.queue === "dead-letter") {
					const mark = poisonIn(seen.body);
					if (mark !== undefined) letters.add(mark);
				}
				if (seen.kind !== "removed" || seen.target.queue !== "main" || seen.purged === true) return;
				const mark = poisonIn(seen.body);
				if (mark !== undefined) {
					if (!letters.has(mark))
						broken(seen.messageId, `${seen.messageId}, which nobody can read, is gone without a dead letter`);
					return;
				}
				const run = subjectOf(world, seen);
				if (run === undefined)
					return broken(seen.messageId, `${seen.messageId} was sent and can't be read: ${seen.body}`);
				const state = world.row(run.runId)?.state ?? "nowhere";
				if (!ended.includes(state) && !world.purged.has(run.runId) && !isCarried(world, run.runId))
					broken(run.runId, `${seen.messageId} is gone, ${run.runId} is ${state}, and nothing is left to move it on`);
			},
			swept() {
				for (const { id, state, expiresAt } of world.rows())
					if (!ended.includes(state) && expiresAt * 1_000 > world.clock.now())
						broken(id, `${id} is ${state}, and the sweeper leaves it so`);
			},
			calm() {
				for (const runId of accepted) {
					const state = world.row(runId)?.state ?? "nowhere";
					const isLeft = world.row(runId) !== undefined && hasStrangersLetter(world, runId);
					if (!ended.includes(state) && !world.purged.has(runId) && !isLeft)
						broken(runId, `${runId} was accepted and is ${state} in the end`);
				}
				for (const { id, state } of world.rows())
					if (!ended.includes(state) && !world.purged.has(id) && !hasStrangersLetter(world, id))
						broken(id, `${id} is ${state} in the end`);
			},
		};
	},
};
