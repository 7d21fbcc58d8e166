/**
 * Hooks: `before` is called before each leg of a performance; the others are told of what is recorded, after it was recorded; nobody waits for
 * one that hangs for longer than five seconds. That they change nothing else, the other checkers see.
 */
import type { RunRecord } from "../../../shared/ports/job-store.ts";
import type { Happening } from "../history.ts";
import { brokenHook } from "../hooks.ts";
import type { CheckerKind } from "./checker.ts";

const waitMsMax = 5_000 + 100;
interface Hanging {
	readonly at: number;
	readonly runId: string;
	readonly worker: string;
}
type Hooked = Extract<Happening, { kind: "hooked" }>;

/** Whether the row is what the hook was told of. */
function isTold({ hook, told, attempt }: Hooked, row: RunRecord): boolean {
	if (row.attempts !== attempt.attempt) return false;
	const said = told as { readonly state?: string; readonly reason?: string; readonly nextAttemptAt?: Date };
	if (hook === "after") return row.state === said.state;
	if (hook === "failure") return row.state === "FAILURE" && row.reason === said.reason;
	return row.state === "RETRY" && Math.trunc(row.nextAttemptAt) === said.nextAttemptAt?.getTime();
}

export const hooksTold: CheckerKind = {
	promise: "hooks",
	create(world, broken) {
		const rows = new Map<string, RunRecord[]>();
		const called = new Set<string>();
		const hanging = new Map<string, Hanging>();
		/** Workers that can't give a hook up: dead, or kept from doing anything by a job. */
		const busy = new Set<string>();
		return {
			observe(seen) {
				if (!world.features.hooks) return;
				if (seen.kind === "row") {
					const known = rows.get(seen.after.id) ?? [];
					known.push(seen.after);
					rows.set(seen.after.id, known);
				}
				if (seen.kind === "note" && (seen.what === "dies" || seen.what === "computes")) busy.add(seen.about);
				if (seen.kind === "performing") {
					const { runId, worker, attempt, leg } = seen.performance;
					if (!called.has(`before ${worker} ${runId} ${attempt} ${leg}`))
						broken(
							runId,
							`${worker} performs leg ${leg} of attempt ${attempt} of ${runId}, and its hook was not called before`,
						);
				}
				if (seen.kind === "hooked") {
					const { hook, worker, attempt } = seen;
					const { runId } = attempt;
					const place = `${worker} ${runId} ${attempt.attempt} ${attempt.leg}`;
					if (seen.trouble === "hangs" && hook !== "before")
						hanging.set(`${worker} ${hook} ${runId}`, { at: seen.at, runId, worker });
					const attempted = `attempt ${runId} ${attempt.attempt}`;
					if (hook === "before") called.add(attempted);
					// The same again, in another generation.
					if (hook === "before") called.delete(`after ${place}`);
					if (hook === "after" && !called.has(attempted))
						broken(runId, `${worker} tells of the end of ${place}, which did not begin`);
					if (hook === "after" && called.has(`after ${place}`))
						broken(runId, `${worker} tells of the end of ${place} twice`);
					called.add(`${hook} ${place}`);
					if (hook !== "before" && !(rows.get(runId) ?? []).some((row) => isTold(seen, row)))
						broken(
							runId,
							`the ${hook} hook of ${place} is told ${JSON.stringify(seen.told)}, which was never recorded`,
						);
				}
				if (seen.kind === "message kept" && seen.why === brokenHook)
					broken(seen.messageId, `${seen.worker} keeps ${seen.messageId} because of a hook`);
				if (seen.kind !== "hook failed") return;
				const since = hanging.get(`${seen.worker} ${seen.hook} ${seen.runId}`);
				hanging.delete(`${seen.worker} ${seen.hook} ${seen.runId}`);
				if (since !== undefined) checkWait(since, seen.at);
			},
			calm() {
				for (const since of hanging.values()) checkWait(since, world.clock.now());
			},
		};

		function checkWait({ at, runId, worker }: Hanging, until: number): void {
			if (until - at > waitMsMax && !busy.has(worker))
				broken(runId, `${worker} waits for a hook of ${runId} for ${until - at} ms`);
		}
	},
};
