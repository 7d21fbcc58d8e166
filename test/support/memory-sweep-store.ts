/** The sweep store in memory, beside a memory job store whose listing it reads. Passes the same contract suite as the real one. */
import { type RunId, runId } from "../../shared/kernel/ids.ts";
import { type EpochMs, epochMs } from "../../shared/kernel/time.ts";
import type { JobStore } from "../../shared/ports/job-store.ts";
import type { SweepStore, WatchedRun } from "../../shared/ports/sweep-store.ts";

export interface MemorySweepStore extends SweepStore {
	readonly watched: ReadonlyMap<RunId, WatchedRun & { readonly lookAt: EpochMs }>;
}

const placeOf = (instant: EpochMs, id?: RunId): string =>
	`${String(instant).padStart(13, "0")}${id === undefined ? "" : `#${id}`}`;

export function createMemorySweepStore(jobs: Pick<JobStore, "listRecent">): MemorySweepStore {
	const watched = new Map<RunId, WatchedRun & { readonly lookAt: EpochMs }>();
	let reached: string | undefined;
	return {
		watched,
		place: async () => reached,
		async moveTo(place) {
			if (reached === undefined || reached < place) reached = place;
		},
		placeAt: (instant) => placeOf(instant),
		instantOf: (place) => epochMs(Number(place.slice(0, 13))),
		async started({ after, until, limit }) {
			const all = await jobs.listRecent({ limit: Number.POSITIVE_INFINITY, before: until });
			const places = all
				.map(({ id, firstStartedAt }) => placeOf(firstStartedAt, id))
				.filter((place) => place > after)
				.sort();
			const taken = places.slice(0, limit);
			const more = places.length > limit;
			return {
				ids: taken.map((place) => runId(place.slice(14))),
				place: more ? (taken.at(-1) ?? after) : placeOf(until),
				more,
			};
		},
		async watch(runs) {
			for (const run of runs) watched.set(run.id, JSON.parse(JSON.stringify(run)) as typeof run);
		},
		async unwatch(ids) {
			for (const id of ids) watched.delete(id);
		},
		async due({ until, limit, after = "" }) {
			const places = [...watched.values()]
				.map(({ id, lookAt }) => placeOf(lookAt, id))
				.filter((place) => place > after && place < placeOf(epochMs(until + 1)))
				.sort();
			const taken = places.slice(0, limit);
			const last = taken.at(-1);
			return {
				runs: taken.flatMap((place) => {
					const run = watched.get(runId(place.slice(14)));
					return run === undefined
						? []
						: [{ id: run.id, ...(run.suspicion === undefined ? {} : { suspicion: run.suspicion }) }];
				}),
				...(places.length > limit && last !== undefined ? { next: last } : {}),
			};
		},
	};
}
