/** At most `count` holders at once; the others wait in order. */

export interface Slots {
	/** Runs `work` while holding a slot. */
	hold<Result>(work: () => Promise<Result>): Promise<Result>;
}

export function createSlots(count: number): Slots {
	let free = count;
	const waiting: (() => void)[] = [];
	return {
		async hold(work) {
			if (free > 0) free--;
			else await new Promise<void>((resolve) => waiting.push(resolve));
			try {
				return await work();
			} finally {
				const next = waiting.shift();
				if (next === undefined) free++;
				else next();
			}
		},
	};
}
