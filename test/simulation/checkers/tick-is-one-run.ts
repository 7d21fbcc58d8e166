/**
 * INV-11: a tick is one run, of its own time: not before it, not after its window; and what is skipped, is skipped for the reason that it is told.
 * With the tick of a minute come the others of that minute.
 */
import type { RunRecord } from "../../../shared/ports/job-store.ts";
import type { Performance, Seen } from "../history.ts";
import { scheduledJob } from "../schedules.ts";
import type { CheckerKind } from "./checker.ts";
import { poisonIn, subjectOf, tickRunId } from "./message-subject.ts";
import { createStops } from "./schedule-stops.ts";
import { createTickBook, type Tick } from "./tick-book.ts";

const ended = ["SUCCESS", "FAILURE", "REVOKED", "SKIPPED"];
const minuteMs = 60_000;
/** Longer than a worker of a calm world takes from being handed a message to looking at it. */
const handlingMsMax = 150_000;

/** Nobody takes the place of one that was heard of since. */
const silentMsMin = 900_000;

export const tickIsOneRun: CheckerKind = {
	promise: "INV-11",
	create(world, broken) {
		if (!world.features.schedules) return {};
		const book = createTickBook(world);
		const toleranceMs = world.settings.skewMsMax * 2 + 1_000;
		/** Runs that were enqueued beside any tick. */
		const plain = new Set<string>();
		const forgotten = new Set<string>();
		const endedAt = new Map<string, number>();
		/** When a worker asked for an end, by its `settledBy`: what it looked at is judged by that, since its request may land much later. */
		const askedAt = new Map<string, number>();
		/** Schedules that somebody has asked to be stopped, or taken away, at any time. */
		const touched = new Map<string, Set<string>>();
		/** Since when they are stopped, by an answer that nobody has asked to take back. */
		const stopped = createStops();

		return {
			observe(seen) {
				book.note(seen);
				stopped.note(seen);
				if (seen.kind === "schedule operated") noteOperation(seen);
				if (seen.kind === "ending") askedAt.set(seen.settledBy, seen.at);
				if (seen.kind === "forgotten") forgotten.add(seen.runId);
				if (seen.kind === "sent") checkSent(seen);
				if (seen.kind === "performing" && seen.performance.job === scheduledJob) checkPerformance(seen.performance);
				if (seen.kind === "removed") checkRestOfMinute(seen);
				if (seen.kind !== "row") return;
				const tick = book.of(seen.after.id);
				if (tick !== undefined && seen.before === undefined) checkFirstRow(tick, seen.after, seen.at);
				if (!ended.includes(seen.after.state)) endedAt.delete(seen.after.id);
				else if (!endedAt.has(seen.after.id)) endedAt.set(seen.after.id, seen.at);
			},
		};

		function isCalm(): boolean {
			return world.settings.faultRate === 0 && world.outages.size === 0;
		}

		function noteOperation({ schedule, what }: Extract<Seen, { kind: "schedule operated" }>): void {
			const known = touched.get(schedule) ?? new Set();
			touched.set(schedule, known.add(what));
		}

		function checkSent(seen: Extract<Seen, { kind: "sent" }>): void {
			if (seen.target.queue !== "main" || poisonIn(seen.body) !== undefined) return;
			const found = book.told(seen);
			const subject = found?.subject ?? subjectOf(world, seen);
			if (found === undefined) {
				if (subject?.body["job"] === scheduledJob) plain.add(subject.runId);
				return;
			}
			const { name, at } = found.tick;
			if (found.subject.runId !== tickRunId(name, at))
				broken(found.subject.runId, `the tick of ${name} at ${at} is sent as ${found.subject.runId}`);
		}

		function checkPerformance({ runId, worker, generation, attempt, leg, from }: Performance): void {
			const tick = book.of(runId);
			if (tick === undefined) {
				if (!plain.has(runId)) broken(runId, `${worker} performs ${runId}, which is no tick's run`);
				return;
			}
			const { at, plan, cameAt = from, early, free, handedTimes } = tick;
			const what = `${worker} performs ${runId}, the tick of ${plan.name} at ${new Date(at).toISOString()},`;
			if (from < at - toleranceMs - (early ? 2 * minuteMs : 0))
				broken(runId, `${what} ${at - from} ms before its time`);
			if (at % plan.everyMs !== 0) broken(runId, `${what} when it is not due`);
			const isBeginning = generation === 1 && attempt === 1 && leg === 1;
			const isFirst = isBeginning && !forgotten.has(runId);
			// A worker that had another copy in hand, and ended before, may have left word of a tick that has performed since.
			const isKnown = isCalm() && !free && handedTimes === 2;
			if (isBeginning && !isFirst && isKnown && from - at > plan.catchUp.windowSeconds * 1_000 + toleranceMs)
				broken(runId, `${what} again, ${from - at} ms after its time, when its row had expired`);
			if (isFirst && !free && cameAt - at > plan.catchUp.windowSeconds * 1_000 + toleranceMs)
				broken(runId, `${what} though it came ${cameAt - at} ms after its time`);
		}

		/** What became of it at first: a run, or the reason why not. */
		function checkFirstRow(tick: Tick, row: RunRecord, now: number): void {
			const { plan, runId, sentAt, free } = tick;
			// What the catalogue disables, EventBridge does not tick; a worker of an older version must not skip it.
			const since = plan.enabledLater ? Infinity : (stopped.since(plan.name) ?? Infinity);
			if (row.state === "STARTED" && !free && since < sentAt)
				broken(runId, `${runId} begins, though ${plan.name} was disabled ${sentAt - since} ms before it was sent`);
			if (row.state !== "SKIPPED" || row.attempts > 0) return;
			const wrong = wrongReason(tick, row.reason, askedAt.get(row.settledBy) ?? now);
			if (wrong !== undefined) broken(runId, `${runId} is skipped (${row.reason}), and ${wrong}`);
		}

		function wrongReason(tick: Tick, reason: string, now: number): string | undefined {
			const { plan, at, cameAt = 0, waited, free } = tick;
			const was = touched.get(plan.name);
			if (free && !reason.startsWith("The tick came")) return undefined;
			if (reason.startsWith("The schedule is disabled"))
				return was?.has("disable") === true ? undefined : "nobody disabled it";
			if (reason.startsWith("There is no such schedule")) return plan.deployed ? "it is deployed" : undefined;
			if (reason.startsWith("The time that the tick is scheduled for"))
				return at > now + minuteMs ? undefined : "its time has come";
			if (reason.startsWith("The tick came")) {
				const windowEnd = at + plan.catchUp.windowSeconds * 1_000;
				if (now < windowEnd - toleranceMs) return "its window is open";
				// Behind others that hang, one may wait in its worker until that ends; one that waited for too long without a word is late anew.
				// Of one whose answer is forgotten nobody knows any more that it came.
				const isKnown = !waited && !forgotten.has(tick.runId);
				return isCalm() && world.settings.runConcurrency === 10 && isKnown && cameAt < windowEnd - handlingMsMax
					? "it came in time"
					: undefined;
			}
			const waiting = /^Another tick, (\S+), waits already/.exec(reason)?.[1];
			if (waiting !== undefined)
				return plan.overlap === "queue" || plan.overlap === "cancel-other" ? undefined : "none of its ticks waits";
			if (reason.startsWith("A later tick"))
				return [...book.all()].some((other) => other.plan === plan && other.at > at && other.cameAt !== undefined)
					? undefined
					: "no later one came";
			const placeOf = /another one, (\S+), took its place/.exec(reason)?.[1];
			if (placeOf !== undefined) {
				const other = book.of(placeOf);
				if (plan.overlap === "allow" || other?.plan !== plan || other === tick) return "no tick was in its way";
				return now - cameAt < silentMsMin ? `it came only ${now - cameAt} ms ago` : undefined;
			}
			const going = /^The run of an earlier tick, (\S+), has not ended/.exec(reason)?.[1];
			if (going === undefined) return undefined;
			if (plan.overlap !== "skip") return `its policy is ${plan.overlap}`;
			const over = endedAt.get(going);
			return over !== undefined && over < cameAt - toleranceMs
				? `that ended ${cameAt - over} ms before it came`
				: undefined;
		}

		/** Whoever takes a minute's tick away in its window has sent the others. */
		function checkRestOfMinute(seen: Extract<Seen, { kind: "removed" }>): void {
			if (seen.moved || seen.purged === true) return;
			const found = book.told(seen);
			const tick = found === undefined ? undefined : book.of(found.subject.runId);
			if (found === undefined || tick === undefined || tick.plan.everyMs >= minuteMs) return;
			const { plan, at } = tick;
			const { body } = found.subject;
			const isFirst = at % minuteMs === 0 && body["hops"] === undefined && !found.tick.backfill;
			const inTime = seen.at <= at + plan.catchUp.windowSeconds * 1_000 - toleranceMs;
			// One that was refused is told by its letter; of one that was taken away, or is called a tick too soon, nothing is left to come.
			const isSound = body["generation"] === undefined && plan.deployed && !tick.early;
			if (!isFirst || !inTime || !isSound) return;
			for (let next = at + plan.everyMs; next < at + minuteMs; next += plan.everyMs)
				if (book.of(tickRunId(plan.name, next)) === undefined)
					broken(tick.runId, `the tick of ${plan.name} at ${at} is gone, and nobody sent the one at ${next}`);
		}
	},
};
