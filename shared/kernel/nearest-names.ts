/** The known names that a mistyped one most likely meant. */

/** Up to `max` of `known`, nearest first, none further than a third of the name's length (at least 2 edits). */
export function nearestNames(name: string, known: readonly string[], max = 2): readonly string[] {
	// Far longer than any name: nobody mistyped that, and the table below grows with it.
	if (name.length > 200) return [];
	const reach = Math.max(2, Math.floor(name.length / 3));
	return known
		.map((candidate) => ({ candidate, edits: editsBetween(name.toLowerCase(), candidate.toLowerCase()) }))
		.filter(({ edits }) => edits <= reach)
		.sort((one, other) => one.edits - other.edits || one.candidate.localeCompare(other.candidate))
		.slice(0, max)
		.map(({ candidate }) => candidate);
}

/** Levenshtein's distance, one row at a time. */
function editsBetween(one: string, other: string): number {
	let above = Array.from({ length: other.length + 1 }, (_, column) => column);
	for (let row = 1; row <= one.length; row++) {
		const current = [row];
		for (let column = 1; column <= other.length; column++) {
			const swap = (above[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1);
			current.push(Math.min(swap, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
		}
		above = current;
	}
	return above[other.length] ?? 0;
}
