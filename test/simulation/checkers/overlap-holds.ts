/**
 * INV-11, of overlap: but where a schedule allows it, none of its ticks begins while the run of another one has not ended. One waits at a
 * time; and whoever waits for a run to be cancelled has had it cancelled. What an operator asked for himself is held to nothing.
 */
import type { RunRecord } from "../../../shared/ports/job-store.ts";
import type { Performance, Seen } from "../history.ts";
import type { CheckerKind } from "./checker.ts";
import { createTickBook } from "./tick-book.ts";

const ended = ["SUCCESS", "FAILURE", "REVOKED", "SKIPPED"];
/** One that waits says so at least this often, or nobody counts on it any more. */
const waitsStillMs = 180_000;

export const overlapHolds: CheckerKind = {
	promise: "INV-11",
	create(world, broken) {
		if (!world.features.schedules) return {};
		const book = createTickBook(world);
		/** By schedule: first generations that have begun and not ended. */
		const open = new Map<string, Map<string, RunRecord>>();
		/** By schedule: who waits, what it has said of that, and when. */
		const lines = new Map<string, { readonly runId: string; readonly said: { seenAt: number; notedAt: number }[] }>();
		/** When a run began, as others could see from then on. */
		const begunAt = new Map<string, number>();
		/** Attempts at work when a tick began to wait for them to be cancelled, by run. */
		const cancelled = new Map<string, string>();
		/** What was known of a schedule that was taken away since, nobody remembers. */
		const strangers = new Set<string>();
		const openOf = (name: string) => open.get(name) ?? open.set(name, new Map()).get(name);

		return {
			observe(seen) {
				book.note(seen);
				if (seen.kind === "schedule operated" && seen.what === "remove")
					for (const { runId, plan } of book.all()) if (plan.name === seen.schedule) strangers.add(runId);
				if (seen.kind === "forgotten") strangers.add(seen.runId);
				if (seen.kind === "row" && seen.before === undefined) begunAt.set(seen.after.id, seen.at);
				if (seen.kind === "row") noteRow(seen.before, seen.after);
				if (seen.kind === "sent") noteSentToWait(seen);
				if (seen.kind === "tick waits") checkLine(seen);
				if (seen.kind === "performing") checkCancelled(seen.performance);
			},
		};

		function noteRow(before: RunRecord | undefined, after: RunRecord): void {
			const tick = book.of(after.id);
			if (tick === undefined || tick.plan.overlap === "allow") return;
			const { plan, runId, free } = tick;
			const known = openOf(plan.name);
			if (ended.includes(after.state) || after.generation !== 1) known?.delete(runId);
			else {
				if (before === undefined && !free && !strangers.has(runId)) {
					const others = [...(known?.values() ?? [])].filter(
						({ id, expiresAt }) =>
							book.of(id)?.free === false && !strangers.has(id) && expiresAt * 1_000 > world.clock.now(),
					);
					for (const { id, state, attempts } of others)
						broken(
							runId,
							`${runId} of ${plan.name} (${plan.overlap}) begins while ${id} is ${state} in attempt ${attempts}`,
						);
				}
				known?.set(runId, after);
			}
		}

		/** Whoever comes later than one that waits has seen it, and what it said of that until then. */
		function checkLine({ schedule, waiting, at }: Extract<Seen, { kind: "tick waits" }>): void {
			const line = lines.get(schedule);
			if (waiting === undefined) return void lines.delete(schedule);
			const { runId, notedAt } = waiting;
			const said = { seenAt: at, notedAt };
			if (line?.runId === runId) return void line.said.push(said);
			lines.set(schedule, { runId, said: [said] });
			const cameAt = book.of(runId)?.cameAt ?? 0;
			const known = line?.said.findLast(({ seenAt }) => seenAt < cameAt);
			if (known !== undefined && notedAt - known.notedAt < waitsStillMs)
				broken(runId, `${runId} of ${schedule} waits, though ${line?.runId} did, ${notedAt - known.notedAt} ms ago`);
		}

		function noteSentToWait(seen: Extract<Seen, { kind: "sent" }>): void {
			const found = book.told(seen);
			const tick = found === undefined ? undefined : book.of(found.subject.runId);
			if (found === undefined || tick === undefined || found.tick.admitted || tick.free) return;
			const { body, attempt, generation } = found.subject;
			if (body["hops"] === undefined || attempt !== 1 || generation !== 1 || world.row(tick.runId) !== undefined)
				return;
			const { plan, runId } = tick;
			if (plan.overlap === "cancel-other") noteCancelled(plan.name, runId);
		}

		/** Whoever began since the one that waits was handed to its worker may not have been seen by it: it looked before. */
		function noteCancelled(name: string, waits: string): void {
			const lookedAt = book.of(waits)?.handedAt ?? 0;
			for (const [runId, row] of openOf(name) ?? [])
				if (
					runId !== waits &&
					(begunAt.get(runId) ?? 0) < lookedAt &&
					book.of(runId)?.free === false &&
					!strangers.has(runId) &&
					!cancelled.has(runId)
				)
					cancelled.set(runId, "fence" in row ? row.fence : "");
		}

		function checkCancelled({ runId, generation, fence, worker }: Performance): void {
			const at = cancelled.get(runId);
			if (at !== undefined && generation === 1 && at !== fence && !strangers.has(runId))
				broken(runId, `${worker} goes on with ${runId}, which a later tick has had cancelled`);
		}
	},
};
