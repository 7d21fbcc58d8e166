/**
 * The step that a scheduled message takes before anything else admits it: the tick is noted, and its policies are asked, once (INV-11). A tick's
 * run id is computed from schedule and scheduled time, so that a double fire is one run. Costs two writes and a read a tick.
 *
 * Anyone who may send to the queue can call a message a tick: so it counts only for the schedule's own job and never for a time to come, and whose
 * run has to end is what the registry says, not the message.
 */
import { hasOffsetOf, offsetsWithinMinuteMs, type ScheduleDefinition } from "../../job/schedule.ts";
import { MillraceError } from "../../kernel/errors.ts";
import { runIdOfTick } from "../../kernel/ids.ts";
import { HOPS_MAX } from "../../kernel/limits.ts";
import { type EpochMs, epochMs, parseIso, plusMs, plusSeconds, toIso } from "../../kernel/time.ts";
import type { ScheduleRecord } from "../../ports/schedule-registry.ts";
import type { JobMessage } from "../../wire/job-message.ts";
import { type Carried, type NextMessage, sendOn } from "../next-messages.ts";
import { revokeRun } from "../revoke-run.ts";
import type { Scene } from "../scene.ts";
import { sendNext } from "../send-next.ts";
import { waitsStill } from "../waits-still.ts";
import { decideTick, isKnownStill, type TickFacts } from "./decide-tick.ts";

export type TickAnswer =
	/** With a message that says so, wherever it is sent on to. */
	| { readonly kind: "go"; readonly carried: Carried }
	| { readonly kind: "skip"; readonly words: string }
	/** The tick was sent on to wait, by this message or by one of which this is a copy: it is done. */
	| { readonly kind: "held" };

/** What the message must be for this step to have a say: the first message of a tick's run, or one that waited. */
export const isTick = ({ schedule, attempt = 1, generation = 1, leg }: JobMessage): boolean =>
	schedule !== undefined && attempt === 1 && generation === 1 && leg === undefined;

type Known = Pick<ScheduleDefinition, "rule" | "overlap" | "catchUp"> & {
	/** Of run time: what the registry says holds from then on. Of the catalogue a worker may know an older rule than the one that ticks. */
	readonly made: boolean;
};

/** Clocks differ, and the scheduler's is one of them. */
const EARLY_MS_MAX = 120_000;
const isEarly = (at: EpochMs, now: EpochMs): boolean => at > plusMs(now, EARLY_MS_MAX);
const ROUNDS_MAX = 5;

/** @throws MillraceError `store-failed`, `send-failed` */
export async function holdTick(scene: Scene, carried: Carried, messageId: string): Promise<TickAnswer> {
	const { parts } = scene;
	const { runId, message } = carried;
	const { schedule, debounced } = message;
	const at = timeOf(message);
	if (schedule === undefined || at === undefined) return { kind: "go", carried };
	const { name } = schedule;
	const now = parts.clock.now();
	const wasAdmitted = schedule.admitted === true;
	const noted = { runId, notedAt: now };
	// It has waited for a limit since: still on its way, unless it was silent for so long that another one was admitted over it.
	if (wasAdmitted && (await parts.schedules.admit(name, noted, noted))) return { kind: "go", carried };
	const skipped = (why: string, words: string): TickAnswer => {
		parts.telemetry.emit({ event: "tick.skipped", schedule: name, job: carried.job.name, why });
		return { kind: "skip", words };
	};

	/** A run like others, whatever becomes of its schedule: it has begun, or was admitted before. */
	const goesOn = (): TickAnswer => ({ kind: "go", carried: admitted(carried) });
	const isNoted = async (): Promise<boolean> => (await parts.schedules.admittedAmong([runId], now)).has(runId);
	const known = await policyOf(scene, carried, name);
	if (wasAdmitted && (known === undefined || known.overlap === "allow")) return { kind: "go", carried };
	if (known === undefined) {
		const [own] = await parts.store.getMany([runId]);
		if (own !== undefined ? own.attempts > 0 : await isNoted()) return goesOn();
		return skipped("deleted", "There is no such schedule of this job, or not any more.");
	}
	if (isEarly(at, now)) return skipped("too-early", "The time that the tick is scheduled for is still to come.");
	const isDue = !known.made || hasOffsetOf(known.rule, at);
	// Not late is what has waited for later runs of its debounce key before it comes here, or for a copy of itself that waits in this worker.
	const sentAt = debounced === undefined ? undefined : epochMs(debounced.sentAt);
	const isSoon = sentAt !== undefined && isKnownStill({ notedAt: sentAt }, now);
	const cameAt = epochMs(Math.min(isSoon ? sentAt : scene.receivedAt, now));
	let before = whatWasBefore(message);
	let record: ScheduleRecord | undefined = await parts.schedules.noteTick(name, { at, runId, now: cameAt });
	if (carried.job.debounce === undefined) await sendRestOfMinute(scene, carried, { name, at, known });
	for (let round = 0; round < ROUNDS_MAX; round++) {
		const { going } = record ?? {};
		const [own, goingRow] = await parts.store.getMany([runId, ...(going === undefined ? [] : [going.runId])]);
		if (own !== undefined) return goesOn();
		const isGoing = going?.runId === runId && isKnownStill(going, now);
		const verdict = isGoing
			? ({ kind: "go" } as const)
			: decideTick({
					policy: known,
					...{ before, isDue },
					record: record ?? { name, missed: { count: 0 } },
					runId,
					...{ at, cameAt, now },
					goingRow,
				});
		if (verdict.kind === "skip") {
			// Another message of it may have been admitted, and wait for a slot by now (admitted-ticks.ts). Where another's run goes on, that one's gives way.
			const isOver = before === "admitted" || verdict.why === "overlap";
			if (isOver || !(await isNoted())) return skipped(verdict.why, verdict.words);
			before = "admitted";
			// That message may have been admitted since this one looked.
			record = await parts.schedules.look(name);
			continue;
		}
		if (verdict.kind === "wait") {
			if (isCopy(record?.waiting, carried, messageId, now)) return { kind: "held" };
			const { store, clock, random } = parts;
			if (verdict.cancel)
				await revokeRun({ store, clock, random }, verdict.going.runId, `a later tick of schedule ${name}`);
			await sendToWait(scene, carried, name, messageId);
			return { kind: "held" };
		}
		// The one that is going says so anew: whoever found it silent does not take its place then.
		if (known.overlap === "allow" || (await parts.schedules.admit(name, noted, going))) {
			if (before === "admitted") return goesOn();
			parts.telemetry.emit({ event: "tick.admitted", schedule: name, job: carried.job.name });
			return { kind: "go", carried: { ...admitted(carried), newlyAdmitted: true } };
		}
		record = await parts.schedules.look(name);
	}
	throw new MillraceError(
		"store-failed",
		`Schedule ${name} changed ${ROUNDS_MAX} times while a tick of it was being admitted; the message is kept and tried again.`,
	);
}

/**
 * What a tick does before it waits for later runs of its debounce key: the others of its minute follow its time, not the end of that wait, and
 * come even if it gives way. @throws MillraceError `store-failed`, `send-failed`
 */
export async function sendOthersOfMinute(scene: Scene, carried: Carried): Promise<void> {
	const { schedule } = carried.message;
	const at = timeOf(carried.message);
	if (schedule === undefined || at === undefined || isEarly(at, scene.parts.clock.now())) return;
	const { name } = schedule;
	const known = await policyOf(scene, carried, name);
	if (known !== undefined) await sendRestOfMinute(scene, carried, { name, at, known });
}

/** The time that a tick is scheduled for; `undefined` for what is none, or is held to no policy. */
const timeOf = ({ schedule }: JobMessage): EpochMs | undefined =>
	schedule === undefined || schedule.backfill === true ? undefined : parseIso(schedule.at);

function whatWasBefore({ schedule, hops = 0, debounced }: JobMessage): TickFacts["before"] {
	if (schedule?.admitted === true) return "admitted";
	// For later runs of its debounce key it waits before it comes here.
	return hops > 0 && debounced === undefined ? "waited" : "nothing";
}

async function policyOf({ parts }: Scene, { job }: Carried, name: string): Promise<Known | undefined> {
	const deployed = parts.catalogue.findSchedule(name);
	if (deployed !== undefined) return deployed.job.name === job.name ? { ...deployed, made: false } : undefined;
	const made = (await parts.schedules.look(name))?.definition;
	return made !== undefined && parts.catalogue.findJob(made.job)?.name === job.name
		? { ...made, made: true }
		: undefined;
}

function admitted(carried: Carried): Carried {
	const { schedule } = carried.message;
	return schedule === undefined
		? carried
		: { ...carried, message: { ...carried.message, schedule: { ...schedule, admitted: true } } };
}

/**
 * EventBridge ticks once a minute at most: the first message of a minute's tick sends the others, under ids that are theirs whoever sends them. They
 * follow it by their distance, so that one that came late does not bring two at once.
 */
async function sendRestOfMinute(
	{ parts, calls, receivedAt }: Scene,
	{ queueClass, message }: Carried,
	{ name, at, known }: { readonly name: string; readonly at: EpochMs; readonly known: Known },
): Promise<void> {
	const inTime = receivedAt - at <= known.catchUp.windowSeconds * 1000;
	const offsets = at % MINUTE_MS === 0 && (message.hops ?? 0) === 0 && inTime ? offsetsWithinMinuteMs(known.rule) : [];
	if (offsets.length === 0) return;
	const { job, input, tenant, priority, trace } = message;
	const messages = offsets.map((offsetMs): NextMessage => {
		const tickAt = plusMs(at, offsetMs);
		return {
			target: { queueClass, queue: "main" },
			message: {
				...{ job, id: runIdOfTick(name, tickAt), schedule: { name, at: toIso(tickAt) } },
				...(input === undefined ? {} : { input }),
				...(tenant === undefined ? {} : { tenant }),
				...(priority === undefined ? {} : { priority }),
				...(trace === undefined ? {} : { trace }),
			},
			delaySeconds: Math.ceil(offsetMs / 1000),
			attributes: {},
		};
	});
	await sendNext(parts, calls.send, messages);
}

const MINUTE_MS = 60_000;
/** A tick that waits for another's run looks again after so long, and later each time. */
const LOOK_AGAIN_SECONDS_MIN = 5;
const LOOK_AGAIN_SECONDS_MAX = 60;

/**
 * Another message of the tick was sent on to wait, and comes back later. Each copy would else send on one of its own, for as long as the tick
 * waits: and a queue with more messages than ticks that wait keeps what they wait for from being found lost. A message says what it
 * likes of its hops: one that says many is refused soon, and proves nothing.
 */
const isCopy = (
	waiting: ScheduleRecord["waiting"],
	{ runId, message }: Carried,
	messageId: string,
	now: EpochMs,
): boolean =>
	waiting?.by !== undefined &&
	waiting.runId === runId &&
	waitsStill(waiting, now) &&
	waiting.by.messageId !== messageId &&
	waiting.by.hops < HOPS_MAX / 2 &&
	(message.hops ?? 0) <= waiting.by.hops;

async function sendToWait(scene: Scene, carried: Carried, name: string, messageId: string): Promise<void> {
	const { parts, calls } = scene;
	const { message, runId } = carried;
	const now = parts.clock.now();
	const { hops = 0 } = message;
	const delaySeconds = Math.min(LOOK_AGAIN_SECONDS_MAX, LOOK_AGAIN_SECONDS_MIN * 2 ** Math.min(hops, 8));
	const place = { attempt: 1, generation: 1, notBefore: plusSeconds(now, delaySeconds), deferred: true };
	await sendNext(parts, calls.send, [sendOn(carried, place, now)]);
	// Not before: a copy that reads it may be the only message that is left.
	await parts.schedules.noteWaiting(name, { runId, notedAt: now, by: { messageId, hops } });
	const about = { runId, job: carried.job.name, attempt: 1 };
	parts.telemetry.emit({ event: "run.deferred", why: "overlap", delaySeconds, ...about });
}
