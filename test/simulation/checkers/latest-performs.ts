/**
 * Debounce: a run gives way only to another of its key that performs after it was enqueued; of those that came last, one performs.
 *
 * A row says who it gave way to the first time, and does not change any more: what is asked for after the message that the row names, and gives
 * way once more, does so without a word. So words may lead in a circle although a third run has performed for all of them.
 *
 * A run counts as asked for when its message was sent; one with a `notBefore` once more when it is sent on to come at its time. What was asked
 * for last and expires before it performs was the last word, as is one that is revoked, or refused after a deploy: its letter can be redriven.
 * The row that gave way before does not tell of it.
 */
import type { CheckerKind } from "./checker.ts";
import { poisonIn, subjectOf } from "./message-subject.ts";

const word = "debounced_by: ";

export const latestPerforms: CheckerKind = {
	promise: "debounce",
	create(world, broken) {
		/** When each run was first and last asked for, and under which keys. */
		const wishes = new Map<string, { readonly keys: Set<string>; readonly first: number; last: number }>();
		const performed = new Map<string, number>();
		/** To whom, and when that was asked for which did. */
		const gaveWay = new Map<string, { readonly to: string; readonly askedAt: number }>();
		const forgotten = new Set<string>();
		/** Runs whose last wish was acknowledged after its `expiresAt`, or with a letter in its place. */
		const unperformed = new Set<string>();
		const refused = new Set<string>();
		const sentAt = new Map<string, number>();
		return {
			observe(seen) {
				if (!world.features.debounce) return;
				if (seen.kind === "forgotten") forgotten.add(seen.runId);
				// In a conflict the id is another job's, and nobody may give way to it.
				if (seen.kind === "message refused" && seen.reason !== "run-id-conflict") refused.add(seen.messageId);
				if (seen.kind === "sent" && seen.target.queue === "main" && poisonIn(seen.body) === undefined) {
					const subject = subjectOf(world, seen);
					if (subject?.body["job"] !== "quiet") return;
					const { runId, body, attempt, generation } = subject;
					sentAt.set(seen.messageId, (body["debounced"] as { sentAt: number } | undefined)?.sentAt ?? seen.at);
					const known = wishes.get(runId);
					if (body["hops"] !== undefined) {
						// What the engine sends on is no wish of its own; but one that has waited for its time is noted as of when it comes.
						const comes = body["debounced"] === undefined && attempt === 1 && generation === 1;
						if (known !== undefined && comes) known.last = Math.max(known.last, seen.at);
						return;
					}
					const wish = known ?? { keys: new Set(), first: seen.at, last: seen.at };
					wishes.set(runId, wish);
					wish.last = Math.max(wish.last, seen.at);
					unperformed.delete(runId);
					// Wishes of several tenants may meet under one idempotency key.
					wish.keys.add(String(body["tenant"]));
				}
				if (seen.kind === "removed" && seen.target.queue === "main" && !seen.moved) {
					const { runId = "", body } = subjectOf(world, seen) ?? {};
					const wasLast = (sentAt.get(seen.messageId) ?? 0) >= (wishes.get(runId)?.last ?? Infinity);
					// Its worker's clock may be ahead.
					const isOver = seen.at + world.settings.skewMsMax >= Date.parse(String(body?.["expiresAt"]));
					if (wasLast && (isOver || refused.has(seen.messageId))) unperformed.add(runId);
				}
				if (seen.kind === "performing" && seen.performance.job === "quiet")
					performed.set(seen.performance.runId, seen.at);
				if (seen.kind !== "row" || seen.after.state !== "SKIPPED" || seen.after.job !== "quiet") return;
				const { id, reason, carrier } = seen.after;
				if (!reason.startsWith(word)) return;
				const other = reason.slice(word.length);
				// Another message may have been refused over it since.
				const [messageId = ""] = carrier.split(" ");
				gaveWay.set(id, { to: other, askedAt: sentAt.get(messageId) ?? Infinity });
				if (other === id) broken(id, `${id} gives way to itself`);
				const mine = wishes.get(id);
				const theirs = wishes.get(other);
				if (mine !== undefined && theirs !== undefined && theirs.last < mine.first)
					broken(id, `${id} gives way to ${other}, which was enqueued ${mine.first - theirs.last} ms before it`);
				if (mine !== undefined && theirs !== undefined && ![...mine.keys].some((key) => theirs.keys.has(key)))
					broken(id, `${id} of ${[...mine.keys].join()} gives way to ${other} of ${[...theirs.keys].join()}`);
			},
			calm() {
				for (const [id, { to: other }] of gaveWay) {
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
			for (let next: string | undefined = id; next !== undefined && !met.has(next); next = gaveWay.get(next)?.to) {
				met.add(next);
				if (isServed(next, since) || laterOnesOf(next).some((later) => isServed(later, since))) return true;
			}
			return false;
		}

		function isServed(id: string, since: number): boolean {
			const state = world.row(id)?.state;
			const isStopped = world.purged.has(id) || forgotten.has(id) || state === "REVOKED" || state === "FAILURE";
			const wasLastWord = unperformed.has(id) && (wishes.get(id)?.last ?? 0) >= since;
			return isStopped || wasLastWord || (performed.get(id) ?? 0) >= since;
		}

		/** Whoever may stand for what a run was asked for after that of which its row tells. */
		function laterOnesOf(id: string): readonly string[] {
			const own = wishes.get(id);
			if (own === undefined || own.last <= (gaveWay.get(id)?.askedAt ?? Infinity)) return [];
			return [...wishes]
				.filter(([, { keys, last }]) => last >= own.last && [...keys].some((key) => own.keys.has(key)))
				.map(([other]) => other);
		}
	},
};
