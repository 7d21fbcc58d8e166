/**
 * INV-11, of a tick that waits for the run of an earlier one: one message of it waits, however many there were. A copy that comes once another is
 * known to have been sent on is done, and sends on none of its own: what a queue holds beyond the ticks that wait keeps lost runs from being found.
 */
import type { WaitingTick } from "../../../shared/ports/schedule-registry.ts";
import type { Seen } from "../history.ts";
import type { CheckerKind } from "./checker.ts";
import { createTickBook } from "./tick-book.ts";

/** It counts as waiting for three minutes after it last said so, by clocks that differ. */
const waitsMs = 150_000;

interface Held {
	readonly hops: number;
	handedAt?: number;
}

export const waitsOnce: CheckerKind = {
	promise: "INV-11",
	create(world, broken) {
		if (!world.features.schedules) return {};
		const book = createTickBook(world);
		/** By run: its tick's messages that are in the queue or in hand, by id. */
		const messages = new Map<string, Map<string, Held>>();
		const runOf = new Map<string, string>();
		/** By schedule, and when that was known. */
		const waiting = new Map<string, { readonly tick: WaitingTick; readonly knownAt: number }>();

		function checkSent(seen: Extract<Seen, { kind: "sent" }>): void {
			const told = book.told(seen);
			// What an operator wants for a time of the past waits for slots and rates only, and is called admitted by nobody.
			if (told === undefined || told.tick.admitted || told.tick.backfill) return;
			const { subject, tick } = told;
			const hops = Number(subject.body["hops"] ?? 0);
			const ofRun = messages.get(subject.runId) ?? new Map<string, Held>();
			const known = waiting.get(tick.name);
			const sentBy = [...ofRun].filter(([, held]) => held.hops === hops - 1 && held.handedAt !== undefined);
			if (known?.tick.runId === subject.runId && known.tick.by !== undefined && sentBy.length > 0) {
				const { by } = known.tick;
				const isCopy = ([id, { handedAt = 0 }]: [string, Held]): boolean =>
					handedAt > known.knownAt && id !== by.messageId && hops - 1 <= by.hops;
				if (sentBy.every(isCopy) && seen.at - known.knownAt < waitsMs)
					broken(
						subject.runId,
						`a copy of the tick ${subject.runId} of ${tick.name} is sent on to wait, ${seen.at - known.knownAt} ms after another one was`,
					);
			}
			messages.set(subject.runId, ofRun.set(seen.messageId, { hops }));
			runOf.set(seen.messageId, subject.runId);
		}

		return {
			observe(seen) {
				if (seen.kind === "sent") checkSent(seen);
				if (seen.kind === "tick waits") {
					if (seen.waiting === undefined) waiting.delete(seen.schedule);
					else waiting.set(seen.schedule, { tick: seen.waiting, knownAt: seen.at });
				}
				if (seen.kind === "handed out")
					for (const messageId of seen.messageIds) {
						const held = messages.get(runOf.get(messageId) ?? "")?.get(messageId);
						if (held !== undefined) held.handedAt = seen.at;
					}
				if (seen.kind === "removed") messages.get(runOf.get(seen.messageId) ?? "")?.delete(seen.messageId);
			},
		};
	},
};
