/** Tables whose freshness is watched: when each kind of change last happened, and how old it may become. */
import { type EpochMs, epochMs } from "../../../../shared/job/index.ts";
import { type ChangeKind, changeKinds } from "../../../../shared/jobs/observability/fields.ts";
import { readOptionalNumber } from "./attributes.ts";
import { tableKey } from "./keys.ts";
import type { Item, Table } from "./table.ts";

export interface WatchedTable {
	readonly table: string;
	/** When its freshness was first expected; `undefined` while it never was. */
	readonly since: EpochMs | undefined;
	readonly changes: Readonly<Record<ChangeKind, { readonly lastAt?: EpochMs; readonly expectedAgeMinutes?: number }>>;
}

export type ExpectedAges = Readonly<Partial<Record<ChangeKind, number>>>;

export function createWatchedTableStore(table: Table) {
	return {
		async list(): Promise<readonly WatchedTable[]> {
			return (await table.query({ pk: tableKey("").pk })).map(toWatchedTable);
		},
		/** Replaces the expectations of one table; none at all ends the watch. */
		async expect(name: string, ages: ExpectedAges, now: EpochMs): Promise<void> {
			const [known] = await table.getMany([tableKey(name)]);
			const since = known && readOptionalNumber(known, "since");
			await table.set(tableKey(name), {
				since: since ?? now,
				// 0 stands for "not watched".
				...Object.fromEntries(changeKinds.map((kind) => [`expected:${kind}`, ages[kind] ?? 0])),
			});
		},
		/** Moves the instant of the last change forward; one that is older than known changes nothing. */
		async changed(name: string, kind: ChangeKind, at: EpochMs): Promise<void> {
			const attribute = `last:${kind}`;
			await table.set(tableKey(name), { [attribute]: at }, { kind: "below", attribute, value: at });
		},
	};
}

function toWatchedTable(item: Item): WatchedTable {
	const since = readOptionalNumber(item, "since");
	const change = (kind: ChangeKind) => {
		const lastAt = readOptionalNumber(item, `last:${kind}`);
		const expectedAgeMinutes = readOptionalNumber(item, `expected:${kind}`) ?? 0;
		return {
			...(lastAt === undefined ? {} : { lastAt: epochMs(lastAt) }),
			...(expectedAgeMinutes === 0 ? {} : { expectedAgeMinutes }),
		};
	};
	return {
		table: item.sk,
		since: since === undefined ? undefined : epochMs(since),
		changes: { insert: change("insert"), update: change("update"), "soft-delete": change("soft-delete") },
	};
}
