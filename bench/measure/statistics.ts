// Medians, ranges and percentiles of a handful of samples. On two shared cores a mean says little and a single
// number less, so every measure of the bench is kept as its samples and shown as median and range.

/** A measured quantity: every sample in the order it was taken, and what is quoted from it. */
export interface Sample {
	readonly median: number;
	readonly min: number;
	readonly max: number;
	readonly samples: readonly number[];
}

/** The value below which `share` (0 to 1) of the values lie, by linear interpolation between neighbours. */
export function percentile(values: readonly number[], share: number): number {
	const sorted = [...values].sort((left, right) => left - right);
	const position = (sorted.length - 1) * share;
	const below = sorted[Math.floor(position)];
	const above = sorted[Math.ceil(position)];
	if (below === undefined || above === undefined) return Number.NaN;
	return below + (above - below) * (position - Math.floor(position));
}

export function summarize(values: readonly number[]): Sample {
	return {
		median: percentile(values, 0.5),
		min: Math.min(...values),
		max: Math.max(...values),
		samples: [...values],
	};
}

/**
 * Ratio of two series taken in alternating rounds, round by round. The noise of the machine moves both halves of a
 * round together, so the ratios scatter less than the ratio of two medians would suggest.
 */
export function ratios(numerators: readonly number[], denominators: readonly number[]): Sample {
	const pairs = Math.min(numerators.length, denominators.length);
	const values: number[] = [];
	for (let round = 0; round < pairs; round += 1) {
		const numerator = numerators[round];
		const denominator = denominators[round];
		if (numerator !== undefined && denominator !== undefined) values.push(numerator / denominator);
	}
	return summarize(values);
}
