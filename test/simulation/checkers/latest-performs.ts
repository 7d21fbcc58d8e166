/** Debounce: a run gives way only to another of its key that performs after it was enqueued; of those that came last, one performs. */
import type { CheckerKind } from "./checker.ts";
import { poisonIn, subjectOf } from "./message-subject.ts";

const word = "debounced_by: ";

export const latestPerforms: CheckerKind = {
	promise: "debounce",
	create(world, broken) {
		/** When each run was first and last asked for, and under which keys. */
		const wishes = new Map<string, { readonly keys: Set<string>; readonly first: number; last: number }>();
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
					const wish = wishes.get(subject.runId) ?? { keys: new Set(), first: seen.at, last: seen.at };
					wishes.set(subject.runId, wish);
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
			for (let next: string | undefined = id, steps = 0; next !== undefined && steps < 100; steps++) {
				const row = world.row(next);
				if ((performed.get(next) ?? 0) >= since) return true;
				if (world.purged.has(next) || forgotten.has(next) || row?.state === "REVOKED" || row?.state === "FAILURE")
					return true;
				next = gaveWay.get(next);
			}
			return false;
		}
	},
};
