/** Where a message could be that carries a run: in the queue of its class, or in a schedule. A class is asked about once. */
import { type RunId, scheduleNamePrefix } from "../../kernel/ids.ts";
import type { SweepParts } from "./sweep-parts.ts";

export interface Carriers {
	/** Why the queue of one of the classes may hold a message of the run, or bring none now; `undefined` when all are empty and work. */
	inQueues(queueClasses: readonly (string | undefined)[]): Promise<string | undefined>;
	/** The same for schedules of the runs. */
	inSchedules(ids: readonly RunId[]): Promise<string | undefined>;
}

export function createCarriers(parts: Pick<SweepParts, "operator" | "mappings" | "scheduler">): Carriers {
	const known = new Map<string, Promise<string | undefined>>();

	/** An empty queue of a class that works is the proof: while anything is in it, it may be this run's message. */
	async function ask(queueClass: string): Promise<string | undefined> {
		const { visible, inFlight, delayed } = await parts.operator.depth({ queueClass, queue: "main" });
		const messages = visible + inFlight + delayed;
		if (messages > 0) return `the queue of ${queueClass} holds ${messages} messages`;
		const { state } = await parts.mappings.read(queueClass);
		return state === "active" ? undefined : `the class ${queueClass} is ${state}`;
	}

	return {
		async inQueues(queueClasses) {
			for (const queueClass of new Set(queueClasses)) {
				if (queueClass === undefined) return "its job is not in the catalogue";
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
