/** Reads runs as views, each id asked of the store once. */
import { invariant, MillraceError } from "../kernel/errors.ts";
import { RUN_ID_PATTERN, type RunId, runId } from "../kernel/ids.ts";
import { showValue } from "../kernel/show-value.ts";
import type { JobStore } from "../ports/job-store.ts";
import type { RunView } from "../wire/run-view.ts";
import { runToView } from "./run-to-view.ts";

type Reader = Pick<JobStore, "getMany">;

export async function readViews(store: Reader, ids: readonly string[]): Promise<readonly RunView[]> {
	const wanted = ids.map(checkRunId);
	const distinct = [...new Set(wanted)];
	const records = distinct.length === 0 ? [] : await store.getMany(distinct);
	const views = new Map(distinct.map((id, index) => [id, runToView(id, records[index])]));
	return wanted.map((id) => {
		const view = views.get(id);
		invariant(view !== undefined, "every id asked for has a view");
		return view;
	});
}

export async function readView(store: Reader, id: string): Promise<RunView> {
	const [view] = await readViews(store, [id]);
	invariant(view !== undefined, "one id has one view");
	return view;
}

/** @throws MillraceError `message-invalid-field` */
export function checkRunId(id: unknown): RunId {
	if (typeof id === "string" && RUN_ID_PATTERN.test(id)) return runId(id);
	throw new MillraceError(
		"message-invalid-field",
		`A run id is 1–128 characters of A–Z a–z 0–9 . _ : -; got ${showValue(id)}.`,
	);
}
