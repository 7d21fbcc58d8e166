/**
 * Debounce: a run gives way only to another of its key that performs after it was enqueued; of those that came last, one performs.
 *
 * A row says who it gave way to the first time, and does not change any more: one that is asked for again, and gives way once more, does so
 * without a word. So words may lead in a circle although a third run has performed for all of them.
 */
import type { CheckerKind } from "./checker.ts";
import { poisonIn, subjectOf } from "./message-subject.ts";

const word = "debounced_by: ";

export const latestPerforms: CheckerKind = {
	promise: "debounce",
	create(world, broken) {
		/** When each run was first and last asked for, how often, and under which keys. */
		const wishes = new Map<
			string,
			{ readonly keys: Set<string>; readonly first: number; last: number; count: number }
		>();
		const performed = new Map<string, number>();
		const gaveWay = new Map<string, string>();
		const forgotten = new Set<string>();
		return {
			observe(seen) {
				if (!world.features.debounce) return;
				if (seen.kind === "forgotten") forgotten.add(seen.runId);
				if (seen.kind === "sent" && seen.target.queue === "main" && poisonIn(seen.body) === undefined) {
					const subject = subjectOf(world, seen);
					// What the engine sends on is no wish of its own.
					if (subject?.body["job"] !== "quiet" || subject.body["hops"] !== undefined) return;
					const wish = wishes.get(subject.runId) ?? { keys: new Set(), first: seen.at, last: seen.at, count: 0 };
					wishes.set(subject.runId, wish);
					wish.count++;
					// One that waits for its time comes when it is sent on.
					wish.last = subject.body["notBefore"] === undefined ? Math.max(wish.last, seen.at) : Infinity;
					// Wishes of several tenants may meet under one idempotency key.
					wish.keys.add(String(subject.body["tenant"]));
				}
				if (seen.kind === "performing" && seen.performance.job === "quiet")
					performed.set(seen.performance.runId, seen.at);
				if (seen.kind !== "row" || seen.after.state !== "SKIPPED" || seen.after.job !== "quiet") return;
				const { id, reason } = seen.after;
				if (!reason.startsWith(word)) return;
				const other = reason.slice(word.length);
				gaveWay.set(id, other);
				if (other === id) broken(id, `${id} gives way to itself`);
				const mine = wishes.get(id);
				const theirs = wishes.get(other);
				if (mine !== undefined && theirs !== undefined && theirs.last < mine.first)
					broken(id, `${id} gives way to ${other}, which was enqueued ${mine.first - theirs.last} ms before it`);
				if (mine !== undefined && theirs !== undefined && ![...mine.keys].some((key) => theirs.keys.has(key)))
					broken(id, `${id} of ${[...mine.keys].join()} gives way to ${other} of ${[...theirs.keys].join()}`);
			},
			calm() {
				for (const [id, other] of gaveWay) {
					if (world.row(id)?.state !== "SKIPPED") continue;
					const since = wishes.get(id)?.first ?? 0;
					if (!performsAfter(other, since))
						broken(id, `${id} gave way to ${other}, which did not perform after ${id} was enqueued`);
				}
			},
		};

		/** The run itself, or whoever it gave way to in its turn; one that was stopped from outside is excused. */
		function performsAfter(id: string, since: number): boolean {
			const met = new Set<string>();
			for (let next: string | undefined = id; next !== undefined && !met.has(next); next = gaveWay.get(next)) {
				met.add(next);
				if (isServed(next, since) || laterOnesOf(next).some((later) => isServed(later, since))) return true;
			}
			return false;
		}

		function isServed(id: string, since: number): boolean {
			const state = world.row(id)?.state;
			const isExcused = world.purged.has(id) || forgotten.has(id) || state === "REVOKED" || state === "FAILURE";
			return isExcused || (performed.get(id) ?? 0) >= since;
		}

		/** Whoever may stand for what a run was asked for again: it had given way, or did so before that came to light. */
		function laterOnesOf(id: string): readonly string[] {
			const own = wishes.get(id);
			if (own === undefined || own.count === 1) return [];
			return [...wishes]
				.filter(([, { keys, last }]) => last >= own.last && [...keys].some((key) => own.keys.has(key)))
				.map(([other]) => other);
		}
	},
};
