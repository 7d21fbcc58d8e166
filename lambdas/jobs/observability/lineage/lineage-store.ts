/**
 * Lineage: the relationships between addresses as they are recorded, and the closure that is rebuilt from them.
 *
 * A rebuild reads the head, then all relationships, builds the closure of each connected part that holds one of the given addresses
 * and has changed, and puts a head in place that names these instead. If another rebuild has replaced the head meanwhile it starts
 * over; so the last head was always built from at least what the one before it was built from, and no relationship is lost again.
 * Unchanged parts cost nothing, so a repeated message does no work.
 */
import { type EpochMs, JobError } from "../../../../shared/job/index.ts";
import { readNumberSet } from "../store/attributes.ts";
import type { Table } from "../store/table.ts";
import type { Direction } from "./closure-chunks.ts";
import { type BuildHooks, createLineageBuilds } from "./lineage-builds.ts";
import { componentsOf, type Edges } from "./lineage-graph.ts";
import { type BuiltComponent, type LineageHead, readHead, replaceHead } from "./lineage-head.ts";

/** One item per source, spread over this many partitions, which are read side by side. */
const EDGE_PARTITIONS = 16;
const EDGE_WRITES_AT_ONCE = 8;
/** Rebuilds collide only with each other, and two run at once. */
const ROUNDS_MAX = 5;

export interface RelatedAddress {
	readonly address: number;
	/** Fewest relationships in between, and one. */
	readonly depth: number;
}

export interface RebuildSummary {
	readonly components: number;
	readonly rebuilt: number;
	readonly addresses: number;
	readonly pairs: number;
}

export function createLineageStore(table: Table) {
	const builds = createLineageBuilds(table);

	async function readEdges(): Promise<Edges> {
		const partitions = await Promise.all(
			Array.from({ length: EDGE_PARTITIONS }, (_, index) => table.query({ pk: `EDGES#${index}` })),
		);
		return new Map(partitions.flat().map((item) => [Number(item.sk), readNumberSet(item, "targets")]));
	}

	/** `undefined` when another rebuild was faster. */
	async function rebuildOnce(
		seeds: readonly number[],
		now: EpochMs,
		hooks: BuildHooks,
		/** What an earlier round has built already, by fingerprint. */
		ready: Map<string, BuiltComponent>,
	): Promise<RebuildSummary | undefined> {
		const head = await readHead(table);
		await builds.collect(head, now);
		const wanted = componentsOf(await readEdges(), seeds);
		const current = new Map(head.components.map((component) => [component.fingerprint, component]));

		const kept: BuiltComponent[] = [];
		const built: BuiltComponent[] = [];
		for (const [index, component] of wanted.entries()) {
			const known = current.get(component.fingerprint);
			if (known !== undefined) kept.push(known);
			else {
				const onProgress = (share: number) => hooks.onProgress((index + share) / wanted.length);
				const fresh =
					ready.get(component.fingerprint) ?? (await builds.build(component, now, { ...hooks, onProgress }));
				ready.set(component.fingerprint, fresh);
				built.push(fresh);
			}
		}
		if (built.length > 0) {
			const addresses = new Set(built.flatMap((component) => component.addresses));
			// Parts only grow and merge, so a new part takes the place of all that have an address in common with it.
			const replaced = head.components.filter((component) =>
				component.addresses.some((address) => addresses.has(address)),
			);
			await builds.retire(replaced, now);
			const components = [...head.components.filter((component) => !replaced.includes(component)), ...built];
			if (!(await replaceHead(table, head, components))) return undefined;
			await builds.keep(built);
		}
		const all = [...kept, ...built];
		return {
			components: all.length,
			rebuilt: built.length,
			addresses: all.reduce((sum, component) => sum + component.addresses.length, 0),
			pairs: all.reduce((sum, component) => sum + component.pairs, 0),
		};
	}

	/** Starts over when the closure is replaced and removed between the two reads. */
	async function related(address: number, direction: Direction): Promise<readonly RelatedAddress[]> {
		for (let round = 0; round < ROUNDS_MAX; round++) {
			const found = findAddress(await readHead(table), address);
			if (found === undefined) return [];
			const depths = await builds.read(found.component, direction, found.row);
			if (depths === undefined) continue;
			return found.component.addresses
				.map((other, row) => ({ address: other, depth: depths[row] ?? 0 }))
				.filter(({ depth }) => depth > 0)
				.sort((left, right) => left.depth - right.depth || left.address - right.address);
		}
		throw new JobError(
			"database",
			`The lineage closure of address ${address} was replaced ${ROUNDS_MAX} times while it was read.`,
		);
	}

	return {
		/** Any number of times: what is there already changes nothing. */
		async addEdges(edges: readonly { readonly source: number; readonly target: number }[]): Promise<void> {
			const bySource = [...Map.groupBy(edges, ({ source }) => source)].values();
			const lane = async (): Promise<void> => {
				for (const [source, list] of bySource) {
					const key = { pk: `EDGES#${source % EDGE_PARTITIONS}`, sk: String(source) };
					await table.addToSet(key, "targets", [...new Set(list.map(({ target }) => target))]);
				}
			};
			await Promise.all(Array.from({ length: EDGE_WRITES_AT_ONCE }, lane));
		},
		/**
		 * Brings the closure of everything connected with the addresses up to date.
		 * @throws JobError `validation`, final, when a connected part is larger than a closure may be.
		 */
		async rebuild(seeds: readonly number[], now: EpochMs, hooks: BuildHooks): Promise<RebuildSummary> {
			const ready = new Map<string, BuiltComponent>();
			for (let round = 0; round < ROUNDS_MAX; round++) {
				const summary = await rebuildOnce(seeds, now, hooks, ready);
				if (summary !== undefined) return summary;
			}
			throw new JobError("database", `Other rebuilds replaced the lineage closure ${ROUNDS_MAX} times in a row.`);
		},
		/** What data flows to from the address, the nearest first. Empty when none does or nothing was built yet. */
		descendants: (address: number) => related(address, "descendants"),
		/** Where the address's data comes from, the nearest first. */
		ancestors: (address: number) => related(address, "ancestors"),
	};
}

function findAddress(
	head: LineageHead,
	address: number,
): { readonly component: BuiltComponent; readonly row: number } | undefined {
	for (const component of head.components) {
		const row = component.addresses.indexOf(address);
		if (row >= 0) return { component, row };
	}
	return undefined;
}
