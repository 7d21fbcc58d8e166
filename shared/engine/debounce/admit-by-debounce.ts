/**
 * Of the runs of one key that come shortly one after another only the last performs. Its first reader notes each run as the latest, and sends
 * its message on to come back after the time of quiet. Whoever finds a later one there ends SKIPPED; whoever is still the latest goes on to
 * perform. Nothing is written into a run's row for the wait, and no attempt is spent (INV-06).
 *
 * Why the last one is never lost (INV-01): the item only says who is the latest, the waiting messages carry the runs. A run is skipped only
 * because of a later one that performs after it was enqueued; that one's message exists, since it is acknowledged when the run's row has an end.
 */
import { debouncedBy } from "../../job/debounce.ts";
import { type EpochMs, epochMs, parseIso } from "../../kernel/time.ts";
import type { Enqueue, LatestEnqueue } from "../../ports/debounce-store.ts";
import type { JobMessage } from "../../wire/job-message.ts";
import { limiterOfKey } from "../../wire/limiter-id.ts";
import { carrierOf } from "../carrier-of.ts";
import { keyOfRun } from "../key-of-run.ts";
import type { Carried } from "../next-messages.ts";
import type { Scene } from "../scene.ts";
import { sendLater } from "../send-later.ts";
import type { DeliveredMessage } from "../worker-parts.ts";
import { isLater, standsFor, waitEndsAt } from "./decide-debounced.ts";

export type Debounced =
	/** `carried` says that it has waited, for whoever sends it on. */
	| { readonly verdict: "go"; readonly carried: Carried; readonly latest: boolean }
	| { readonly verdict: "sent-on" }
	| { readonly verdict: "skip"; readonly reason: string };

/** @throws MillraceError `store-failed`, `send-failed`, `blob-failed` */
export async function admitByDebounce(
	scene: Scene,
	carried: Carried,
	input: unknown,
	delivered: DeliveredMessage,
): Promise<Debounced> {
	const { job, message, runId } = carried;
	const { debounce: policy } = job;
	if (policy === undefined || !isDue(message))
		return { verdict: "go", carried, latest: message.debounced?.latest === true };
	const { parts, debounceDesk: desk } = scene;
	const key = policy.per === undefined ? job.name : limiterOfKey(job.name, keyOfRun(policy.per, message, input));
	const carrier = carrierOf(message, delivered.messageId);
	const asOf = (sentAt: EpochMs): Carried => ({
		...carried,
		message: { ...message, debounced: { sentAt, carrier } },
	});
	const asLatest = (sentAt: EpochMs): Debounced => ({
		verdict: "go",
		carried: { ...carried, message: { ...message, debounced: { sentAt, carrier, latest: true } } },
		latest: true,
	});
	const mine = {
		...{ run: runId, carrier },
		sentAt:
			message.debounced === undefined
				? sentAtOf(message, delivered, parts.clock.now())
				: epochMs(message.debounced.sentAt),
	};

	let latest: LatestEnqueue | undefined;
	if (message.debounced === undefined) {
		latest = await desk.note(key, mine);
		if (latest.run !== runId) return stepBack(scene, asOf(mine.sentAt), mine, latest);
	} else {
		latest = await parts.debounce.endWait(key, mine);
		if (latest !== undefined && latest.run !== runId && isLater(latest, mine))
			return stepBack(scene, asOf(mine.sentAt), mine, latest);
	}
	// It has waited; or the item is gone, or only knows of an earlier run, and nobody stands for this one.
	if (latest?.run !== runId || latest.since === undefined) return asLatest(mine.sentAt);

	// New, or enqueued again while it waited.
	const now = parts.clock.now();
	const until = waitEndsAt(policy, latest.since, now);
	if (until > now) {
		await sendLater(scene, asOf(latest.sentAt), "debounce", { attempt: 1, generation: 1, notBefore: until });
		return { verdict: "sent-on" };
	}
	const ended = await parts.debounce.endWait(key, latest);
	return ended !== undefined && ended.run !== runId
		? stepBack(scene, asOf(latest.sentAt), latest, ended)
		: asLatest(latest.sentAt);
}

/** A tick within a minute was sent ahead of its time, with the minute's: what was enqueued until then is earlier. */
function sentAtOf({ schedule }: JobMessage, { sentAt }: DeliveredMessage, now: EpochMs): EpochMs {
	const dueAt = schedule === undefined ? undefined : parseIso(schedule.at);
	return dueAt === undefined ? sentAt : epochMs(Math.max(sentAt, Math.min(dueAt, now)));
}

/** A retry, a leg and a redrive have had their wait; so has what waits for a limit, which would else give way for ever under a steady stream. */
const isDue = ({ attempt, leg, generation, ticket, line }: JobMessage): boolean =>
	(attempt ?? 1) === 1 && leg === undefined && (generation ?? 1) === 1 && ticket === undefined && line === undefined;

/** There is a later one. */
async function stepBack(
	{ debounceDesk }: Scene,
	carried: Carried,
	mine: Enqueue,
	latest: LatestEnqueue,
): Promise<Debounced> {
	const [own, other] = await Promise.all([debounceDesk.readRow(mine.run), debounceDesk.readRow(latest.run)]);
	return standsFor(carried.job, mine, latest, { own, latest: other })
		? { verdict: "skip", reason: debouncedBy(latest.run) }
		: { verdict: "go", carried, latest: false };
}
