/**
 * The one item that says which closures are in force: every connected part with its addresses and the build that holds its closure.
 * It is replaced as a whole on the condition that nobody else has, so readers see one state of the graph after another, never a mixture.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { JobError } from "../../../../shared/job/index.ts";
import { DYNAMODB_ITEM_BYTES_MAX } from "../../../../shared/kernel/limits.ts";
import { readBytes, readNumber } from "../store/attributes.ts";
import type { Item, Table } from "../store/table.ts";
import { createByteReader, createByteWriter } from "../varint.ts";
import { type Direction, directions } from "./closure-chunks.ts";

export interface BuiltComponent {
	/** Names the items of its closure. */
	readonly build: string;
	/** Of the addresses and edges that it was built from. */
	readonly fingerprint: string;
	/** In the order of the closure's rows. */
	readonly addresses: readonly number[];
	readonly pairs: number;
	/** Number of the first row of each chunk. */
	readonly chunks: Readonly<Record<Direction, readonly number[]>>;
}

export interface LineageHead {
	/** 0 before the first build. */
	readonly revision: number;
	readonly components: readonly BuiltComponent[];
}

const headKey = { pk: "LINEAGE", sk: "HEAD" };

export async function readHead(table: Table): Promise<LineageHead> {
	const [item] = await table.getMany([headKey]);
	return item === undefined ? { revision: 0, components: [] } : decodeHead(item);
}

/** False when the head is no longer the one that was read. @throws JobError `validation`, final, when it has outgrown its item. */
export async function replaceHead(
	table: Table,
	seen: LineageHead,
	components: readonly BuiltComponent[],
): Promise<boolean> {
	const directory = encodeComponents(components);
	if (directory.length > DYNAMODB_ITEM_BYTES_MAX - 1024) {
		const addresses = components.reduce((sum, component) => sum + component.addresses.length, 0);
		throw new JobError(
			"validation",
			`The lineage graph has ${addresses} addresses in ${components.length} connected parts: too many for its directory (${directory.length} bytes of ${DYNAMODB_ITEM_BYTES_MAX}).`,
		);
	}
	const item: Item = { ...headKey, revision: seen.revision + 1, directory };
	return table.put(
		item,
		seen.revision === 0 ? { kind: "absent" } : { kind: "equals", attribute: "revision", value: seen.revision },
	);
}

function encodeComponents(components: readonly BuiltComponent[]): Uint8Array {
	const writer = createByteWriter();
	for (const component of components) {
		writer.bytes(Buffer.from(component.build, "hex"));
		writer.bytes(Buffer.from(component.fingerprint, "hex"));
		writer.unsigned(component.pairs);
		for (const direction of directions) writeSteps(writer, component.chunks[direction]);
		writeSteps(writer, component.addresses);
	}
	return deflateRawSync(writer.finish());
}

function decodeHead(item: Item): LineageHead {
	const reader = createByteReader(inflateRawSync(readBytes(item, "directory")));
	const components: BuiltComponent[] = [];
	while (!reader.atEnd) {
		components.push({
			build: Buffer.from(reader.bytes(16)).toString("hex"),
			fingerprint: Buffer.from(reader.bytes(16)).toString("hex"),
			pairs: reader.unsigned(),
			chunks: { descendants: readSteps(reader), ancestors: readSteps(reader) },
			addresses: readSteps(reader),
		});
	}
	return { revision: readNumber(item, "revision"), components };
}

/** A list of numbers as its length and the difference of each to the one before. */
function writeSteps(writer: ReturnType<typeof createByteWriter>, list: readonly number[]): void {
	writer.unsigned(list.length);
	let before = 0;
	for (const value of list) {
		writer.signed(value - before);
		before = value;
	}
}

function readSteps(reader: ReturnType<typeof createByteReader>): readonly number[] {
	let value = 0;
	return Array.from({ length: reader.unsigned() }, () => {
		value += reader.signed();
		return value;
	});
}
