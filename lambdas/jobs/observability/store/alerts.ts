/** Open alerts of the checks, one item each. A check hands over all that it found; what is no longer found is closed by removal. */
import { type EpochMs, epochMs } from "../../../../shared/job/index.ts";
import { readNumber, readText } from "./attributes.ts";
import { alertPartition } from "./keys.ts";
import type { Table } from "./table.ts";

export type Check = "freshness" | "timeliness";

export interface Alert {
	readonly key: string;
	/** When a check first found it. */
	readonly openedAt: EpochMs;
	readonly details: unknown;
}

export function createAlertStore(table: Table) {
	return {
		async list(check: Check): Promise<readonly Alert[]> {
			return (await table.query({ pk: alertPartition(check) })).map((item) => ({
				key: item.sk,
				openedAt: epochMs(readNumber(item, "opened")),
				details: JSON.parse(readText(item, "details")),
			}));
		},
		/**
		 * Makes the open alerts of a check exactly these. Details should not change while the matter stands: an alert that is open
		 * with the same details is not written again.
		 */
		async replace(
			check: Check,
			found: ReadonlyMap<string, unknown>,
			now: EpochMs,
		): Promise<{ readonly opened: number; readonly resolved: number }> {
			const pk = alertPartition(check);
			const open = new Map((await table.query({ pk })).map((item) => [item.sk, item]));
			const puts = [...found].flatMap(([sk, details]) => {
				const known = open.get(sk);
				const text = JSON.stringify(details);
				if (known !== undefined && readText(known, "details") === text) return [];
				return [{ pk, sk, opened: known === undefined ? now : readNumber(known, "opened"), details: text }];
			});
			const deletes = [...open.values()].filter((item) => !found.has(item.sk));
			await table.writeMany({ puts, deletes });
			return { opened: [...found.keys()].filter((key) => !open.has(key)).length, resolved: deletes.length };
		},
	};
}
