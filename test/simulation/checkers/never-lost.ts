/** INV-01: at every instant an accepted run is terminal, or some message will move it on. Looked at whenever a message goes, and in the end. */
import type { RunRecord } from "../../../shared/ports/job-store.ts";
import { queueClasses } from "../jobs.ts";
import { deadLettersOf, mainOf, type World } from "../world.ts";
import type { CheckerKind } from "./checker.ts";
import { poisonIn, type Subject, subjectOf } from "./message-subject.ts";

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

/** Why a message was sent on that stands for another one, which its run may have begun by. */
const waits = ["ticket", "line", "breaker", "debounced"];

/** By what it says of itself, whatever its own id: the message that the row waits for, or that its attempt began by. No stranger's is. */
function isItsOwn(row: RunRecord, { generation, body }: Subject, messageId: string): boolean {
	const { attempt, leg } = body as { readonly attempt?: number; readonly leg?: { readonly number: number } };
	if (generation !== row.generation) return false;
	if (row.state === "RETRY") return attempt === row.attempts + 1;
	if (row.state === "LEG") return attempt === row.attempts && (leg?.number ?? 1) === row.nextLeg;
	const standsFor = waits.map((name) => (body[name] as { readonly carrier?: string } | undefined)?.carrier);
	return [messageId, ...standsFor].includes(row.carrier);
}

export const neverLost: CheckerKind = {
	promise: "INV-01",
	create(world, broken) {
		const letters = new Set<string>();
		const accepted = new Set<string>();
		/** Runs by the row that they had when a message of their own went: whoever moves such a run on writes another one. */
		const passedBy = new Map<string, RunRecord>();
		/** Whether what lies in the dead-letter queue excuses that the run has not ended. */
		function isLeft(id: string): boolean {
			const row = world.row(id);
			return row !== undefined && row !== passedBy.get(id) && hasStrangersLetter(world, id);
		}
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
				const row = world.row(run.runId);
				if (row !== undefined && !seen.moved && isItsOwn(row, run, seen.messageId)) passedBy.set(row.id, row);
				const state = row?.state ?? "nowhere";
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
					if (!ended.includes(state) && !world.purged.has(runId) && !isLeft(runId))
						broken(runId, `${runId} was accepted and is ${state} in the end`);
				}
				for (const { id, state } of world.rows())
					if (!ended.includes(state) && !world.purged.has(id) && !isLeft(id))
						broken(id, `${id} is ${state} in the end`);
			},
		};
	},
};
