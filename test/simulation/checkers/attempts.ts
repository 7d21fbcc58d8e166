/**
 * INV-06: no more attempts than the policy's and, where each could be retried, no fewer; a crash counts as one, a deferral as none. What is left of an
 * earlier generation begins none in a later one.
 */
import type { RetryPolicy } from "../../../shared/job/index.ts";
import type { RunRecord } from "../../../shared/ports/job-store.ts";
import type { Performance } from "../history.ts";
import { renamedJob } from "../jobs.ts";
import type { CheckerKind } from "./checker.ts";
import { subjectOf } from "./message-subject.ts";

export const attempts: CheckerKind = {
	promise: "INV-06",
	create(world, broken) {
		const performances = new Map<string, Performance>();
		const begun = new Set<string>();
		const forgotten = new Set<string>();
		/** By message to a main queue, the generation of the run that it says. */
		const toldOf = new Map<string, number>();
		/** The policies of all versions: which one's worker takes an attempt is a matter of chance. */
		const policiesOf = (job: string): readonly RetryPolicy[] =>
			world.versions.flatMap(({ catalogue }) => {
				const found = catalogue.findJob(job === renamedJob.after ? renamedJob.before : job);
				return found === undefined ? [] : [found.retry];
			});
		const isDebounced = (job: string): boolean =>
			world.versions.some(({ catalogue }) => catalogue.findJob(job)?.debounce !== undefined);
		const retriesMaxOf = (job: string): readonly number[] => policiesOf(job).map(({ retriesMax }) => retriesMax);
		const lostAreRetried = (job: string): boolean =>
			policiesOf(job).every(({ neverOn }) => !neverOn.includes("worker-lost"));

		return {
			observe(seen) {
				if (seen.kind === "forgotten") {
					forgotten.add(seen.runId);
					for (const place of begun) if (place.includes(` of ${seen.runId} in `)) begun.delete(place);
				}
				if (seen.kind === "sent" && seen.target.queue === "main")
					toldOf.set(seen.messageId, subjectOf(world, seen)?.generation ?? 1);
				if (seen.kind === "performing") checkPerformance(seen.performance);
				if (seen.kind === "row") checkRow(seen.before, seen.after);
			},
		};

		function checkPerformance(performance: Performance): void {
			const { runId, generation, attempt, leg, job, fence, worker } = performance;
			performances.set(fence, performance);
			const place = `leg ${leg} of attempt ${attempt} of ${runId} in generation ${generation}`;
			if (begun.has(place)) broken(runId, `${worker} performs ${place}, which was performed before`);
			begun.add(place);
			const attemptsMax = Math.max(...retriesMaxOf(job)) + 1;
			if (attempt > attemptsMax) broken(runId, `${worker} performs ${place}; the policy allows ${attemptsMax}`);
		}

		function checkRow(before: RunRecord | undefined, after: RunRecord): void {
			const place = `${after.id} in generation ${after.generation}`;
			const isBeat = before !== undefined && "fence" in before && "fence" in after && before.fence === after.fence;
			if ("fence" in after && !isBeat) {
				// A leg goes on with its attempt, as does one that was given back before it began.
				const counted = before?.state === "LEG" ? 0 : 1;
				const expected = after.generation === before?.generation ? before.attempts + counted : 1;
				// The message of a retry may outlive its run's row: then its number is all that is known.
				const isOrphan = before === undefined && forgotten.has(after.id);
				if (after.attempts !== expected && !isOrphan)
					broken(
						after.id,
						`${place} began attempt ${after.attempts}, after ${before?.state ?? "nothing"} with ${before?.attempts ?? 0} attempts`,
					);
				// Whose message begins a generation may have said less of it, and goes on with it when it comes again.
				if (after.generation !== before?.generation) toldOf.set(after.carrier, after.generation);
				// Of a debounced job's run the carrier is the message that it first came with, whoever brings it now.
				const told = (isDebounced(after.job) ? undefined : toldOf.get(after.carrier)) ?? after.generation;
				if (told < after.generation)
					broken(after.id, `${place} goes on with ${after.carrier}, a message of generation ${told}`);
				const isRetried = after.generation === before?.generation && "fence" in before;
				if (isRetried && policiesOf(after.job).every(({ neverOn }) => neverOn.includes("worker-lost")))
					broken(
						after.id,
						`${place} began attempt ${after.attempts} after a lost worker, which its policy never retries`,
					);
			}
			if (!("settledBy" in after)) return;
			const settledBy = performances.get(after.settledBy);
			if (after.state === "RETRY" && settledBy !== undefined && after.attempts >= settledBy.policy.retriesMax + 1)
				broken(
					after.id,
					`${place} retries after attempt ${after.attempts}; the policy allows ${settledBy.policy.retriesMax} retries`,
				);
			if (after.state !== "FAILURE") return;
			const attemptsMin = Math.min(...retriesMaxOf(after.job)) + 1;
			const exhausted =
				after.reason === "attempts-exhausted" || (after.reason === "worker-lost" && lostAreRetried(after.job));
			const allowed = settledBy === undefined ? attemptsMin : settledBy.policy.retriesMax + 1;
			if (exhausted && after.attempts < allowed)
				broken(after.id, `${place} failed for want of attempts after ${after.attempts} of ${allowed}`);
		}
	},
};
