/**
 * Runs whose messages wait in one-time schedules: those that may begin in more than 15 minutes, and retries as far away. What waits for less is
 * in a queue, which shows nobody what it holds.
 */
import { MillraceError } from "../kernel/errors.ts";
import { scheduleNamePrefix } from "../kernel/ids.ts";
import { toIso } from "../kernel/time.ts";
import type { ScheduledMessage } from "../ports/scheduler.ts";
import type { ClientParts } from "./client-parts.ts";
import { checkRunId } from "./read-views.ts";

/** Names as they are printed as JSON. */
export interface WaitingRun {
	/** ISO 8601, to the second: its message is sent then, up to a minute late. */
	readonly at: string;
	readonly id: string;
	readonly job: string;
	/** The attempt that then begins. */
	readonly attempt: number;
	readonly queue: string;
}

export interface Waits {
	/** The one that the run waits in; `undefined` for a run that waits in none. Two requests at most. @throws MillraceError `schedule-failed` */
	of(id: string): Promise<WaitingRun | undefined>;
	/**
	 * Those that are due soonest of the first `limit` (default 100) in order of names, which are hashes: a sample where there are `more`.
	 * A request for each hundred, and one for each. @throws MillraceError `schedule-failed`
	 */
	list(options?: {
		readonly limit?: number;
	}): Promise<{ readonly runs: readonly WaitingRun[]; readonly more: boolean }>;
}

const LIMIT_DEFAULT = 100;

export function createWaits({ scheduler }: Pick<ClientParts, "scheduler">): Waits {
	async function find(query: { readonly namePrefix?: string; readonly limit: number }) {
		if (scheduler === undefined) {
			throw new MillraceError(
				"schedule-failed",
				"This platform's address names no schedules: waits are messages in its queues.",
			);
		}
		const { waits, more } = await scheduler.list(query);
		const runs = waits.flatMap(runIn).sort((one, other) => (one.at < other.at ? -1 : 1));
		return { runs, more };
	}
	return {
		async of(id) {
			const { runs } = await find({ namePrefix: scheduleNamePrefix(checkRunId(id)), limit: 10 });
			return runs.find((run) => run.id === id);
		},
		list: ({ limit = LIMIT_DEFAULT } = {}) => find({ limit }),
	};
}

/** Nothing for a message that is none of ours. */
function runIn({ at, queueClass, body }: ScheduledMessage): readonly WaitingRun[] {
	let value: unknown;
	try {
		value = JSON.parse(body);
	} catch {
		return [];
	}
	const { id, job, attempt = 1 } = (value ?? {}) as Readonly<Record<string, unknown>>;
	if (typeof id !== "string" || typeof job !== "string" || typeof attempt !== "number") return [];
	return [{ at: toIso(at), id, job, attempt, queue: queueClass }];
}
