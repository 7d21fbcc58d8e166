/** The result of a finished run, from its row or from the bucket. */
import type { JobDefinition } from "../job/define-job.ts";
import { MillraceError } from "../kernel/errors.ts";
import type { ClientParts } from "./client-parts.ts";
import { checkRunId } from "./read-views.ts";
import { runToView } from "./run-to-view.ts";

/** Given a job, a run of another job is refused. The value is as it was stored: it fitted the job's output schema then. */
export async function readResult(
	{ store, blobs }: Pick<ClientParts, "store" | "blobs">,
	givenId: unknown,
	job?: JobDefinition,
): Promise<unknown> {
	const id = checkRunId(givenId);
	const [record] = await store.getMany([id]);
	if (record === undefined) {
		throw new MillraceError(
			"run-not-found",
			`There is no record of run ${id}: it has not started yet, was never enqueued, or ended more than 24 h ago.`,
			{ details: { id } },
		);
	}
	if (job !== undefined && ![job.name, ...job.aliases].includes(record.job)) {
		throw new MillraceError(
			"run-id-conflict",
			`Run ${id} is of job ${record.job}, not of ${job.name}. Ask with that job's definition, or with the id alone.`,
			{ details: { id, job: record.job } },
		);
	}
	switch (record.state) {
		case "STARTED":
		case "PROGRESS":
		case "RETRY":
		case "LEG":
			throw new MillraceError("run-not-finished", `Run ${id} is ${record.state}. Wait for it with \`wait\`.`, {
				details: { id, state: record.state },
			});
		case "FAILURE":
			throw new MillraceError(
				"run-failed",
				`Run ${id} is FAILURE (${record.reason}): ${record.error.excType}: ${record.error.excMessage}`,
				{ details: { view: runToView(id, record) } },
			);
		case "REVOKED":
		case "SKIPPED":
			throw new MillraceError("run-failed", `Run ${id} is ${record.state} and has no result: ${record.reason}`, {
				details: { view: runToView(id, record) },
			});
		case "SUCCESS": {
			if (record.result.kind === "inline") return JSON.parse(record.result.json);
			const text = await blobs.get(record.result.key);
			if (text !== undefined) return JSON.parse(text);
			throw new MillraceError(
				"result-missing",
				`The result of run ${id} is no longer in the bucket under ${record.result.key}: its retention is over. Run the job again.`,
				{ details: { id, key: record.result.key } },
			);
		}
	}
}
