/** INV-12: a run that was revoked before it performed never does; one that performs is told within the heartbeat, if its worker lives and its own beats go through. */
import type { Performance } from "../history.ts";
import type { World } from "../world.ts";
import type { CheckerKind } from "./checker.ts";

/** A beat every 20 s, a second of grace, and the calls themselves. */
const stopMsMax = 20_000 + 1_000 + 1_000;

export const revokedStops: CheckerKind = {
	promise: "INV-12",
	create(world, broken) {
		/** Generations that were revoked while nobody performed them. */
		const revoked = new Set<string>();
		const computing = new Set<string>();
		const stopping = new Map<string, number>();
		const performing = new Map<string, Performance>();
		return {
			observe(seen) {
				if (seen.kind === "note" && seen.what === "computes") computing.add(seen.about);
				if (seen.kind === "revoked") {
					const row = world.row(seen.runId);
					if (seen.outcome === "revoked" && row !== undefined) revoked.add(`${seen.runId} ${row.generation}`);
					if (seen.outcome === "stopping" && row !== undefined && "fence" in row) stopping.set(row.fence, seen.at);
				}
				if (seen.kind === "forgotten")
					for (const run of revoked) if (run.startsWith(`${seen.runId} `)) revoked.delete(run);
				if (seen.kind === "performing") {
					const { runId, generation, worker, fence } = seen.performance;
					performing.set(fence, seen.performance);
					if (revoked.has(`${runId} ${generation}`)) broken(runId, `${worker} performs ${runId}, which was revoked`);
				}
				if (seen.kind !== "row" || !("settledBy" in seen.after)) return;
				// Noted afterwards: that nobody carries it any more.
				if (seen.before !== undefined && "settledBy" in seen.before && seen.before.settledBy === seen.after.settledBy)
					return;
				const since = stopping.get(seen.after.settledBy);
				const performance = performing.get(seen.after.settledBy);
				if (since === undefined || performance === undefined) return;
				const { worker, from } = performance;
				// It may have been claimed long before it began, by a claim whose answer was slow.
				const tookMs = seen.at - Math.max(since, from);
				if (tookMs > stopMsMax && !computing.has(worker) && wentThrough(world, worker, since))
					broken(seen.after.id, `${worker} ends ${seen.after.id} ${tookMs} ms after it was revoked`);
			},
		};
	},
};

/** What brings the news, and what puts the end away. */
const ports = ["store", "blobs", "cache"];

/** Whether nothing has ever happened to the beats of a worker, and to what it writes at the end, and no port of these has been out since then. */
function wentThrough({ draw, outages }: World, worker: string, since: number): boolean {
	const calls = [`${worker} store.beatMany `, `${worker} store.settleMany `, `${worker} blobs.`, `${worker} cache.`];
	const isFaulty = [...draw.happened].some((name) => calls.some((call) => name.startsWith(call)));
	return !isFaulty && ports.every((port) => (outages.get(port) ?? 0) <= since);
}
