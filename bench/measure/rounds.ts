// Alternating rounds: every subject is measured once per round, in an order that turns by one each round, so that a
// slow minute of the machine or the warmth left by the one before is shared out evenly.

/** One thing to be measured, and how to measure it once. */
export interface Subject<Measured> {
	readonly name: string;
	readonly measure: (round: number) => Promise<Measured>;
}

/** Every subject's measurements, in round order. */
export async function alternate<Measured>(
	subjects: readonly Subject<Measured>[],
	rounds: number,
	onProgress: (message: string) => void,
): Promise<ReadonlyMap<string, readonly Measured[]>> {
	const measured = new Map<string, Measured[]>(subjects.map((subject) => [subject.name, []]));
	for (let round = 0; round < rounds; round += 1) {
		for (let position = 0; position < subjects.length; position += 1) {
			const subject = subjects[(position + round) % subjects.length];
			if (subject === undefined) continue;
			onProgress(`round ${round + 1}/${rounds}: ${subject.name}`);
			measured.get(subject.name)?.push(await subject.measure(round));
		}
	}
	return measured;
}
