/** The schedule registry in memory; passes the same contract suite as the real one. */
import type { RunId } from "../../shared/kernel/ids.ts";
import { type EpochSeconds, toEpochSeconds } from "../../shared/kernel/time.ts";
import type { ScheduleRecord, ScheduleRegistry } from "../../shared/ports/schedule-registry.ts";

export function createMemoryScheduleRegistry(): ScheduleRegistry {
	const records = new Map<string, ScheduleRecord>();
	const admitted = new Map<RunId, EpochSeconds>();
	function change(name: string, how: (record: ScheduleRecord) => ScheduleRecord): ScheduleRecord {
		const changed = how(records.get(name) ?? { name, missed: { count: 0 } });
		records.set(name, changed);
		return changed;
	}
	return {
		noteTick: async (name, { at, runId, now }) =>
			change(name, (record) => {
				if (record.latest !== undefined && record.latest.at >= at) return record;
				return { ...record, latest: { at, runId, notedAt: now } };
			}),
		look: async (name) => records.get(name),
		async admit(name, tick, over) {
			const going = records.get(name)?.going;
			const isOver = going?.runId === over?.runId && going?.notedAt === over?.notedAt;
			if (!isOver && going?.runId !== tick.runId) return false;
			change(name, ({ waiting: _, ...record }) => ({ ...record, going: tick }));
			return true;
		},
		noteAdmitted: async (runId, until) => void admitted.set(runId, until),
		admittedAmong: async (runIds, now) => new Set(runIds.filter((id) => (admitted.get(id) ?? 0) > toEpochSeconds(now))),
		noteWaiting: async (name, waiting) => void change(name, (record) => ({ ...record, waiting })),
		async noteMissed(name, { count, latest, from, until }) {
			const known = records.get(name)?.missed.until;
			const isNews = known === undefined || known < until;
			if (!isNews || (from !== undefined && from !== (known ?? "never"))) return false;
			change(name, (record) => {
				const last = latest ?? record.missed.latest;
				const missed = { count: record.missed.count + count, until, ...(last === undefined ? {} : { latest: last }) };
				return { ...record, missed };
			});
			return true;
		},
		async stopLooking(name, until) {
			const record = records.get(name);
			if (record === undefined || record.missed.until !== until) return;
			const { until: _, ...missed } = record.missed;
			records.set(name, { ...record, missed });
		},
		define: async (name, definition) => void change(name, (record) => ({ ...record, definition })),
		disable: async (name, why) =>
			void change(name, ({ disabled: _, ...record }) => (why === undefined ? record : { ...record, disabled: why })),
		remove: async (name) => void records.delete(name),
		getMany: async (names) => names.map((name) => records.get(name)),
		list: async () => [...records.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1)),
	};
}
