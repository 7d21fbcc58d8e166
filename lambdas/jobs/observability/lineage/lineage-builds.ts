/**
 * The items of one build of a connected part's closure, and the removal of builds that no head names any more: those that were
 * replaced, and those that were begun by a worker that died. Each is announced before it can become garbage, and removed by a later
 * rebuild: not before a reader that still holds an old head, or the builder, can be done with it.
 */
import { randomBytes } from "node:crypto";
import { type EpochMs, JobError } from "../../../../shared/job/index.ts";
import { readBytes, readNumber } from "../store/attributes.ts";
import type { Key, Table } from "../store/table.ts";
import { buildClosure, type ClosureChunk, type Direction, directions, readRow } from "./closure-chunks.ts";
import type { Component } from "./lineage-graph.ts";
import type { BuiltComponent, LineageHead } from "./lineage-head.ts";

/** Longer than any worker function may run (15 min), and than any reader looks. */
const GARBAGE_AGE_MS = 20 * 60_000;
/** Addresses of one connected part: at most this many, so that a rebuild fits its function's time (10,000 take seconds). */
const ADDRESSES_MAX = 20_000;
/** Bytes of one closure. Every graph of 10,000 addresses stays below 80 MiB (measured on random ones, the worst). */
const CLOSURE_BYTES_MAX = 128 * 1024 * 1024;
/** Items written together; the memory that waits to be written is this times 300 KiB. */
const CHUNKS_AT_ONCE = 16;
/** Chunks a direction that a build without known counts may have: twice what the limit allows, since chunks are not all full. */
const CHUNKS_MAX = 1024;

const GARBAGE_PARTITION = "LINEAGE#GARBAGE";

/** Each chunk has its own partition: one partition takes 1,000 write units a second, and a large closure has many thousands. */
const chunkKey = (build: string, direction: Direction, index: number): Key => ({
	pk: `LC#${build}#${direction}#${index}`,
	sk: "CHUNK",
});

export interface BuildHooks {
	readonly signal: AbortSignal;
	/** Share done, 0 to 1. */
	readonly onProgress: (share: number) => void;
}

export function createLineageBuilds(table: Table) {
	const announce = async (build: string, counts: Readonly<Record<Direction, number>>, now: EpochMs): Promise<void> => {
		await table.put({ pk: GARBAGE_PARTITION, sk: build, since: now, ...counts });
	};

	return {
		/** Builds and stores a closure. It is garbage until a head names it and `keep` is called. */
		async build(component: Component, now: EpochMs, hooks: BuildHooks): Promise<BuiltComponent> {
			if (component.addresses.length > ADDRESSES_MAX) throw tooLarge(component, `at most ${ADDRESSES_MAX} addresses`);
			const build = randomBytes(16).toString("hex");
			await announce(build, { descendants: CHUNKS_MAX, ancestors: CHUNKS_MAX }, now);

			const firstRows: Record<Direction, number[]> = { descendants: [], ancestors: [] };
			let pairs = 0;
			let bytes = 0;
			let waiting: ClosureChunk[] = [];
			const flush = async (): Promise<void> => {
				const puts = waiting.map((chunk) => ({
					...chunkKey(build, chunk.direction, firstRows[chunk.direction].push(chunk.firstRow) - 1),
					bytes: chunk.bytes,
				}));
				waiting = [];
				await table.writeMany({ puts });
			};
			const onRow = (done: number, total: number) => hooks.onProgress(done / total);
			for await (const chunk of buildClosure(component, { signal: hooks.signal, onRow })) {
				if (chunk.direction === "descendants") pairs += chunk.pairs;
				bytes += chunk.bytes.length;
				if (bytes > CLOSURE_BYTES_MAX) throw tooLarge(component, `a closure of at most ${CLOSURE_BYTES_MAX} bytes`);
				if (waiting.push(chunk) === CHUNKS_AT_ONCE) await flush();
			}
			await flush();
			return { build, fingerprint: component.fingerprint, addresses: component.addresses, pairs, chunks: firstRows };
		},
		/** Announces builds that the next head will not name. */
		async retire(components: readonly BuiltComponent[], now: EpochMs): Promise<void> {
			for (const { build, chunks } of components) {
				await announce(build, { descendants: chunks.descendants.length, ancestors: chunks.ancestors.length }, now);
			}
		},
		/** Takes back the announcement of builds that a head names now. */
		async keep(components: readonly BuiltComponent[]): Promise<void> {
			await table.writeMany({ deletes: components.map(({ build }) => ({ pk: GARBAGE_PARTITION, sk: build })) });
		},
		/** Removes what was announced long ago and is not in the head. */
		async collect(head: LineageHead, now: EpochMs): Promise<void> {
			const named = new Set(head.components.map(({ build }) => build));
			for (const item of await table.query({ pk: GARBAGE_PARTITION })) {
				if (now - readNumber(item, "since") < GARBAGE_AGE_MS) continue;
				const chunks = named.has(item.sk)
					? []
					: directions.flatMap((direction) =>
							Array.from({ length: readNumber(item, direction) }, (_, index) => chunkKey(item.sk, direction, index)),
						);
				await table.writeMany({ deletes: chunks });
				await table.writeMany({ deletes: [item] });
			}
		},
		/** The depths from one address; `undefined` when the build has been removed meanwhile. */
		async read(component: BuiltComponent, direction: Direction, row: number) {
			const firstRows = component.chunks[direction];
			const index = firstRows.findLastIndex((firstRow) => firstRow <= row);
			const [item] = await table.getMany([chunkKey(component.build, direction, index)]);
			if (item === undefined) return undefined;
			const chunk = { firstRow: firstRows[index] ?? 0, bytes: readBytes(item, "bytes") };
			return readRow(chunk, row, component.addresses.length);
		},
	};
}

function tooLarge(component: Component, limit: string): JobError {
	return new JobError(
		"validation",
		`A connected part of the lineage graph has ${component.addresses.length} addresses and ${component.edgeCount} relationships; it may have ${limit}.`,
	);
}
