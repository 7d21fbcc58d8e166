/** Where a message could be that carries a run: in the queue of its class, or in a schedule. A class is asked about once. */
import { type RunId, scheduleNamePrefix } from "../../kernel/ids.ts";
import { waitsStill } from "../waits-still.ts";
import { readRows } from "./read-rows.ts";
import type { SweepParts } from "./sweep-parts.ts";

/** Why a run may be carried. */
export interface Held {
	readonly why: string;
	/** By a few messages only: within the next minute there may be a moment without any. */
	readonly briefly: boolean;
}

export interface Carriers {
	/**
	 * Why the queue of one of the classes may hold a message of the run, or bring none now; `undefined` when all work and are empty, but for ticks that wait
	 * for their turn.
	 */
	inQueues(queueClasses: readonly (string | undefined)[]): Promise<Held | undefined>;
	/** The same for schedules of the runs. */
	inSchedules(ids: readonly RunId[]): Promise<string | undefined>;
}

type CarrierParts = Pick<
	SweepParts,
	"operator" | "mappings" | "scheduler" | "schedules" | "store" | "clock" | "queueClassOf"
>;

/** Six ticks within the minute of three schedules, say. More are a queue at work. */
const FEW_MESSAGES = 20;

export function createCarriers(parts: CarrierParts): Carriers {
	const known = new Map<string, Promise<Held | undefined>>();
	let waiting: Promise<ReadonlyMap<string, number>> | undefined;

	/**
	 * By class, the ticks that wait for the run of an earlier one: theirs are messages of runs that have not begun. They would else keep for ever what they
	 * wait for from being ended, where that has lost its message.
	 */
	async function countWaiting(): Promise<ReadonlyMap<string, number>> {
		const now = parts.clock.now();
		const waitedFor = (await parts.schedules.list()).flatMap(({ waiting: tick, going }) =>
			tick === undefined || going === undefined || !waitsStill(tick, now) ? [] : [going.runId],
		);
		const counts = new Map<string, number>();
		for (const row of await readRows(parts.store, waitedFor)) {
			if (row === undefined || row === "unreadable") continue;
			// Of one schedule, and so of one job: where the run came through, the tick that waits for it does.
			const queueClass = row.queueClass ?? parts.queueClassOf(row.job);
			if (queueClass !== undefined) counts.set(queueClass, (counts.get(queueClass) ?? 0) + 1);
		}
		return counts;
	}

	async function waitingIn(queueClass: string): Promise<number> {
		waiting ??= countWaiting();
		return (await waiting).get(queueClass) ?? 0;
	}

	/** The empty queue of a class that works is the proof: while anything else is in it, it may be this run's message. */
	async function ask(queueClass: string): Promise<Held | undefined> {
		const { visible, inFlight, delayed } = await parts.operator.depth({ queueClass, queue: "main" });
		const messages = visible + inFlight + delayed;
		if (messages > 0 && messages > (await waitingIn(queueClass)))
			return { why: `the queue of ${queueClass} holds ${messages} messages`, briefly: messages <= FEW_MESSAGES };
		const { state } = await parts.mappings.read(queueClass);
		return state === "active" ? undefined : { why: `the class ${queueClass} is ${state}`, briefly: false };
	}

	return {
		async inQueues(queueClasses) {
			for (const queueClass of new Set(queueClasses)) {
				if (queueClass === undefined) return { why: "its job is not in the catalogue", briefly: false };
				const asked = known.get(queueClass) ?? ask(queueClass);
				known.set(queueClass, asked);
				const held = await asked;
				if (held !== undefined) return held;
			}
			return undefined;
		},
		async inSchedules(ids) {
			for (const id of ids) {
				if ((await parts.scheduler?.waits(scheduleNamePrefix(id))) === true) return `a schedule waits for ${id}`;
			}
			return undefined;
		},
	};
}
