/**
 * A rate limit as data: so many starts per period, held over all workers together (INV-08). In any stretch of time, however cut, no more
 * than `burst + rate × time` performances start. A retry is a start of its own; a further leg of an attempt is none.
 */

/** What a limit is counted apart for: each tenant, or each value of a field of the input. */
export type RateLimitKey = "tenant" | `input.${string}`;

/** How many starts in what time. */
export interface Rate {
	/** Starts per period; above 0, also a fraction. */
	readonly count: number;
	readonly periodSeconds: number;
	/** Starts that may come at once after a quiet time. At least 1 + what the rate brings in 50 ms: no start is timed more precisely. */
	readonly burst: number;
}

export interface RateLimit extends Rate {
	/** Counts each key apart. Default: all runs together. A run without that tenant or field shares one count with the others without. */
	readonly per?: RateLimitKey;
	/** The limiter that is used up: jobs that name the same one share it. Default: the job's own name. */
	readonly name?: string;
}

export interface RateLimitOptions {
	/** Default: 1 + what the rate brings in 100 ms, so that a start that comes a little late still finds its place: 1.1 at 1/s, 2.5 at 15/s. */
	readonly burst?: number;
	readonly per?: RateLimitKey;
	readonly name?: string;
}

export type RateText = `${number}/${"s" | "m" | "h"}`;

const periods: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
const DEFAULT_WINDOW_SECONDS = 0.1;

/** Reads Celery's form: `15/s`, `100/m`, `1000/h`. Throws a RangeError that quotes the text when it is none of these. */
export function rateLimit(text: RateText, options: RateLimitOptions = {}): RateLimit {
	const [count, period, ...rest] = text.split("/");
	const periodSeconds = periods[period ?? ""];
	const number = Number(count);
	if (periodSeconds === undefined || !(number > 0) || !Number.isFinite(number) || rest.length > 0) {
		throw new RangeError(`A rate limit is a number above 0 and one of /s /m /h, as in "15/s"; got "${text}"`);
	}
	const { burst = 1 + (number / periodSeconds) * DEFAULT_WINDOW_SECONDS, ...more } = options;
	return { count: number, periodSeconds, burst, ...more };
}

/** The same as a bucket that fills at `ratePerSecond` and holds `bucket` starts; it is full at first. */
export const tokenBucket = (
	options: { readonly ratePerSecond: number; readonly bucket: number } & Pick<RateLimitOptions, "per" | "name">,
): RateLimit => {
	const { ratePerSecond, bucket, ...more } = options;
	return { count: ratePerSecond, periodSeconds: 1, burst: bucket, ...more };
};

/** The limiter that a job's starts use up. */
export const limiterName = (job: { readonly name: string; readonly rateLimit: RateLimit | undefined }): string =>
	job.rateLimit?.name ?? job.name;

/** What an operator put in place of a declared limit, or on top of it. */
export type RateOverride = ({ readonly kind: "set" } & Rate) | { readonly kind: "factor"; readonly factor: number };

/** The limit that holds: the declared one, under an operator's override if there is one. A factor leaves the burst's window as it is. */
export function effectiveRate(declared: Rate, override: RateOverride | undefined): Rate {
	const { count, periodSeconds, burst } = declared;
	if (override === undefined) return { count, periodSeconds, burst };
	if (override.kind === "set")
		return { count: override.count, periodSeconds: override.periodSeconds, burst: override.burst };
	return { count: count * override.factor, periodSeconds, burst: 1 + (burst - 1) * override.factor };
}

/** Less than this can't be held: claims and timers are no more precise. */
const WINDOW_SECONDS_MIN = 0.05;
const RATE_PER_SECOND_MAX = 10_000;
const INTERVAL_SECONDS_MAX = 86_400;

/** What is wrong with a rate, in words with the numbers; `undefined` when it can be held. */
export function rateFlaw({ count, periodSeconds, burst }: Rate): string | undefined {
	const perSecond = count / periodSeconds;
	if (!(perSecond >= 1 / INTERVAL_SECONDS_MAX && perSecond <= RATE_PER_SECOND_MAX)) {
		return `must be from one start a day to ${RATE_PER_SECOND_MAX} a second; got ${count} per ${periodSeconds} s`;
	}
	const least = 1 + perSecond * WINDOW_SECONDS_MIN;
	return burst >= least * (1 - 1e-9) && burst <= 1e6
		? undefined
		: `needs a burst from ${round(least)} (1 + what the rate brings in 50 ms: no start is timed more precisely) to 1000000; got ${burst}`;
}

const round = (value: number): number => Math.ceil(value * 100) / 100;

/** For people: `15/s, burst 2.5`. */
export function rateWords({ count, periodSeconds, burst }: Rate): string {
	const [unit] = Object.entries(periods).find(([, seconds]) => seconds === periodSeconds) ?? [`${periodSeconds} s`];
	return `${round(count)}/${unit}, burst ${round(burst)}`;
}
