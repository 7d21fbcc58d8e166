/**
 * The step that a scheduled message takes before anything else admits it: the tick is noted, and its policies are asked (INV-11). A tick's run
 * id is computed from schedule and scheduled time, so that a double fire is one run. Costs one write and one read a tick.
 */

import { revokeRun } from "../revoke-run.ts";
import { offsetsWithinMinuteMs, type ScheduleDefinition, type ScheduleRule } from "../../job/schedule.ts";
import { invariant } from "../../kernel/errors.ts";
import { runId, runIdOfTick } from "../../kernel/ids.ts";
import { type EpochMs, epochMs, parseIso, plusMs, plusSeconds, toIso } from "../../kernel/time.ts";
import type { NotedTick, ScheduleRecord } from "../../ports/schedule-registry.ts";
import type { JobMessage } from "../../wire/job-message.ts";
import { type Carried, type NextMessage, sendOn } from "../next-messages.ts";
import type { Scene } from "../scene.ts";
import { sendNext } from "../send-next.ts";
import { decideTick } from "./decide-tick.ts";

/** `held`: the tick was sent on to wait, and this message is done. */
export type TickAnswer =
	| { readonly kind: "go" }
	| { readonly kind: "skip"; readonly words: string }
	| { readonly kind: "held" };

/** What the message must be for this step to have a say: the first message of a tick's run, or one that waited. */
export const isTick = ({ schedule, attempt = 1, generation = 1, leg }: JobMessage): boolean =>
	schedule !== undefined && attempt === 1 && generation === 1 && leg === undefined;

/** @throws MillraceError `store-failed`, `send-failed` */
export async function holdTick(scene: Scene, carried: Carried): Promise<TickAnswer> {
	const { parts } = scene;
	const { schedule } = carried.message;
	const at = schedule === undefined ? undefined : parseIso(schedule.at);
	if (schedule === undefined || at === undefined || schedule.backfill === true) return { kind: "go" };
	const { name, behind } = schedule;
	const now = parts.clock.now();
	const record = await parts.schedules.noteTick(name, { at, runId: carried.runId, now });
	const known: Known | undefined = parts.catalogue.findSchedule(name) ?? record.definition;
	if (known !== undefined) await sendRestOfMinute(scene, carried, { name, at, rule: known.rule });

	const before = behind === undefined ? beforeOf(record, at) : waitedFor(behind);
	const [own, beforeRow] = await parts.store.getMany([carried.runId, ...(before === undefined ? [] : [before.runId])]);
	if (own !== undefined) return { kind: "go" };
	const waited = behind !== undefined;
	const verdict = decideTick({ policy: known, record, at, now, waited, before, beforeRow });
	switch (verdict.kind) {
		case "go":
			return verdict;
		case "skip":
			parts.telemetry.emit({ event: "tick.skipped", schedule: name, job: carried.job.name, why: verdict.why });
			return { kind: "skip", words: verdict.words };
		case "wait":
			invariant(before !== undefined, "a tick waits for a run");
			if (verdict.cancel)
				await revokeRun(
					{ store: parts.store, clock: parts.clock, random: parts.random },
					before.runId,
					`a later tick of schedule ${name}`,
				);
			await sendToWait(scene, carried, before);
			return { kind: "held" };
	}
}

type Known = Pick<ScheduleDefinition, "rule" | "overlap" | "catchUp">;

const beforeOf = ({ latest }: ScheduleRecord, at: EpochMs): NotedTick | undefined =>
	latest?.at === at ? latest.before : undefined;

const waitedFor = ({ run, since }: NonNullable<NonNullable<JobMessage["schedule"]>["behind"]>): NotedTick => ({
	runId: runId(run),
	notedAt: parseIso(since) ?? epochMs(0),
});

/** EventBridge ticks once a minute at most: the first of a minute sends the others, under ids that are theirs whoever sends them. */
async function sendRestOfMinute(
	{ parts, calls }: Scene,
	{ queueClass, message }: Carried,
	{ name, at, rule }: { readonly name: string; readonly at: EpochMs; readonly rule: ScheduleRule },
): Promise<void> {
	const offsets = at % MINUTE_MS === 0 ? offsetsWithinMinuteMs(rule) : [];
	if (offsets.length === 0) return;
	const now = parts.clock.now();
	const messages = offsets.map((offsetMs): NextMessage => {
		const tickAt = plusMs(at, offsetMs);
		return {
			target: { queueClass, queue: "main" },
			message: { ...message, id: runIdOfTick(name, tickAt), schedule: { name, at: toIso(tickAt) } },
			delaySeconds: Math.max(0, Math.ceil((tickAt - now) / 1000)),
			attributes: {},
		};
	});
	await sendNext(parts, calls.send, messages);
}

const MINUTE_MS = 60_000;
/** A run that waits for another looks again after so long, and later each time. */
const LOOK_AGAIN_SECONDS_MIN = 5;
const LOOK_AGAIN_SECONDS_MAX = 60;

async function sendToWait(scene: Scene, carried: Carried, before: NotedTick): Promise<void> {
	const { parts, calls } = scene;
	const { message, runId: id } = carried;
	const { schedule } = message;
	invariant(schedule !== undefined, "a tick has a schedule");
	const now = parts.clock.now();
	await parts.schedules.noteWaiting(schedule.name, { runId: id, notedAt: now });
	const delaySeconds = Math.min(LOOK_AGAIN_SECONDS_MAX, LOOK_AGAIN_SECONDS_MIN * 2 ** Math.min(message.hops ?? 0, 8));
	const behind = { run: before.runId, since: toIso(before.notedAt) };
	const waiting = { ...carried, message: { ...message, schedule: { ...schedule, behind } } };
	const place = { attempt: 1, generation: 1, notBefore: plusSeconds(now, delaySeconds), deferred: true };
	await sendNext(parts, calls.send, [sendOn(waiting, place, now)]);
	const about = { runId: id, job: carried.job.name, attempt: 1 };
	parts.telemetry.emit({ event: "run.deferred", why: "overlap", delaySeconds, ...about });
}
