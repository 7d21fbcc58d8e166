/** Fetches a page. An answer of any status is a finding; no answer is an error, which is tried again. */
import { JobError, type JobImplementation } from "millrace";
import type { PageTable } from "../pages/page-table.ts";
import type { checkPage as definition } from "./definitions.ts";

export const checkPage =
	(table: PageTable): JobImplementation<typeof definition> =>
	async ({ url }, { signal, log }) => {
		const startedAt = performance.now();
		const answer = await fetch(url, { signal, redirect: "manual" }).catch((cause: unknown) => {
			signal.throwIfAborted();
			throw new JobError("api", `${new URL(url).origin} does not answer`, { cause });
		});
		await answer.body?.cancel();
		const found = { status: answer.status, tookMs: Math.round(performance.now() - startedAt) };
		await table.note(url, found);
		log.info("Looked at a page", { url, ...found });
		return found;
	};
