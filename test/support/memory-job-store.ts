/**
 * The job store in memory, with the promises of the port and nothing more: rows go in and out as copies through JSON, as they would
 * through a table, and a row past its expiry counts as absent. For tests of the engine; passes the same contract suite as the real one.
 */
import { invariant } from "../../shared/kernel/errors.ts";
import type { RunId } from "../../shared/kernel/ids.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type {
	Beat,
	BeatResult,
	Claim,
	ClaimExpectation,
	ClaimResult,
	JobStore,
	PerformingRun,
	RunListing,
	RunRecord,
	Settle,
	SettleResult,
} from "../../shared/ports/job-store.ts";
import { copyOfJson } from "./copy-of-json.ts";

export interface MemoryJobStore extends JobStore {
	/** All rows, expired ones included. */
	readonly rows: ReadonlyMap<RunId, RunRecord>;
	/** Deletes the expired rows, as DynamoDB does sooner or later. */
	deleteExpired(): void;
}

const copy = (record: RunRecord): RunRecord => copyOfJson(record) as RunRecord;
const isPerforming = (record: RunRecord): record is PerformingRun =>
	record.state === "STARTED" || record.state === "PROGRESS";
const holderOf = (record: RunRecord): string => (isPerforming(record) ? `P#${record.fence}` : `S#${record.settledBy}`);

function meets(row: RunRecord | undefined, { record }: Claim, expect: ClaimExpectation): boolean {
	if (expect.kind === "absent" || row === undefined) return expect.kind === "absent" && row === undefined;
	if (expect.kind === "retry" || expect.kind === "leg") {
		return (
			(expect.kind === "retry"
				? row.state === "RETRY" && row.nextAttemptAt <= (expect.dueBy ?? Number.POSITIVE_INFINITY)
				: row.state === "LEG" && row.nextLeg === expect.leg) &&
			row.generation === expect.generation &&
			row.attempts === expect.attempts &&
			row.job === record.job
		);
	}
	const seen = expect.record;
	return (
		row.state === seen.state &&
		row.generation === seen.generation &&
		row.attempts === seen.attempts &&
		holderOf(row) === holderOf(seen) &&
		(!isPerforming(row) || !isPerforming(seen) || row.leaseUntil === seen.leaseUntil)
	);
}

/** What stays of a row when its generation goes on: the checkpoint, and a wish to revoke it. */
const kept = (row: RunRecord): object => ({
	...(row.cursor === undefined ? {} : { cursor: row.cursor }),
	...(row.revoke === undefined ? {} : { revoke: row.revoke }),
});

export function createMemoryJobStore(clock: Clock): MemoryJobStore {
	const rows = new Map<RunId, RunRecord>();
	const listings = new Map<RunId, RunListing>();

	const live = (id: RunId): RunRecord | undefined => {
		const row = rows.get(id);
		return row === undefined || row.expiresAt * 1000 <= clock.now() ? undefined : row;
	};

	function claim(asked: Claim): ClaimResult {
		const { record, expect } = asked;
		const row = live(record.id);
		if (!meets(row, asked, expect)) {
			if (row === undefined) return { claimed: false };
			return holderOf(row) === holderOf(record)
				? { claimed: true, record: copy(row) }
				: { claimed: false, blocker: copy(row) };
		}
		const written = copy(
			row === undefined
				? record
				: {
						...record,
						job: expect.kind === "seen" ? record.job : row.job,
						createdAt: row.createdAt,
						...(record.generation === row.generation ? kept(row) : {}),
					},
		);
		if (row === undefined) {
			listings.set(record.id, { id: record.id, job: record.job, firstStartedAt: record.startedAt });
		}
		rows.set(record.id, written);
		return { claimed: true, record: copy(written) };
	}

	function settle({ id, fence, settlement, expiresAt, cursor }: Settle): SettleResult {
		const row = rows.get(id);
		if (row !== undefined && isPerforming(row) && row.fence === fence) {
			const { state: _, fence: __, leaseUntil: ___, ...base } = row;
			const at = cursor === undefined ? {} : { cursor };
			rows.set(
				id,
				copy({ ...base, progress: undefined, expiresAt, ...at, settledBy: fence, ...settlement } as RunRecord),
			);
			return { settled: true };
		}
		if (row !== undefined && !isPerforming(row) && row.settledBy === fence) return { settled: true };
		const blocker = live(id);
		return blocker === undefined ? { settled: false } : { settled: false, blocker: copy(blocker) };
	}

	function beat({ id, fence, leaseUntil, progress, cursor }: Beat): BeatResult {
		const row = rows.get(id);
		if (row === undefined || !isPerforming(row) || row.fence !== fence) return { held: false };
		const at = cursor === undefined ? {} : { cursor };
		const shown = progress === undefined ? {} : { state: "PROGRESS", progress };
		rows.set(id, copy({ ...row, leaseUntil, ...at, ...shown } as RunRecord));
		return { held: true, ...(row.revoke === undefined ? {} : { revoke: row.revoke }) };
	}

	function checkDistinct(ids: readonly RunId[]): void {
		invariant(new Set(ids).size === ids.length, `writes of one call have different ids, got ${ids.join(", ")}`);
	}

	return {
		rows,
		deleteExpired() {
			for (const id of rows.keys()) {
				if (live(id) !== undefined) continue;
				rows.delete(id);
				listings.delete(id);
			}
		},
		async claimMany(claims) {
			checkDistinct(claims.map(({ record }) => record.id));
			return claims.map(claim);
		},
		async settleMany(settles) {
			checkDistinct(settles.map(({ id }) => id));
			return settles.map(settle);
		},
		async beatMany(beats) {
			checkDistinct(beats.map(({ id }) => id));
			return beats.map(beat);
		},
		async requestRevoke({ id, fence }, reason) {
			const row = rows.get(id);
			if (row === undefined || !isPerforming(row) || row.fence !== fence) return false;
			rows.set(id, copy({ ...row, revoke: reason }));
			return true;
		},
		async getMany(ids) {
			return ids.map((id) => {
				const row = live(id);
				return row === undefined ? undefined : copy(row);
			});
		},
		async listRecent({ limit, before, beforeId, job }) {
			const isBefore = ({ firstStartedAt, id }: RunListing): boolean =>
				before === undefined ||
				firstStartedAt < before ||
				(beforeId !== undefined && firstStartedAt === before && id < beforeId);
			return [...listings.values()]
				.filter((listing) => isBefore(listing) && (job === undefined || listing.job === job))
				.sort((one, other) => other.firstStartedAt - one.firstStartedAt || (one.id < other.id ? 1 : -1))
				.slice(0, limit);
		},
	};
}
