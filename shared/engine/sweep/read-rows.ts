/** Rows in the order of the ids, although one may not be readable: what a newer version wrote before a rollback must not stop every sweep. */
import type { RunId } from "../../kernel/ids.ts";
import type { JobStore, RunRecord } from "../../ports/job-store.ts";

/** So many in a row that can't be read are a fault of the store. */
const UNREADABLE_MAX = 10;

/** @throws MillraceError `store-failed` */
export async function readRows(
	store: Pick<JobStore, "getMany">,
	ids: readonly RunId[],
): Promise<readonly (RunRecord | "unreadable" | undefined)[]> {
	if (ids.length === 0) return [];
	try {
		return await store.getMany(ids);
	} catch {
		const rows: (RunRecord | "unreadable" | undefined)[] = [];
		let unreadable = 0;
		for (const id of ids) {
			try {
				rows.push((await store.getMany([id]))[0]);
				unreadable = 0;
			} catch (error) {
				if (++unreadable === Math.min(UNREADABLE_MAX, ids.length)) throw error;
				rows.push("unreadable");
			}
		}
		return rows;
	}
}
