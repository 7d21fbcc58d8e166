/**
 * One address's closure as bytes: for each address of its part the depth at which it is reached, 0 where it is not.
 *
 * Neighbours in the part's order mostly have equal or evenly rising depths (chains, layers, cycles), so a row is written as runs of
 * even steps: a chain of 10,000 is one run a row, where a table of pairs has 50 million rows. A row that would be longer as runs than
 * as plain bytes is written plain; either is squeezed further with its neighbours (closure-chunks.ts).
 */
import { createByteReader, createByteWriter } from "../varint.ts";

/** 0 stands for "not reached", which is also the address's own entry: that it reaches itself at depth 0 goes without saying. */
export type Depths = Uint32Array;

const RUNS = 0;
const PLAIN = 1;

export function encodeDepths(depths: Depths): Uint8Array {
	const writer = createByteWriter();
	writer.unsigned(RUNS);
	let highest = 0;
	for (let start = 0; start < depths.length; ) {
		const first = depths[start] ?? 0;
		const step = (depths[start + 1] ?? first) - first;
		let end = start + 1;
		// The innermost of 10,000² turns: a comparison and nothing else.
		for (let next = first + step; depths[end] === next; next += step) end++;
		writer.unsigned(end - start);
		writer.unsigned(first);
		if (end - start > 1) writer.signed(step);
		highest = Math.max(highest, first, first + (end - start - 1) * step);
		start = end;
	}
	if (highest < 256 && writer.length > depths.length + 1) {
		const plain = createByteWriter();
		plain.unsigned(PLAIN);
		plain.bytes(Uint8Array.from(depths));
		return plain.finish();
	}
	return writer.finish();
}

/** @param length how many addresses the part has. */
export function decodeDepths(bytes: Uint8Array, length: number): Depths {
	const reader = createByteReader(bytes);
	if (reader.unsigned() === PLAIN) return Uint32Array.from(reader.bytes(length));
	const depths = new Uint32Array(length);
	for (let start = 0; start < length; ) {
		const count = reader.unsigned();
		const first = reader.unsigned();
		const step = count > 1 ? reader.signed() : 0;
		for (let index = 0; index < count; index++) depths[start + index] = first + index * step;
		start += count;
	}
	return depths;
}
