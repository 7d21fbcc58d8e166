/**
 * The lineage graph in memory: edges from source to target address, its connected parts, and an order of a part's addresses in which
 * those that follow each other in the graph mostly stand together. Pure. Edges from an address to itself say nothing and are left out.
 */
import { createHash } from "node:crypto";

/** Targets by source. */
export type Edges = ReadonlyMap<number, ReadonlySet<number>>;

/** One connected part (direction aside). Nodes are numbered from 0 in `addresses`; `targets` holds the numbers. */
export interface Component {
	readonly addresses: readonly number[];
	readonly targets: readonly Uint32Array[];
	readonly edgeCount: number;
	/** Names the part by its content: same addresses and edges, same text. */
	readonly fingerprint: string;
}

/** The parts that hold the given addresses; one without any edge is in none. In the order of their smallest address. */
export function componentsOf(edges: Edges, seeds: Iterable<number>): readonly Component[] {
	const neighbours = new Map<number, number[]>();
	const link = (from: number, to: number): void => {
		const known = neighbours.get(from);
		if (known === undefined) neighbours.set(from, [to]);
		else known.push(to);
	};
	for (const [source, targets] of edges) {
		for (const target of targets) {
			if (target === source) continue;
			link(source, target);
			link(target, source);
		}
	}
	const seen = new Set<number>();
	const components: Component[] = [];
	for (const seed of [...new Set(seeds)].sort((left, right) => left - right)) {
		if (seen.has(seed) || !neighbours.has(seed)) continue;
		const members = [seed];
		seen.add(seed);
		for (const address of members) {
			for (const neighbour of neighbours.get(address) ?? []) {
				if (seen.has(neighbour)) continue;
				seen.add(neighbour);
				members.push(neighbour);
			}
		}
		components.push(toComponent(members, edges));
	}
	return components;
}

function toComponent(members: readonly number[], edges: Edges): Component {
	const sorted = [...members].sort((left, right) => left - right);
	const targetsOf = (address: number): readonly number[] =>
		[...(edges.get(address) ?? [])].filter((target) => target !== address).sort((left, right) => left - right);

	const hash = createHash("sha256");
	let edgeCount = 0;
	const targets = new Map<number, readonly number[]>();
	const withoutSource = new Set(sorted);
	for (const address of sorted) {
		const list = targetsOf(address);
		targets.set(address, list);
		for (const target of list) withoutSource.delete(target);
		edgeCount += list.length;
		hash.update(`${address}:${list.join()};`);
	}

	const order = depthFirst([...withoutSource, ...sorted], (address) => targets.get(address) ?? []);
	const numbers = new Map(order.map((address, index) => [address, index]));
	return {
		addresses: order,
		targets: order.map((address) => Uint32Array.from(targets.get(address) ?? [], (target) => numbers.get(target) ?? 0)),
		edgeCount,
		fingerprint: hash.digest("hex").slice(0, 32),
	};
}

/** Every node once, each followed by what is first reached from it. Without recursion: chains are thousands long. */
function depthFirst(roots: readonly number[], targetsOf: (node: number) => readonly number[]): readonly number[] {
	const order = new Set<number>();
	const stack: number[] = [];
	for (const root of roots) {
		stack.push(root);
		for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
			if (order.has(node)) continue;
			order.add(node);
			stack.push(...targetsOf(node).toReversed());
		}
	}
	return [...order];
}

/** The same part with every edge turned round. */
export function reversed(targets: readonly Uint32Array[]): readonly Uint32Array[] {
	const counts = new Uint32Array(targets.length);
	for (const list of targets) for (const target of list) counts[target] = (counts[target] ?? 0) + 1;
	const sources = Array.from(counts, (count) => new Uint32Array(count));
	const filled = new Uint32Array(targets.length);
	for (const [source, list] of targets.entries()) {
		for (const target of list) {
			const place = filled[target] ?? 0;
			filled[target] = place + 1;
			const into = sources[target];
			if (into !== undefined) into[place] = source;
		}
	}
	return sources;
}
