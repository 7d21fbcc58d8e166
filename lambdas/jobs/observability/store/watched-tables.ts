/**
 * Tables whose freshness is watched: when each kind of change last happened, and how old it may become. Several pipelines may expect something
 * of one table; the least age holds, and a table is watched for as long as anyone expects anything.
 */
import { type EpochMs, epochMs } from "../../../../shared/job/index.ts";
import { type ChangeKind, changeKinds } from "../../../../shared/jobs/observability/fields.ts";
import { readOptionalNumber } from "./attributes.ts";
import { tableKey } from "./keys.ts";
import type { Item, Table } from "./table.ts";

export interface WatchedTable {
	readonly table: string;
	readonly changes: Readonly<Record<ChangeKind, WatchedChange>>;
}

export interface WatchedChange {
	readonly lastAt?: EpochMs;
	/** The least that any pipeline expects. Absent while the change is not watched. */
	readonly expectedAgeMinutes?: number;
	/** From when on it has been watched without a break. */
	readonly watchedSince?: EpochMs;
}

/** Of `expected:<kind>#<pipeline>`. */
const EXPECTED = "expected:";

export type ExpectedAges = Readonly<Partial<Record<ChangeKind, number>>>;

export function createWatchedTableStore(table: Table) {
	return {
		async list(): Promise<readonly WatchedTable[]> {
			return (await table.query({ pk: tableKey("").pk })).map(toWatchedTable);
		},
		/** Replaces what the pipeline expects of the table; none at all ends its part in the watch. */
		async expect(name: string, pipeline: number, ages: ExpectedAges, now: EpochMs): Promise<void> {
			const [known] = await table.getMany([tableKey(name)]);
			const before = known && toWatchedTable(known).changes;
			await table.set(
				tableKey(name),
				Object.fromEntries(
					changeKinds.flatMap((kind) => [
						// 0 stands for "not watched".
						[`${EXPECTED}${kind}#${pipeline}`, ages[kind] ?? 0],
						[`since:${kind}`, before?.[kind].watchedSince ?? now],
					]),
				),
			);
		},
		/** Moves the instant of the last change forward; one that is older than known changes nothing. */
		async changed(name: string, kind: ChangeKind, at: EpochMs): Promise<void> {
			const attribute = `last:${kind}`;
			await table.set(tableKey(name), { [attribute]: at }, { kind: "below", attribute, value: at });
		},
	};
}

function toWatchedTable(item: Item): WatchedTable {
	const change = (kind: ChangeKind): WatchedChange => {
		const lastAt = readOptionalNumber(item, `last:${kind}`);
		const expected = Object.keys(item)
			.filter((name) => name.startsWith(`${EXPECTED}${kind}#`))
			.flatMap((name) => readOptionalNumber(item, name) ?? [])
			.filter((minutes) => minutes > 0);
		const expectedAgeMinutes = expected.length === 0 ? 0 : Math.min(...expected);
		const since = readOptionalNumber(item, `since:${kind}`);
		return {
			...(lastAt === undefined ? {} : { lastAt: epochMs(lastAt) }),
			...(expectedAgeMinutes === 0 ? {} : { expectedAgeMinutes }),
			...(expectedAgeMinutes === 0 || since === undefined ? {} : { watchedSince: epochMs(since) }),
		};
	};
	return {
		table: item.sk,
		changes: { insert: change("insert"), update: change("update"), "soft-delete": change("soft-delete") },
	};
}
