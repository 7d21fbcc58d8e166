/** INV-10: a terminal failure is in the dead-letter queue with reason, error, attempts and its own input, and a redrive begins it anew under its id. */
import type { RunRecord } from "../../../shared/ports/job-store.ts";
import type { CheckerKind } from "./checker.ts";
import { poisonIn, requestOf, type Subject, subjectOf } from "./message-subject.ts";
import { isCarried } from "./never-lost.ts";

interface Letter {
	readonly subject: Subject;
	readonly attributes: Readonly<Record<string, string>>;
}

/** Why runs fail, as opposed to messages. */
const reasonsOfRuns = ["attempts-exhausted", "final-error", "gave-up", "worker-lost", "time-limit-exceeded"];

export const deadLetters: CheckerKind = {
	promise: "INV-10",
	create(world, broken) {
		const lettersOf = new Map<string, Letter[]>();
		const failed = new Set<string>();
		const requestsOf = new Map<string, Set<string>>();
		const forgotten = new Set<string>();
		return {
			observe(seen) {
				if (seen.kind === "row" && seen.after.state === "FAILURE")
					failed.add(`${seen.after.id} ${seen.after.generation}`);
				if (poisonIn("body" in seen ? seen.body : "") !== undefined) return;
				if (seen.kind === "accepted" || seen.kind === "sent") {
					const subject = subjectOf(world, seen);
					if (subject === undefined) return;
					if (seen.kind === "sent" && seen.target.queue === "dead-letter")
						noteLetter({ subject, attributes: seen.attributes });
					else noteRequest(subject);
				}
				if (seen.kind === "forgotten") forgotten.add(seen.runId);
				if (seen.kind === "performing") {
					const { runId, inputJson, worker } = seen.performance;
					const request = requestOf(JSON.parse(inputJson)) ?? "none";
					if (requestsOf.get(runId)?.has(request) !== true && poisonIn(inputJson) === undefined)
						broken(runId, `${worker} performs ${runId} with the input ${request}, which nobody gave it`);
				}
				if (seen.kind === "removed" && seen.target.queue === "main") {
					const subject = subjectOf(world, seen);
					const row = subject === undefined ? undefined : world.row(subject.runId);
					if (row !== undefined && !world.purged.has(row.id) && !isCarried(world, row.id)) checkLetter(row);
				}
			},
			calm() {
				for (const row of world.rows()) if (!world.purged.has(row.id)) checkLetter(row);
			},
			mended() {
				for (const row of world.rows()) {
					if (row.state !== "FAILURE" || stillRefused(row) || world.purged.has(row.id)) continue;
					broken(
						row.id,
						`${row.id} was redriven with jobs that succeed and is FAILURE (${row.reason}) in generation ${row.generation}`,
					);
				}
			},
		};

		function noteLetter(letter: Letter): void {
			const { subject } = letter;
			const { request, runId } = subject;
			// It is no letter of the run whose id it could not have.
			if (letter.attributes["millrace-reason"] === "run-id-conflict") return;
			const reason = letter.attributes["millrace-reason"] ?? "";
			if (reasonsOfRuns.includes(reason) && !failed.has(`${runId} ${subject.generation - 1}`))
				broken(
					runId,
					`a dead letter says that ${runId} failed in generation ${subject.generation - 1} (${reason}), which it did not`,
				);
			// Whoever redrives it begins a generation, with its first attempt and all of its time.
			const left = ["attempt", "leg", "hops", "ticket", "line", "sentAt", "notBefore"].filter(
				(name) => name in subject.body,
			);
			if (reasonsOfRuns.includes(reason) && left.length > 0)
				broken(runId, `the dead letter of ${runId} keeps its ${left.join()}`);
			lettersOf.set(runId, [...(lettersOf.get(runId) ?? []), letter]);
			// A letter whose run is another's (its id was taken) names no run.
			if (subject.body["id"] !== undefined && request !== undefined && requestsOf.get(runId)?.has(request) !== true)
				broken(runId, `the dead letter of ${runId} has the input ${request}, which nobody gave it`);
		}

		function noteRequest({ runId, request, body }: Subject): void {
			// What the engine sends on is no wish of its own.
			const known = requestsOf.get(runId) ?? new Set();
			if (request !== undefined && body["generation"] === undefined && body["attempt"] === undefined)
				known.add(request);
			requestsOf.set(runId, known);
		}

		function checkLetter(row: RunRecord): void {
			if (row.state !== "FAILURE" || isPoisonous(row)) return;
			const place = `${row.id}, which failed in generation ${row.generation} (${row.reason}),`;
			const told = (lettersOf.get(row.id) ?? [])
				.filter(
					({ subject, attributes }) =>
						subject.generation === row.generation + 1 && attributes["millrace-reason"] !== undefined,
				)
				.map(({ attributes }) => {
					const { exc_type: excType } = JSON.parse(attributes["millrace-error"] ?? "{}") as { exc_type?: string };
					return `${attributes["millrace-reason"]}, ${attributes["millrace-attempts"]} attempts, ${excType}`;
				});
			const stored = `${row.reason}, ${row.attempts} attempts, ${row.error.excType}`;
			if (told.length === 0) broken(row.id, `${place} has no dead letter`);
			// Another one may be of its redrive, which was refused.
			else if (!told.includes(stored))
				broken(row.id, `${place} was recorded as ${stored}, and its dead letter says ${told[0]}`);
		}

		/** The row of a message that never was a run. */
		function isPoisonous({ id, generation }: RunRecord): boolean {
			return id.startsWith("poison") || (generation === 0 && (!requestsOf.has(id) || forgotten.has(id)));
		}

		/** What a stricter version refuses, and what came to the wrong queue, no redrive mends. */
		function stillRefused(row: RunRecord): boolean {
			const { numberMax } = world.versions[world.deployed ? 1 : 0];
			const isTooStrict = [...(requestsOf.get(row.id) ?? [])].some(
				(request) => Number(request.split("#")[1]) > numberMax,
			);
			return isPoisonous(row) || isTooStrict;
		}
	},
};
