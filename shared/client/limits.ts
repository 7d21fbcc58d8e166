/**
 * Rate limits while the platform runs: how they stand, and an operator's own in their place. What is set holds for every worker from its
 * next start on, and until it is restored, also over deploys.
 */
import type { JobDefinition } from "../job/define-job.ts";
import {
	effectiveRate,
	limiterName,
	type Rate,
	type RateLimit,
	type RateOverride,
	type RateText,
	rateFlaw,
	rateLimit,
} from "../job/rate-limit.ts";
import { MillraceError } from "../kernel/errors.ts";
import { nearestNames } from "../kernel/nearest-names.ts";
import type { EpochMs } from "../kernel/time.ts";
import type { LimiterState } from "../ports/limit-store.ts";
import type { ClientParts } from "./client-parts.ts";

/** A limiter as it stands. Names as they are printed as JSON. */
export interface LimitView {
	/** A job's name, or the name that several share; for one key `<name>#<key>`. */
	readonly limiter: string;
	readonly jobs: readonly string[];
	/** What it is counted apart for, or null. Each key then stands by itself; ask for one to see how long its line is. */
	readonly per: string | null;
	readonly declared: Rate;
	/** What an operator has set, or null. */
	readonly override: RateOverride | null;
	/** What holds: with the next start, or five seconds after it where tickets were handed out before. */
	readonly rate: Rate;
	/** Starts that have been given a time which is still to come; null for a limit of many keys. */
	readonly waiting: number | null;
}

export interface Limits {
	/** All limiters of the catalogue in order of names. @throws MillraceError `store-failed` */
	list(): Promise<readonly LimitView[]>;
	/** One, which may be that of a key: `stripe#customer-7`. @throws MillraceError `unknown-limiter`, `store-failed` */
	get(limiter: string): Promise<LimitView>;
	/**
	 * Another rate in place of the declared one; of a limit per key: for every key that has none of its own.
	 * @throws MillraceError `unknown-limiter`, `rate-invalid`, `store-failed`
	 */
	set(limiter: string, rate: RateText, options?: { readonly burst?: number }): Promise<LimitView>;
	/** The declared rate times this: 0.5 halves it. Factors don't add up: the last one holds. @throws as `set` */
	factor(limiter: string, factor: number): Promise<LimitView>;
	/** The declared rate again. @throws MillraceError `unknown-limiter`, `store-failed` */
	restore(limiter: string): Promise<LimitView>;
}

interface Known {
	readonly limiter: string;
	readonly family: string;
	readonly jobs: readonly JobDefinition[];
	readonly declared: RateLimit;
}

export function createLimits({
	catalogue,
	limits,
	clock,
}: Pick<ClientParts, "catalogue" | "limits" | "clock">): Limits {
	const families = Map.groupBy(
		catalogue.jobs.filter((job) => job.rateLimit !== undefined),
		limiterName,
	);

	function find(limiter: string): Known {
		const [family = ""] = limiter.split("#", 1);
		const jobs = families.get(family) ?? [];
		const declared = jobs[0]?.rateLimit;
		if (declared === undefined || (limiter !== family && declared.per === undefined)) throw unknown(limiter);
		return { limiter, family, jobs, declared };
	}
	function unknown(limiter: string): MillraceError {
		const near = nearestNames(limiter, [...families.keys()]);
		const hint = near.length === 0 ? "`millrace limits` lists them." : `Did you mean ${near.join(" or ")}?`;
		return new MillraceError("unknown-limiter", `No job of the catalogue is limited by "${limiter}". ${hint}`, {
			details: { limiter, near },
		});
	}

	async function view(known: Known, state: LimiterState): Promise<LimitView> {
		const { limiter, family, jobs, declared } = known;
		const inherited = limiter === family || state.override !== undefined ? undefined : await limits.look(family);
		const override = state.override ?? inherited?.override;
		const { count, periodSeconds, burst, per } = declared;
		return {
			limiter,
			jobs: jobs.map(({ name }) => name),
			per: per ?? null,
			declared: { count, periodSeconds, burst },
			override: override ?? null,
			rate: effectiveRate(declared, override),
			waiting: per !== undefined && limiter === family ? null : waitingOf(state, clock.now()),
		};
	}

	async function put(limiter: string, overrideOf: (declared: Rate) => RateOverride | undefined): Promise<LimitView> {
		const known = find(limiter);
		const override = overrideOf(known.declared);
		const flaw = rateFlaw(effectiveRate(known.declared, override));
		if (flaw !== undefined) throw invalid(`The limit ${limiter} ${flaw}.`);
		return view(known, await limits.override(limiter, override));
	}

	const get = async (limiter: string): Promise<LimitView> => view(find(limiter), await limits.look(limiter));
	return {
		list: () => Promise.all([...families.keys()].sort().map(get)),
		get,
		set: (limiter, text, options = {}) =>
			put(limiter, () => {
				const { count, periodSeconds, burst } = readRate(text, options);
				return { kind: "set", count, periodSeconds, burst };
			}),
		factor: (limiter, factor) =>
			put(limiter, () => {
				if (!(factor > 0 && factor <= 1_000_000)) throw invalid(`A factor is a number above 0; got ${factor}.`);
				return { kind: "factor", factor };
			}),
		restore: (limiter) => put(limiter, () => undefined),
	};
}

function readRate(text: RateText, options: { readonly burst?: number }): RateLimit {
	try {
		return rateLimit(text, options);
	} catch (error) {
		throw invalid((error as Error).message);
	}
}

const invalid = (message: string): MillraceError => new MillraceError("rate-invalid", message);

/** Tickets that were handed out and whose time is still to come. */
function waitingOf({ taken, timetable }: LimiterState, now: EpochMs): number {
	if (timetable === undefined) return 0;
	const due = timetable.from + Math.max(0, Math.ceil((now - timetable.base) / timetable.pace.intervalMs));
	return Math.max(0, taken - due);
}
