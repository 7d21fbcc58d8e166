/** What `ctx.enqueue` collects during an attempt: checked at the call, sent only if the attempt succeeds (INV-04). */

import type { JobContext } from "../job/context.ts";
import type { JobDefinition } from "../job/define-job.ts";
import type { Routing } from "../job/route-run.ts";
import { MillraceError } from "../kernel/errors.ts";
import { followUpRunId, type RunId } from "../kernel/ids.ts";
import { utf8Bytes } from "../kernel/json.ts";
import { FOLLOW_UPS_BYTES_MAX, FOLLOW_UPS_MAX, INLINE_FOLLOW_UP_INPUT_BYTES_MAX } from "../kernel/limits.ts";
import type { EpochMs } from "../kernel/time.ts";
import type { FollowUp } from "../ports/job-store.ts";
import { buildEnqueue, type JobDirectory } from "./enqueue.ts";
import { packMessage } from "./pack-message.ts";

export interface FollowUpCollector {
	readonly enqueue: JobContext["enqueue"];
	/** What was collected, and the blobs that large inputs need to be put in before the settle. */
	collected(): {
		readonly followUps: readonly FollowUp[];
		readonly blobs: readonly { readonly key: string; readonly text: string }[];
	};
}

export function createFollowUpCollector(about: {
	readonly catalogue: JobDirectory & Routing;
	readonly job: JobDefinition;
	readonly runId: RunId;
	readonly generation: number;
	readonly tenant: string | undefined;
	/** Of the run's own leg, which what it enqueues goes on with. */
	readonly trace: () => string;
	readonly now: () => EpochMs;
	/** What the checkpoint holds that the attempt goes on from. */
	readonly resumed: readonly FollowUp[];
}): FollowUpCollector {
	const followUps: FollowUp[] = [...about.resumed];
	const blobs: { key: string; text: string }[] = [];
	let bytes = followUps.reduce((sum, { message }) => sum + utf8Bytes(JSON.stringify(message)), 0);

	return {
		enqueue(job, input, options = {}) {
			if (!about.job.enqueues.includes(job.name)) {
				throw new MillraceError(
					"undeclared-enqueue",
					`${about.job.name} enqueues ${job.name}, which its definition does not declare: add "${job.name}" to its \`enqueues\`, so that its function may send there.`,
				);
			}
			const built = buildEnqueue({
				catalogue: about.catalogue,
				now: about.now(),
				job,
				input,
				options: { ...options, tenant: about.tenant, trace: about.trace() },
				fallbackId: followUpRunId(about.runId, `${about.generation}.${followUps.length}`),
			});
			const packed = packMessage(built, { inlineBytesMax: INLINE_FOLLOW_UP_INPUT_BYTES_MAX });
			const bytesThen = bytes + utf8Bytes(packed.body);
			if (followUps.length >= FOLLOW_UPS_MAX || bytesThen > FOLLOW_UPS_BYTES_MAX) {
				throw new MillraceError(
					"follow-ups-too-large",
					`A run enqueues at most ${FOLLOW_UPS_MAX} others with ${FOLLOW_UPS_BYTES_MAX} bytes together; this would be ${followUps.length + 1} with ${bytesThen}. Enqueue a job that fans out further.`,
				);
			}
			bytes = bytesThen;
			if (packed.blob !== undefined) blobs.push(packed.blob);
			followUps.push({ queueClass: built.queueClass, delaySeconds: built.delaySeconds, message: packed.message });
			return built.message.id;
		},
		collected: () => ({ followUps: [...followUps], blobs: [...blobs] }),
	};
}
