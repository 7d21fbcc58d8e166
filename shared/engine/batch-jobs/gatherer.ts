/**
 * Brings the runs of one batch job together that one invocation has claimed, and performs them by one call. It looks to each run like an
 * implementation of its own, so that limits, beats, hooks and settle of the neighbours are none of its business.
 *
 * States of a run: on its way → waiting → performing. A call is made when `runsMax` wait, when nobody is on the way any more, or when the first
 * has waited for `waitMs`: whoever waits for a slot that a waiting run holds must not stop both.
 */
import { BATCH_WAIT_MS_DEFAULT } from "../../job/batch-job.ts";
import type { JobContext } from "../../job/context.ts";
import type { JobDefinition } from "../../job/define-job.ts";
import type { BatchImplementation, BatchItem } from "../../job/implementation.ts";
import { MillraceError } from "../../kernel/errors.ts";
import type { Clock } from "../../ports/clock.ts";

export interface Gatherer {
	/** A run may come; until `join` or `gone` the others wait for it a moment. */
	expect(run: string): void;
	gone(run: string): void;
	/** Resolves to the run's own answer. A run that is told to stop while it waits leaves the others. @throws what the implementation threw or answered for it */
	join(input: unknown, context: JobContext): Promise<unknown>;
}

interface Waiting extends BatchItem<JobDefinition> {
	readonly resolve: (answer: unknown) => void;
	readonly reject: (error: unknown) => void;
	readonly stopped: () => void;
}

export function createGatherer(
	job: Pick<JobDefinition, "name" | "batch">,
	implementation: BatchImplementation<JobDefinition>,
	clock: Clock,
): Gatherer {
	const { runsMax = 1, waitMs = BATCH_WAIT_MS_DEFAULT } = job.batch ?? {};
	const onTheWay = new Set<string>();
	let waiting: Waiting[] = [];
	let linger: AbortController | undefined;

	function look(): void {
		if (waiting.length >= runsMax || onTheWay.size === 0 || waiting.length === 0) {
			performWaiting();
			return;
		}
		if (linger !== undefined) return;
		const started = new AbortController();
		linger = started;
		void clock.sleep(waitMs, started.signal).then(() => started.signal.aborted || performWaiting());
	}

	function performWaiting(): void {
		linger?.abort("over");
		linger = undefined;
		const together = waiting;
		waiting = [];
		if (together.length > 0) void performTogether(job.name, implementation, together);
	}

	return {
		expect: (run) => void onTheWay.add(run),
		gone(run) {
			if (onTheWay.delete(run)) look();
		},
		join(input, context) {
			const { signal } = context;
			onTheWay.delete(context.runId);
			return new Promise((resolve, reject) => {
				const stopped = (): void => {
					waiting = waiting.filter((other) => other !== item);
					reject(signal.reason);
					look();
				};
				const item: Waiting = { input, context, resolve, reject, stopped };
				if (signal.aborted) return stopped();
				signal.addEventListener("abort", stopped, { once: true });
				waiting.push(item);
				look();
			});
		},
	};
}

/** Never rejects: whatever the implementation does, each run has an answer or an error of its own. */
async function performTogether(
	job: string,
	implementation: BatchImplementation<JobDefinition>,
	together: readonly Waiting[],
): Promise<void> {
	// From here on the run's own limits say what becomes of one that is told to stop.
	for (const { context, stopped } of together) context.signal.removeEventListener("abort", stopped);
	try {
		const answers: unknown = await implementation(together.map(({ input, context }) => ({ input, context })));
		if (!Array.isArray(answers) || answers.length !== together.length) throw answersInvalid(job, together, answers);
		together.forEach(({ resolve, reject }, index) => {
			const answer: unknown = answers[index];
			if (answer instanceof Error) reject(answer);
			else resolve(answer);
		});
	} catch (error) {
		for (const { reject } of together) reject(error);
	}
}

function answersInvalid(job: string, { length }: readonly Waiting[], answers: unknown): MillraceError {
	const got = Array.isArray(answers) ? `${answers.length} answers` : "no array";
	return new MillraceError(
		"batch-answers-invalid",
		`The implementation of ${job} was given ${length} runs and returned ${got}: it must return an array of one answer for each run, in their order.`,
	);
}
