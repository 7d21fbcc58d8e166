/**
 * Executions and their parents, as one map from each execution to its parent (`ROOT` when it has none yet). Pure.
 * A map of n entries stands for a closure of up to n²/2 pairs: ancestors are read by walking up, descendants by walking down.
 */
import { createByteReader, createByteWriter } from "../varint.ts";

export type Parents = ReadonlyMap<number, number>;

/** Ids are positive, so 0 is free. */
export const ROOT = 0;

export type Attachment =
	| { readonly kind: "attached"; readonly parents: Parents }
	/** It stood there already. */
	| { readonly kind: "present" }
	/** The parent is a descendant of the execution, or the execution itself. */
	| { readonly kind: "cycle" }
	| { readonly kind: "other-parent"; readonly parent: number };

/** Gives the execution its parent; both are in the map. */
export function attach(parents: Parents, execution: number, parent: number): Attachment {
	const before = parents.get(execution) ?? ROOT;
	if (before === parent) return { kind: "present" };
	if (before !== ROOT) return { kind: "other-parent", parent: before };
	if (execution === parent || ancestorsOf(parents, parent).includes(execution)) return { kind: "cycle" };
	return { kind: "attached", parents: new Map(parents).set(execution, parent) };
}

/** The nearest first, so the ancestor at index i has depth i + 1. */
export function ancestorsOf(parents: Parents, execution: number): readonly number[] {
	const ancestors: number[] = [];
	for (let at = parents.get(execution) ?? ROOT; at !== ROOT; at = parents.get(at) ?? ROOT) ancestors.push(at);
	return ancestors;
}

/** With their depths below the execution, the nearest first and by id within a depth. */
export function descendantsOf(
	parents: Parents,
	execution: number,
): readonly { readonly execution: number; readonly depth: number }[] {
	const children = Map.groupBy(parents.keys(), (child) => parents.get(child) ?? ROOT);
	const found: { execution: number; depth: number }[] = [];
	let level: readonly number[] = [execution];
	for (let depth = 1; level.length > 0; depth++) {
		level = level.flatMap((parent) => children.get(parent) ?? []).sort((left, right) => left - right);
		for (const child of level) found.push({ execution: child, depth });
	}
	return found;
}

export function encodeParents(parents: Parents): Uint8Array {
	const writer = createByteWriter();
	let before = 0;
	for (const [execution, parent] of [...parents].sort(([left], [right]) => left - right)) {
		writer.unsigned(execution - before);
		// Parents begin shortly before their children, so the difference is short; it is never 0, which stands for ROOT.
		writer.signed(parent === ROOT ? 0 : execution - parent);
		before = execution;
	}
	return writer.finish();
}

export function decodeParents(bytes: Uint8Array): Parents {
	const reader = createByteReader(bytes);
	const parents = new Map<number, number>();
	for (let execution = 0; !reader.atEnd; ) {
		execution += reader.unsigned();
		const difference = reader.signed();
		parents.set(execution, difference === 0 ? ROOT : execution - difference);
	}
	return parents;
}
