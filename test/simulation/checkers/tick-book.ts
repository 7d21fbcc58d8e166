/** What is known of the ticks of a world, from the messages that tell of them: whose run each is, when it came, and who is held to no policy. */
import type { Seen } from "../history.ts";
import { type Plan, scheduledJob } from "../schedules.ts";
import type { World } from "../world.ts";
import { poisonIn, type Subject, subjectOf, type ToldTick, tickIn, tickRunId } from "./message-subject.ts";

export interface Tick {
	readonly runId: string;
	readonly plan: Plan;
	readonly at: number;
	readonly sentAt: number;
	/** When it was first handed to a worker. */
	cameAt?: number;
	/** And when it last was, and how often. */
	handedAt?: number;
	handedTimes: number;
	/** It was sent on to wait for another's run. */
	waited: boolean;
	/** Somebody called a message so before its time: clocks may differ by two minutes, as far as anybody can tell. */
	early: boolean;
	/** Somebody wants it, whatever performs: an operator's backfill, or all that was missed. */
	free: boolean;
}

export interface TickBook {
	/** To be called first, for everything that is seen. */
	note(seen: Seen): void;
	of(runId: string): Tick | undefined;
	all(): Iterable<Tick>;
	/** Of a message to a main queue that is about a run of a schedule. */
	told(seen: Extract<Seen, { kind: "sent" | "removed" }>): { subject: Subject; tick: ToldTick } | undefined;
}

export function createTickBook(world: World): TickBook {
	const ticks = new Map<string, Tick>();
	const runOf = new Map<string, string>();

	function told({ target, messageId, body }: { target: { queue: string }; messageId: string; body: string }) {
		if (target.queue !== "main" || poisonIn(body) !== undefined) return undefined;
		const subject = subjectOf(world, { messageId, body });
		const tick = subject?.body["job"] === scheduledJob ? tickIn(subject.body) : undefined;
		return subject === undefined || tick === undefined ? undefined : { subject, tick };
	}

	return {
		told,
		of: (runId) => ticks.get(runId),
		all: () => ticks.values(),
		note(seen) {
			if (seen.kind === "sent") {
				const found = told(seen);
				const plan = world.plans.find(({ name }) => name === found?.tick.name);
				if (found === undefined || plan === undefined) return;
				const { at, name, backfill } = found.tick;
				const runId = tickRunId(name, at);
				const known = ticks.get(runId) ?? {
					runId,
					plan,
					at,
					sentAt: seen.at,
					handedTimes: 0,
					waited: false,
					early: false,
					free: false,
				};
				known.free ||= backfill;
				// What such a message sends for the rest of its minute follows it by its distance.
				const sentBy = "id" in found.subject.body ? ticks.get(tickRunId(name, at - (at % 60_000))) : undefined;
				known.early ||= seen.at < at && (!("id" in found.subject.body) || sentBy?.early === true);
				known.waited ||= found.subject.body["hops"] !== undefined && !found.tick.admitted;
				ticks.set(runId, known);
				runOf.set(seen.messageId, runId);
			}
			if (seen.kind === "handed out")
				for (const messageId of seen.messageIds) {
					const tick = ticks.get(runOf.get(messageId) ?? "");
					if (tick === undefined) continue;
					tick.cameAt ??= seen.at;
					tick.handedAt = seen.at;
					tick.handedTimes++;
				}
		},
	};
}
