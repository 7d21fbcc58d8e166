/** INV-02, of what is recorded: an attempt is recorded as its job ended it, and a retry comes after just the delay that its policy says. */
import type { RunRecord } from "../../../shared/ports/job-store.ts";
import type { Expected, Performance } from "../history.ts";
import type { CheckerKind } from "./checker.ts";

export const recordedAsEnded: CheckerKind = {
	promise: "INV-02",
	create(_world, broken) {
		const performances = new Map<string, Performance>();
		return {
			observe(seen) {
				if (seen.kind === "performing") performances.set(seen.performance.fence, seen.performance);
				if (seen.kind !== "row" || !("settledBy" in seen.after)) return;
				const performance = performances.get(seen.after.settledBy);
				if (performance === undefined) return;
				const { after } = seen;
				if (after.state === "LEG") return;
				const what = `${after.id}, attempt ${after.attempts} of generation ${after.generation}, which ended as ${performance.expected ?? "undecided"},`;
				const recorded = after.state === "FAILURE" ? `FAILURE ${after.reason}` : after.state;
				// Told to stop, whatever else it would have become: by a limit, or by an operator.
				const isStopped =
					after.state === "REVOKED" ||
					recorded === "FAILURE time-limit-exceeded" ||
					("error" in after && stops.includes(after.error.excType));
				if (!isStopped && !allowed(performance, after.attempts).includes(recorded))
					broken(after.id, `${what} was recorded as ${recorded}`);
				const delay = wrongDelay(performance, after);
				if (delay !== undefined) broken(after.id, `${what} is retried after ${delay}`);
			},
		};
	},
};

const stops = ["attempt-deadline", "soft-time-limit", "time-limit-exceeded", "slot-lost", "revoked", "fence-lost"];

/** What may be recorded of an attempt that ended so. */
function allowed(performance: Performance, attempt: number): readonly string[] {
	const { expected, policy, definition } = performance;
	const retried = attempt <= policy.retriesMax ? "RETRY" : "FAILURE attempts-exhausted";
	const byExpected: Readonly<Record<Expected, readonly string[]>> = {
		success: ["SUCCESS"],
		retry: [retried],
		"retry at its own time": [retried],
		// Between a soft limit and the hard one there is time to end well.
		deadline: definition.timeLimits !== undefined || mayMeetDefault(performance) ? [retried, "SUCCESS"] : [retried],
		final: ["FAILURE final-error"],
		validation: policy.retryOn.includes("validation") ? [retried] : ["FAILURE final-error"],
		"gave-up": ["FAILURE gave-up"],
		skipped: ["SKIPPED"],
	};
	return expected === undefined ? [] : byExpected[expected];
}

/** What a job with checkpoints has without a word: its last leg may begin after that, when its message waited for long. */
const defaultSoftLimitMs = 3_300_000;
const mayMeetDefault = ({ definition, startedAt, invocationEndsAt, skewMs }: Performance): boolean =>
	definition.checkpoints && startedAt + defaultSoftLimitMs < invocationEndsAt + Math.abs(skewMs);

/** @returns how the delay before the next attempt differs from the policy's, in words. */
function wrongDelay({ expected, policy }: Performance, row: RunRecord): string | undefined {
	if (row.state !== "RETRY" || (expected !== "retry" && expected !== "validation")) return undefined;
	if (stops.includes(row.error.excType)) return undefined;
	const delayMs = row.nextAttemptAt - row.endedAt;
	let fullMs = policy.delaySeconds * 1_000;
	for (let before = 1; before < row.attempts; before++) fullMs *= policy.factor;
	fullMs = Math.min(fullMs, policy.capSeconds * 1_000);
	const fits = policy.jitter === "none" ? delayMs === fullMs : delayMs >= 0 && delayMs < Math.max(fullMs, 1);
	return fits ? undefined : `${delayMs} ms, where the policy's delay is ${fullMs} ms with jitter ${policy.jitter}`;
}
