/** Breadth first from one node after another, over the same memory: depths are the fewest edges. Pure. */
import type { Depths } from "./depth-row.ts";

/** Returns a function from a node's number to the depths of all nodes from it; what it returns is overwritten by the next call. */
export function createReach(
	targets: readonly Uint32Array[],
): (start: number) => { readonly depths: Depths; readonly reached: number } {
	const depths = new Uint32Array(targets.length);
	const queue = new Uint32Array(targets.length);
	// Flat lists in one array each: an array of arrays costs a look-up and a length check per node, 10,000² times.
	const starts = new Uint32Array(targets.length + 1);
	for (const [node, list] of targets.entries()) starts[node + 1] = (starts[node] ?? 0) + list.length;
	const flat = new Uint32Array(starts[targets.length] ?? 0);
	for (const [node, list] of targets.entries()) flat.set(list, starts[node]);

	return (start) => {
		depths.fill(0);
		queue[0] = start;
		let length = 1;
		for (let head = 0; head < length; head++) {
			const node = queue[head] ?? 0;
			const next = (depths[node] ?? 0) + 1;
			const end = starts[node + 1] ?? 0;
			for (let at = starts[node] ?? 0; at < end; at++) {
				const target = flat[at] ?? 0;
				if (depths[target] !== 0 || target === start) continue;
				depths[target] = next;
				queue[length++] = target;
			}
		}
		return { depths, reached: length - 1 };
	};
}
