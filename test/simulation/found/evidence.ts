/** What tells the open findings from new ones: noted while a world lives, beside the checkers. */
import { subjectOf } from "../checkers/message-subject.ts";
import type { Seen } from "../history.ts";
import { queueClasses, renamedJob } from "../jobs.ts";
import { mainOf, type World } from "../world.ts";

export interface Evidence {
	/** Runs that were carried, at some time, by a message that was not in the queue any more: only its redelivery would have repeated follow-ups. */
	readonly carrierWasGone: ReadonlySet<string>;
	/** Of those, runs that had ended before. */
	readonly revived: ReadonlySet<string>;
	/** Whether a deploy took place, after which some messages are refused that were sound before. */
	readonly stricter: boolean;
	/** Whether it gave a job another name. */
	readonly renamed: boolean;
	/** Runs that were taken for another job's while old workers were still at work. */
	readonly conflicting: ReadonlySet<string>;
	/** Fences of performances that were told to stop by an operator: their code may not do so. */
	readonly revokedFences: ReadonlySet<string>;
	/** Runs that began to perform after their lease had ended. */
	readonly begunLate: ReadonlySet<string>;
	/** Whether a run under a rate limit showed that it lives between its turn and its start. */
	readonly beatenFirst: boolean;
	/** Runs whose message waited for a limit. */
	readonly waited: ReadonlySet<string>;
	/** Runs that a message under one of the job's two names was about. */
	readonly ofRenamedJob: ReadonlySet<string>;
	observe(seen: Seen): void;
}

/** The longest timeout of a function, and what its code does after that. */
const invocationMsMax = 2_000_000;

export function createEvidence(world: World): Evidence {
	const gone = new Set<string>();
	/** Messages that two invocations had, or that came again after they were deleted. */
	const doubled = new Set<string>();
	let doubling = false;
	let oldUntil = 0;
	const revived = new Set<string>();
	const carrierWasGone = new Set<string>();
	const ofRenamedJob = new Set<string>();
	const revokedFences = new Set<string>();
	const begunLate = new Set<string>();
	const beaten = new Set<string>();
	let beatenFirst = false;
	const leases = new Map<string, number>();
	const waited = new Set<string>();
	const conflicting = new Set<string>();
	const next = world.versions[1];
	return {
		carrierWasGone,
		revived,
		ofRenamedJob,
		conflicting,
		revokedFences,
		begunLate,
		waited,
		get beatenFirst() {
			return beatenFirst;
		},
		get stricter() {
			return world.deployed && next.numberMax < 9;
		},
		get renamed() {
			return world.deployed && next.catalogue.findJob(renamedJob.after) !== undefined;
		},
		observe(seen) {
			if (seen.kind === "performing") {
				const { runId, fence, skewMs, definition } = seen.performance;
				if (definition.rateLimit !== undefined && beaten.has(fence)) beatenFirst = true;
				if (seen.at + skewMs > (leases.get(fence) ?? 0)) begunLate.add(runId);
			}
			if (seen.kind === "row") {
				const { before } = seen;
				if (before !== undefined && "fence" in before && "fence" in seen.after && before.fence === seen.after.fence)
					beaten.add(before.fence);
				if ("fence" in seen.after) leases.set(seen.after.fence, seen.after.leaseUntil);
				if ("fence" in seen.after && seen.after.revoke !== undefined) revokedFences.add(seen.after.fence);
				const { id, carrier, job } = seen.after;
				if (gone.has(carrier) && !isStoodInFor(carrier)) {
					carrierWasGone.add(id);
					if (seen.before?.state === "FAILURE" && seen.after.state === "STARTED") revived.add(id);
				}
				if (job === renamedJob.before || job === renamedJob.after) ofRenamedJob.add(id);
			}
			if (seen.kind === "sent" && /"(ticket|line)":{/.test(seen.body)) waited.add(subjectOf(world, seen)?.runId ?? "");
			if (seen.kind === "note" && seen.what === "step") doubling = /deliver a (message twice|deleted)/.test(seen.about);
			if (seen.kind === "note" && seen.what === "invocation") {
				if (doubling) for (const [id] of seen.about.matchAll(/message-\d+/g)) doubled.add(id);
				if (world.deployed && seen.about.includes("(old)")) oldUntil = seen.at + invocationMsMax;
			}
			if (seen.kind === "sent" && seen.attributes["millrace-reason"] === "run-id-conflict" && seen.at < oldUntil)
				conflicting.add(seen.attributes["millrace-run-id"] ?? "");
			if (seen.kind !== "removed" || seen.target.queue !== "main") return;
			gone.add(seen.messageId);
			const subject = subjectOf(world, seen);
			const row = subject === undefined ? undefined : world.row(subject.runId);
			const isCarrier =
				row !== undefined &&
				row.carrier === seen.messageId &&
				("fence" in row || seen.moved || doubled.has(seen.messageId));
			if (isCarrier && !isStoodInFor(row.carrier)) carrierWasGone.add(row.id);
		},
	};

	/** A message that waits for a limit carries its run in place of the one that it was. */
	function isStoodInFor(carrier: string): boolean {
		return queueClasses.some((name) =>
			world.messages(mainOf(name)).some(({ body }) => body.includes(`"carrier":"${carrier}"`)),
		);
	}
}
