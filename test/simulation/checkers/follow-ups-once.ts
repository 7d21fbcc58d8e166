/** INV-04: what a success enqueued becomes a run, once, under an id that does not depend on which attempt enqueued it; what an attempt enqueued that did not succeed, never. */
import type { RunRecord } from "../../../shared/ports/job-store.ts";
import type { Performance } from "../history.ts";
import { isGiven } from "./cache-fresh.ts";
import type { CheckerKind } from "./checker.ts";
import { subjectOf } from "./message-subject.ts";
import { isCarried } from "./never-lost.ts";

/** How long the row of a success is kept, in which what it enqueued stands. */
const keptMs = 86_400_000;

export const followUpsOnce: CheckerKind = {
	promise: "INV-04",
	create(world, broken) {
		const performances = new Map<string, Performance>();
		/** By run, generation and place of the call. */
		const idsByPlace = new Map<string, string>();
		/** Runs that were enqueued, by which, and when that had ended. */
		const owed = new Map<string, { readonly by: string; readonly endedAt: number }>();
		const sent = new Set<string>();
		return {
			observe(seen) {
				if (seen.kind === "performing") performances.set(seen.performance.fence, seen.performance);
				// Nobody came to send for so long that nobody remembers what.
				if (seen.kind === "forgotten")
					for (const [id, { by }] of owed) if (by === seen.runId && !sent.has(id)) owed.delete(id);
				if (seen.kind === "forgotten")
					for (const place of idsByPlace.keys()) if (place.startsWith(`${seen.runId} `)) idsByPlace.delete(place);
				if (seen.kind === "performed") checkPlaces(seen.performance);
				if (seen.kind === "row" && seen.after.state === "SUCCESS" && !isGiven(seen.after)) {
					const performance = performances.get(seen.after.settledBy);
					const ids = seen.after.followUps.map(({ message }) => message.id);
					if (ids.join() !== performance?.enqueued.join())
						broken(
							seen.after.id,
							`${seen.after.id} enqueued ${performance?.enqueued.join() || "nothing"} and keeps ${ids.join() || "nothing"}`,
						);
					for (const id of ids) owed.set(id, { by: seen.after.id, endedAt: seen.after.endedAt });
				}
				if (seen.kind === "sent" && seen.target.queue === "main") {
					const subject = subjectOf(world, seen);
					const isFirst = subject?.request?.includes("+") === true && subject.body["generation"] === undefined;
					if (subject !== undefined && isFirst && !owed.has(subject.runId))
						broken(subject.runId, `${subject.runId} (${subject.request}) was sent and no success enqueued it`);
					if (subject !== undefined) sent.add(subject.runId);
				}
				if (seen.kind === "removed" && seen.target.queue === "main") {
					const subject = subjectOf(world, seen);
					const row = subject === undefined ? undefined : world.row(subject.runId);
					if (row?.state !== "SUCCESS" || world.purged.has(row.id) || isCarried(world, row.id)) return;
					const unsent = row.followUps.filter(({ message }) => !sent.has(message.id));
					if (unsent.length > 0)
						broken(
							row.id,
							`${row.id} succeeded, its last message is gone, and ${unsent.map(({ message }) => message.id).join()} was never sent`,
						);
				}
			},
			swept() {
				for (const [id, { by, endedAt }] of owed)
					if (world.row(id) === undefined && !world.purged.has(id) && !isTooLate(id, endedAt))
						broken(by, `${id} was enqueued by ${by}, and the sweeper did not send it again`);
			},
			calm() {
				for (const [id, { by }] of owed) checkOwed(id, by, world.row(id));
			},
		};

		/**
		 * Sweeps are half an hour apart; but a world that comes to rest waits for whatever is to come on a certain day, for weeks at once and without
		 * any. What was never sent then went with its row: the sweeper answers for what it can still read, as long as it runs.
		 */
		function isTooLate(id: string, endedAt: number): boolean {
			return !sent.has(id) && endedAt + keptMs <= world.clock.now();
		}

		function checkOwed(id: string, by: string, row: RunRecord | undefined): void {
			const isPurged = world.purged.has(id) || world.purged.has(by);
			if (row === undefined && !isPurged) broken(by, `${id} was enqueued by ${by}, a success, and never became a run`);
			// A deploy may refuse it; what the engine itself wrote, it can read.
			if (row?.state === "FAILURE" && row.reason.startsWith("input-reference"))
				broken(by, `${id} was enqueued by ${by}, a success, and is refused for ${row.reason}`);
		}

		function checkPlaces({ runId, generation, enqueued }: Performance): void {
			if (new Set(enqueued).size < enqueued.length)
				broken(runId, `${runId} enqueued two runs under one id: ${enqueued.join()}`);
			enqueued.forEach((id, nth) => {
				const place = `${runId} ${generation} ${nth}`;
				const known = idsByPlace.get(place);
				if (known !== undefined && known !== id && !id.startsWith("k-") && !known.startsWith("k-"))
					broken(runId, `${runId} enqueued its ${nth + 1}. run as ${known} in one attempt and as ${id} in another`);
				idsByPlace.set(place, id);
			});
		}
	},
};
