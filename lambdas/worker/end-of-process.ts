/**
 * What a worker does when its process is told to end (SIGTERM): it lets the batch in progress finish, stops its resources and exits. A process
 * that has started none ends at once, as ever: what it leaves undone, leases and redelivery repair.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { stopResources, whenResourceStarts } from "../../shared/job/resource.ts";

/** Lambda gives less (docs/guides/shared-resources.md) and the local runtime 2 s; nobody hangs for longer than this elsewhere. */
const STOP_MS_MAX = 1_800;

export interface EndOfProcess {
	/** The process is not ended while `work` goes on. */
	during<Result>(work: () => Promise<Result>): Promise<Result>;
}

export function prepareEnd(failed: (resource: string, error: unknown) => void): EndOfProcess {
	let under = 0;
	let lastEnded: (() => void) | undefined;
	let told = false;

	async function end(): Promise<void> {
		if (under > 0) await new Promise<void>((resolve) => (lastEnded = resolve));
		// The answer of the last batch is on its way out.
		await nextTurn();
		setTimeout(() => process.exit(0), STOP_MS_MAX);
		await stopResources(failed);
		process.exit(0);
	}

	whenResourceStarts(() => {
		if (told) return;
		told = true;
		process.once("SIGTERM", () => void end());
	});
	return {
		async during(work) {
			under++;
			try {
				return await work();
			} finally {
				under--;
				if (under === 0) lastEnded?.();
			}
		},
	};
}
