/** A rate limit as data: `count` starts per `periodSeconds`, held over all workers together. */

export interface RateLimit {
	readonly count: number;
	readonly periodSeconds: number;
	/** Starts that may come at once after a quiet time. Default 1. */
	readonly burst: number;
}

const periods: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Reads Celery's form: `15/s`, `100/m`, `1000/h`. Throws a RangeError that quotes the text when it is none of these. */
export function rateLimit(text: `${number}/${"s" | "m" | "h"}`, options: { readonly burst?: number } = {}): RateLimit {
	const [count, period] = text.split("/");
	const periodSeconds = periods[period ?? ""];
	const number = Number(count);
	if (periodSeconds === undefined || !(number > 0) || !Number.isFinite(number)) {
		throw new RangeError(`A rate limit is a number above 0 and one of /s /m /h, as in "15/s"; got "${text}"`);
	}
	return { count: number, periodSeconds, burst: options.burst ?? 1 };
}
