/** Step 2: the job that a message names, by its name or an alias, if this worker performs it. */
import type { JobDefinition } from "../job/define-job.ts";
import { cutToBytes } from "../kernel/json.ts";
import { nearestNames } from "../kernel/nearest-names.ts";
import type { JobMessage } from "../wire/job-message.ts";
import { type Refusal, withReadable } from "./parse-message.ts";
import type { WorkerParts } from "./worker-parts.ts";

export type ResolvedJob =
	| { readonly refused: false; readonly job: JobDefinition }
	| { readonly refused: true; readonly refusal: Refusal; readonly job?: JobDefinition };

/** @param queueClass where the message came from. */
export function resolveJob(
	{ catalogue, implementations }: Pick<WorkerParts, "catalogue" | "implementations">,
	queueClass: string,
	message: JobMessage,
): ResolvedJob {
	const job = catalogue.findJob(message.job);
	if (job === undefined) {
		const [meant] = nearestNames(
			message.job,
			catalogue.jobs.map((known) => known.name),
			1,
		);
		const hint = meant === undefined ? " `millrace jobs` lists them." : ` Did you mean "${meant}"?`;
		return {
			refused: true,
			refusal: withReadable(
				{ reason: "unknown-job", message: `No job is called "${cutToBytes(message.job, 100)}".${hint}` },
				message,
			),
		};
	}
	if (!Object.hasOwn(implementations, job.name)) {
		const problem = `${job.name} is performed from queue class "${job.queueClass.name}"; this message came through "${queueClass}". Send it to its own queue; \`millrace dlq redrive\` does.`;
		return { refused: true, refusal: withReadable({ reason: "wrong-queue-class", message: problem }, message), job };
	}
	return { refused: false, job };
}
