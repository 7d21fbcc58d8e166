/**
 * What an invocation tells of its worker group as a whole: how many runs performed at the same time, and how many ended well or badly. An alarm can add up neither,
 * because it takes ten metrics at most and searches for none.
 */
import type { TelemetryEvent, Trail } from "../../shared/ports/telemetry.ts";

export interface GroupNumbers {
	note(event: TelemetryEvent, trailOf: (event: TelemetryEvent) => Trail | undefined): void;
	/** All of it, and begins anew. Empty when no run began or ended. */
	take(): readonly (readonly [metric: string, value: number])[];
}

export function createGroupNumbers(): GroupNumbers {
	const performing = new Set<string>();
	/** Of a group with an exact cap, over all its workers; of another one in this worker. */
	let most = 0;
	let succeeded = 0;
	let failed = 0;

	return {
		note(event, trailOf) {
			switch (event.event) {
				case "attempt.started":
					performing.add(event.runId);
					most = Math.max(most, performing.size);
					return;
				case "places.taken":
					most = Math.max(most, event.performing);
					return;
				case "run.settled":
					performing.delete(event.runId);
					if (event.state === "SUCCESS") succeeded++;
					else if (event.state === "FAILURE") failed++;
					return;
				case "message.refused":
					if (event.ended) failed++;
					return;
				case "attempt.retried":
				case "leg.ended":
				case "run.deferred":
				case "fence.lost":
					performing.delete(event.runId);
					return;
				case "message.kept":
					performing.delete(trailOf(event)?.runId ?? "");
					return;
				default:
			}
		},
		take() {
			const numbers =
				most + succeeded + failed === 0
					? []
					: ([
							["GroupRunsActive", most],
							// Both, so that the share of one has the other at every point.
							["GroupRunsSucceeded", succeeded],
							["GroupRunsFailed", failed],
						] as const);
			performing.clear();
			most = succeeded = failed = 0;
			return numbers;
		},
	};
}
