/**
 * Result cache: a run that is given an earlier result is given that of a run with the same input and tenant, which succeeded within the cache's
 * period; and nothing from before an invalidation is given to a run whose message was handed out when that had been answered: to the worker that
 * ends the run so, whose request may be slow and land when the message has long been handed to another.
 */
import type { RunRecord } from "../../../shared/ports/job-store.ts";
import type { Performance } from "../history.ts";
import { cacheSeconds } from "../jobs.ts";
import type { CheckerKind } from "./checker.ts";
import { poisonIn, type Subject, subjectOf } from "./message-subject.ts";

interface Invalidation {
	readonly n: number;
	readonly askedAt: number;
	readonly answeredAt: number;
}

export const cacheFresh: CheckerKind = {
	promise: "cache",
	create(world, broken) {
		const performances = new Map<string, Performance>();
		const successes = new Map<string, Extract<RunRecord, { state: "SUCCESS" }>>();
		/** When each worker was handed its messages. */
		const handedAt = new Map<string, number>();
		/** Which worker asked for an end, by the end's `settledBy`. */
		const endedBy = new Map<string, string>();
		const subjects = new Map<string, Subject>();
		const asked = new Map<string, number>();
		const invalidations: Invalidation[] = [];
		return {
			observe(seen) {
				if (!world.features.cache) return;
				if (seen.kind === "invalidating") asked.set(seen.call, seen.at);
				if (seen.kind === "invalidated")
					invalidations.push({ n: seen.n, askedAt: asked.get(seen.call) ?? seen.at, answeredAt: seen.at });
				if (seen.kind === "sent" && poisonIn(seen.body) === undefined) {
					const subject = subjectOf(world, seen);
					if (subject !== undefined) subjects.set(subject.runId, subject);
				}
				if (seen.kind === "performing") performances.set(seen.performance.fence, seen.performance);
				if (seen.kind === "handed out") handedAt.set(seen.worker, seen.at);
				if (seen.kind === "ending") endedBy.set(seen.settledBy, seen.worker);
				if (seen.kind !== "row" || seen.after.state !== "SUCCESS") return;
				const { after } = seen;
				if (after.cachedFrom !== undefined && !("settledBy" in (seen.before ?? {}))) checkHit(after, after.cachedFrom);
				else successes.set(after.id, after);
			},
		};

		function checkHit(given: Extract<RunRecord, { state: "SUCCESS" }>, from: string): void {
			const source = successes.get(from);
			const performance = source === undefined ? undefined : performances.get(source.settledBy);
			const subject = subjects.get(given.id);
			if (source === undefined || performance === undefined || subject === undefined) {
				broken(given.id, `${given.id} is given the result of ${from}, which did not succeed`);
				return;
			}
			const { request } = JSON.parse(performance.inputJson) as { readonly request: string };
			const n = Number(subject.request?.split("#")[1]);
			const same = `${request} #${(JSON.parse(performance.inputJson) as { readonly n: number }).n}`;
			if (same !== subject.request || performance.tenant !== subject.body["tenant"])
				broken(
					given.id,
					`${given.id} (${subject.request}) is given the result of ${from} (${same}, ${performance.tenant})`,
				);
			if (JSON.stringify(given.result) !== JSON.stringify(source.result))
				broken(
					given.id,
					`${given.id} is given ${JSON.stringify(given.result)}; ${from} had ${JSON.stringify(source.result)}`,
				);
			checkTime(given, source, performance, n);
		}

		function checkTime(
			given: Extract<RunRecord, { state: "SUCCESS" }>,
			source: { readonly id: string; readonly endedAt: number },
			performance: Performance,
			n: number,
		): void {
			const lookedAt = handedAt.get(endedBy.get(given.settledBy) ?? "") ?? Infinity;
			const ageMs = lookedAt - source.endedAt;
			if (ageMs > cacheSeconds * 1_000 + world.settings.skewMsMax * 2)
				broken(
					given.id,
					`${given.id} is given the result of ${source.id}, ${Math.round(ageMs / 1_000)} s after its end`,
				);
			const stale = invalidations.find(
				(one) => one.n === n && performance.from < one.askedAt && one.answeredAt < lookedAt,
			);
			if (stale !== undefined)
				broken(
					given.id,
					`${given.id}, handed out ${lookedAt - stale.answeredAt} ms after an invalidation, is given what ${source.id} had computed before it`,
				);
		}
	},
};

/** Whether the row says that the run was given another's result. */
export const isGiven = (row: RunRecord): boolean => row.state === "SUCCESS" && row.cachedFrom !== undefined;
