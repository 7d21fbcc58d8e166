/** Keys of the listing index: a partition per UTC day and shard, sorted by first start and then id. */
import type { RunId } from "../kernel/ids.ts";
import { type EpochMs, epochMs } from "../kernel/time.ts";
import { RECENT_INDEX_SHARDS } from "../wire/run-table.ts";

/** FNV-1a: cheap, and even enough to spread ids. */
function hash(id: string): number {
	let value = 0x811c9dc5;
	for (let index = 0; index < id.length; index++) value = Math.imul(value ^ id.charCodeAt(index), 0x01000193);
	return value >>> 0;
}

const DAY_MS = 86_400_000;
/** Spelling a date costs more than the rest of a key, and nearly all are of today. */
let spelled = { day: Number.NaN, text: "" };
function dayOf(instant: EpochMs): string {
	const day = Math.floor(instant / DAY_MS);
	if (day !== spelled.day) spelled = { day, text: new Date(instant).toISOString().slice(0, 10) };
	return spelled.text;
}
/** 13 digits reach to the year 2286. */
const sortableInstant = (instant: EpochMs): string => String(instant).padStart(13, "0");

export function listingKeys(id: RunId, firstStartedAt: EpochMs): { readonly partition: string; readonly sort: string } {
	return {
		partition: `${dayOf(firstStartedAt)}#${hash(id) % RECENT_INDEX_SHARDS}`,
		sort: `${sortableInstant(firstStartedAt)}#${id}`,
	};
}

/** All partitions of the day in which `instant` lies. */
export function partitionsOfDay(instant: EpochMs): string[] {
	const day = dayOf(instant);
	return Array.from({ length: RECENT_INDEX_SHARDS }, (_, shard) => `${day}#${shard}`);
}

export const firstStartIn = (sortKey: string): EpochMs => epochMs(Number(sortKey.slice(0, 13)));

/** The sort key below which lie all runs started before `instant`; with `id`, also those of that very millisecond with a lower id. */
export const sortKeyLimit = (instant: EpochMs, id?: RunId): string =>
	id === undefined ? sortableInstant(instant) : `${sortableInstant(instant)}#${id}`;
