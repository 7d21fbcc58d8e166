/** INV-08, judged apart from the engine: what was seen to start against `burst + rate × time` in every stretch of time. */

/**
 * The largest number of starts above what the limit allows, over all stretches of time between two starts; 0 or less when it held.
 * Of the stretch that begins with start i and ends with start j: (j − i + 1) − burst − rate × time. One pass finds the worst.
 */
export function largestExcess(
	startsMs: readonly number[],
	limit: { readonly perSecond: number; readonly burst: number },
): number {
	const perMs = limit.perSecond / 1000;
	let worst = Number.NEGATIVE_INFINITY;
	let bestBegin = Number.NEGATIVE_INFINITY;
	[...startsMs]
		.sort((one, other) => one - other)
		.forEach((at, index) => {
			bestBegin = Math.max(bestBegin, perMs * at - index);
			worst = Math.max(worst, index + 1 - perMs * at + bestBegin - limit.burst);
		});
	return worst;
}
