/**
 * INV-13, of time: an attempt is told to stop and settled before its function ends, and its time limits count from when it began, over all of
 * its legs. When that was, its row says; but not later than its implementation was first called.
 */
import type { RunRecord } from "../../../shared/ports/job-store.ts";
import type { Performance } from "../history.ts";
import type { CheckerKind } from "./checker.ts";

/** For the code to end by itself. */
const graceMs = 15_000;
/** A row's start and the first call, where nothing comes between them. */
const startMsMax = 1_000;

export const inTime: CheckerKind = {
	promise: "INV-13",
	create(world, broken) {
		const performances = new Map<string, Performance>();
		/** By run, generation and attempt: when its first leg was called, by the clock of its worker. */
		const calledAt = new Map<string, number>();
		const settled = new Set<string>();
		/** Workers that a job kept from doing anything else for a while. */
		const computing = new Set<string>();
		/** Begun since nothing goes wrong any more. */
		const undisturbed: Performance[] = [];
		return {
			observe(seen) {
				if (seen.kind === "note" && seen.what === "computes") computing.add(seen.about);
				if (seen.kind === "forgotten")
					for (const place of calledAt.keys()) if (place.startsWith(`${seen.runId} `)) calledAt.delete(place);
				if (seen.kind === "performing") {
					performances.set(seen.performance.fence, seen.performance);
					checkStart(seen.performance);
					if (!world.faults) undisturbed.push(seen.performance);
				}
				if (seen.kind !== "row" || !("settledBy" in seen.after)) return;
				settled.add(seen.after.settledBy);
				const performance = performances.get(seen.after.settledBy);
				// Whoever refuses a message of a run that has failed notes that in its row.
				if (seen.before?.state !== "FAILURE") checkCutShort(seen.after, performance);
				if (performance !== undefined && !computing.has(performance.worker))
					checkHardLimit(performance, seen.after.endedAt);
				const isLate = "error" in seen.after && seen.after.error.excType === "attempt-deadline";
				if (isLate && performance?.told === false)
					broken(seen.after.id, `${seen.after.id} was ended by ${performance.worker} without being told to stop`);
			},
			calm() {
				for (const { fence, runId, worker } of undisturbed)
					if (!settled.has(fence))
						broken(runId, `${runId} was performed by ${worker}, to which nothing happened, and not settled by it`);
			},
		};

		/**
		 * What a further leg is told, the first one's worker said, by its own clock. Of an attempt that waits for its slot its row tells when that
		 * comes, as far as its worker knows then: a limiter may teach it meanwhile that its clock is further behind.
		 */
		function checkStart(performance: Performance): void {
			const { runId, leg, from, skewMs, startedAt, worker, definition } = performance;
			const lateMsMax = startMsMax + (definition.rateLimit === undefined ? 0 : world.settings.skewMsMax * 2);
			const place = placeOf(performance);
			if (leg === 1 && !calledAt.has(place)) calledAt.set(place, from + skewMs);
			const lateMs = startedAt - (calledAt.get(place) ?? Infinity);
			if (lateMs > lateMsMax)
				broken(runId, `${worker} performs leg ${leg} of ${runId}, which began ${lateMs} ms before its row says`);
		}

		/** Waiting for its turn is none of an attempt's time: where nothing else can come between the two, it begins when it is first called. */
		function checkCutShort(row: RunRecord, performance: Performance | undefined): void {
			const { hooks, blocking, groupMax } = world.features;
			const { rateLimit } = world.versions[0].catalogue.findJob(row.job) ?? {};
			if (rateLimit === undefined || hooks || blocking || groupMax > 0) return;
			if (row.state !== "FAILURE" || row.reason !== "time-limit-exceeded") return;
			const hardSeconds = performance?.definition.timeLimits?.hardSeconds ?? Infinity;
			const hadMs = performance === undefined ? 0 : row.endedAt - performance.from - performance.skewMs;
			if (hadMs < hardSeconds * 1_000) broken(row.id, `${row.id} is ended by its hard time limit after ${hadMs} ms`);
		}

		/**
		 * By the clock of its worker; a leg that begins after the limit ends at once. What has returned has ended, however long it takes to put its
		 * result away: a call that is frozen outlasts any limit.
		 */
		function checkHardLimit(performance: Performance, settledAt: number): void {
			const { definition, startedAt, from, until = Infinity, skewMs, runId, worker } = performance;
			const endedAt = Math.min(settledAt, until + skewMs);
			const hardSeconds = definition.timeLimits?.hardSeconds;
			if (hardSeconds === undefined) return;
			const called = calledAt.get(placeOf(performance)) ?? startedAt;
			// The row of a run that waited for its turn tells of the first one, and it may have begun at a later. Else it tells when the attempt began:
			// what comes between that and its first call, a hook say, is of its time.
			const begun = definition.rateLimit === undefined ? Math.min(startedAt, called + startMsMax) : called;
			const limit = Math.max(begun + hardSeconds * 1_000, from + skewMs) + graceMs;
			if (endedAt > limit) broken(runId, `${worker} ends ${runId} ${endedAt - limit} ms after its hard time limit`);
		}
	},
};

const placeOf = ({ runId, generation, attempt }: Performance): string => `${runId} ${generation} ${attempt}`;
