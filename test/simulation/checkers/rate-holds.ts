/**
 * INV-08: in any stretch of time, no more performances of a limited job start than burst + rate × time. As long as nothing goes wrong, an
 * operator's lower rate holds five seconds after the first start that it meets; else whatever was in force at some time may end under another.
 * Where clocks differ, a stretch of time may hold what the rate brings in the difference. It may do so again only if a limiter's time, which is
 * that of the fastest clock, went back: so it does not, by more than the 200 ms in which a slow clock is not told.
 */
import type { JobDefinition } from "../../../shared/job/index.ts";
import { effectiveRate, type Rate, type RateOverride } from "../../../shared/job/rate-limit.ts";
import { largestExcess } from "../../support/rate-excess.ts";
import type { Performance, Seen } from "../history.ts";
import type { World } from "../world.ts";
import type { CheckerKind } from "./checker.ts";
import { countedUnder } from "./counted-under.ts";

/** Tickets that were handed out before a change are good for so long after the first look at it, which takes a moment. */
const graceMs = 5_000 + 2_000;

/** Five workers, each 200 ms behind the one before, between two things that are seen. */
const backMsMax = 1_000;

interface Line {
	/** All starts, for the widest of all rates. */
	readonly all: number[];
	/** Starts since the latest change was in force, for the rate that it brought. */
	lately: number[];
	/** Changes that the line has met. */
	changes: number;
	/** When the latest of them is in force for certain. */
	inForceAt: number;
	/** Of those who have started any: how far the slowest clock is ahead of the world's. */
	slowestMs: number;
}

const widest = (rates: readonly Rate[]): { readonly perSecond: number; readonly burst: number } => ({
	perSecond: Math.max(...rates.map(({ count, periodSeconds }) => count / periodSeconds)),
	burst: Math.max(...rates.map(({ burst }) => burst)),
});

export const rateHolds: CheckerKind = {
	promise: "INV-08",
	create(world, broken) {
		const lines = new Map<string, Line>();
		const rates: Rate[] = [];
		/** All that operators ever set: a start may come under one that was set and set anew while nobody started. */
		const everSet = new Set<RateOverride>();
		const seenAt = new Map<string, number>();
		let changes = 0;
		return {
			observe(seen) {
				lookAtLimiters();
				if (seen.kind === "rate changed") changes++;
				const start = startOf(world, seen);
				const rateLimit = start?.definition?.rateLimit;
				if (start === undefined || rateLimit === undefined) return;
				const { runId, worker, skewMs } = start;
				const key = countedUnder(rateLimit.per, start);
				const wanted = [
					effectiveRate(rateLimit, undefined),
					...overridesOf(world).map((one) => effectiveRate(rateLimit, one)),
				];
				rates.push(...[undefined, ...everSet].map((one) => effectiveRate(rateLimit, one)));
				const line = lines.get(key) ?? { all: [], lately: [], changes: 0, inForceAt: 0, slowestMs: skewMs };
				lines.set(key, line);
				line.all.push(seen.at);
				line.slowestMs = Math.min(line.slowestMs, skewMs);
				// With the end of all faults, everything that was wrong is looked at once more.
				const met = world.faults ? changes : changes + 1;
				if (line.changes < met) {
					line.changes = met;
					line.lately = [];
					line.inForceAt = seen.at + graceMs + world.settings.skewMsMax * 2;
				}
				if (seen.at > line.inForceAt) line.lately.push(seen.at);
				check(line.all, widest(rates), "");
				// Without the declared rate, where another is set in its place for all.
				const isSet = world.limits.states.get("limited")?.override !== undefined;
				if (isUndisturbed(world))
					check(line.lately, widest(isSet ? wanted.slice(1) : wanted), ", by what an operator set");

				function check(starts: readonly number[], rate: ReturnType<typeof widest>, more: string): void {
					const excess = largestExcess(starts, rate);
					// A clock that is ahead, until the others have learned it, is ahead with its slots too.
					const allowed = (rate.perSecond * (world.settings.skewMsMax - line.slowestMs)) / 1_000 + 1e-6;
					if (excess > allowed)
						broken(
							runId,
							`${worker} starts ${runId}: ${excess.toFixed(2)} starts of ${key} above ${rate.perSecond}/s with burst ${rate.burst}${more}`,
						);
				}
			},
		};

		function lookAtLimiters(): void {
			for (const [limiter, state] of world.limits.states) {
				const backMs = (seenAt.get(limiter) ?? 0) - state.seenAt;
				seenAt.set(limiter, state.seenAt);
				if (state.override !== undefined) everSet.add(state.override);
				if (backMs > backMsMax) broken(limiter, `the time of ${limiter} goes back by ${backMs} ms`);
			}
		}
	},
};

type Start = Pick<Performance, "runId" | "worker" | "skewMs" | "tenant" | "inputJson"> & {
	readonly definition: JobDefinition | undefined;
};

/** An attempt begins with a team's hook, where there is one: what that does with its time is its own affair. */
function startOf({ features, settings, versions }: World, seen: Seen): Start | undefined {
	if (!features.hooks) return seen.kind === "performing" && seen.performance.leg === 1 ? seen.performance : undefined;
	if (seen.kind !== "hooked" || seen.hook !== "before" || seen.attempt.leg > 1) return undefined;
	const { attempt, worker, told } = seen;
	const { runId, job, tenant } = attempt;
	const definition = versions[0].catalogue.findJob(job);
	// Whose clock is not seen may be the slowest.
	return { runId, worker, skewMs: -settings.skewMsMax, tenant, inputJson: JSON.stringify(told), definition };
}

const overridesOf = ({ limits }: World) => [...limits.states.values()].flatMap(({ override = [] }) => override);
const isUndisturbed = ({ settings, outages, faults }: World): boolean =>
	!faults || (settings.faultRate === 0 && outages.size === 0);
