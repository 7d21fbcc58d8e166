/** Reading attributes with their type: an item of another shape than expected is a defect or foreign data, and says which. */
import { JobError } from "../../../../shared/job/index.ts";
import type { Item } from "./table.ts";

function wrong(item: Item, attribute: string, expected: string): JobError {
	return new JobError(
		"database",
		`Item ${item.pk} / ${item.sk} has no ${expected} in "${attribute}". It was not written by this version: delete it or restore it.`,
		{ retryable: false },
	);
}

export function readNumber(item: Item, attribute: string): number {
	const value = item[attribute];
	if (typeof value !== "number") throw wrong(item, attribute, "number");
	return value;
}

export function readOptionalNumber(item: Item, attribute: string): number | undefined {
	return item[attribute] === undefined ? undefined : readNumber(item, attribute);
}

export function readText(item: Item, attribute: string): string {
	const value = item[attribute];
	if (typeof value !== "string") throw wrong(item, attribute, "text");
	return value;
}

export function readOptionalText(item: Item, attribute: string): string | undefined {
	return item[attribute] === undefined ? undefined : readText(item, attribute);
}

export function readBytes(item: Item, attribute: string): Uint8Array {
	const value = item[attribute];
	if (!(value instanceof Uint8Array)) throw wrong(item, attribute, "bytes");
	return value;
}

export function readNumberSet(item: Item, attribute: string): ReadonlySet<number> {
	const value = item[attribute];
	if (!(value instanceof Set)) throw wrong(item, attribute, "number set");
	return value;
}
