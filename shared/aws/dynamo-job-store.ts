/**
 * The job store on one DynamoDB table. Ten claims or ten settles are one request; nothing is read unless a write was refused by an
 * endpoint that does not say by what. Two states: with PartiQL, or without once the endpoint has shown that it has none (write-rows.ts).
 * How a row is spelled: run-row.ts. Which conditions hold: run-writes.ts.
 */
import { MillraceError } from "../kernel/errors.ts";
import type { Clock } from "../ports/clock.ts";
import type {
	BeatResult,
	Claim,
	ClaimResult,
	FailedWrite,
	JobStore,
	Settle,
	SettleResult,
} from "../ports/job-store.ts";
import type { Random } from "../ports/random.ts";
import type { DynamoDb } from "./dynamo-db.ts";
import { createReadRows, type TableAccess } from "./read-rows.ts";
import { createListRecent } from "./recent-runs.ts";
import { expiresIn, type Row, readRow, revokeIn, settledToken, tokenIn, tokenOf } from "./run-row.ts";
import { createRunWrites, type RowWrite } from "./run-writes.ts";
import { createSystemClock } from "./system-clock.ts";
import { createSystemRandom } from "./system-random.ts";
import { createWriteRows, type WriteOutcome } from "./write-rows.ts";

export interface DynamoJobStoreOptions {
	/** Its own retries cover throttled and lost requests; those of single statements are covered here. */
	readonly client: DynamoDb;
	readonly tableName: string;
	/** Says which rows are expired. Default: the machine's. */
	readonly clock?: Clock;
	/** For jitter. Default: the machine's. */
	readonly random?: Random;
}

export function createDynamoJobStore(options: DynamoJobStoreOptions): JobStore {
	const { client, tableName, clock = createSystemClock(), random = createSystemRandom() } = options;
	const table: TableAccess = { client, tableName, clock, random };
	const writes = createRunWrites(tableName);
	const writeRows = createWriteRows(table);
	const readRows = createReadRows(table);
	const nowSeconds = (): number => Math.floor(clock.now() / 1000);
	const isExpired = (row: Row): boolean => expiresIn(row) <= nowSeconds();

	/** Outcomes in which each refusal knows the row that caused it, unless that has vanished meanwhile. */
	async function writeAndTellBlockers(list: readonly RowWrite[]): Promise<readonly WriteOutcome[]> {
		const outcomes = await writeRows(list);
		const unknown = list.filter((_, index) => {
			const outcome = outcomes[index];
			return outcome?.kind === "refused" && outcome.row === undefined;
		});
		if (unknown.length === 0) return outcomes;
		try {
			const rows = await readRows(unknown.map(({ id }) => id));
			return outcomes.map((outcome, index) => {
				const row = rows.get(list[index]?.id ?? "");
				return outcome.kind === "refused" && outcome.row === undefined && row !== undefined
					? { ...outcome, row }
					: outcome;
			});
		} catch (error) {
			return outcomes.map((outcome) =>
				outcome.kind === "refused" && outcome.row === undefined
					? { kind: "failed", failed: toFailure(error) }
					: outcome,
			);
		}
	}

	async function claimed({ record, expect }: Claim, row: Row | undefined): Promise<ClaimResult> {
		switch (expect.kind) {
			case "absent":
				return { claimed: true, record };
			case "seen":
				return { claimed: true, record: { ...record, createdAt: expect.record.createdAt } };
			case "retry":
			case "leg": {
				// An endpoint that ignores RETURNING: look.
				const written = row ?? (await readRows([record.id])).get(record.id);
				return { claimed: true, record: written === undefined ? record : readRow(written) };
			}
		}
	}

	function refused(claim: Claim, row: Row | undefined): ClaimResult {
		if (row === undefined) return { claimed: false };
		// Our own write that landed while its answer was lost, and that the SDK or the caller has repeated.
		if (tokenIn(row) === tokenOf(claim.record)) return { claimed: true, record: readRow(row) };
		return isExpired(row) ? { claimed: false } : { claimed: false, blocker: readRow(row) };
	}

	const isInsertOverExpired = ({ record, expect }: Claim, outcome: WriteOutcome): boolean =>
		expect.kind === "absent" &&
		outcome.kind === "refused" &&
		outcome.row !== undefined &&
		isExpired(outcome.row) &&
		tokenIn(outcome.row) !== tokenOf(record);

	async function toClaimResult(claim: Claim, outcome: WriteOutcome): Promise<ClaimResult | FailedWrite> {
		try {
			if (outcome.kind === "failed") return { failed: outcome.failed };
			return outcome.kind === "written" ? await claimed(claim, outcome.row) : refused(claim, outcome.row);
		} catch (error) {
			return { failed: toFailure(error) };
		}
	}

	function toSettleResult({ fence }: Settle, outcome: WriteOutcome): SettleResult | FailedWrite {
		if (outcome.kind === "failed") return { failed: outcome.failed };
		if (outcome.kind === "written") return { settled: true };
		const { row } = outcome;
		if (row === undefined) return { settled: false };
		if (tokenIn(row) === settledToken(fence)) return { settled: true };
		try {
			return isExpired(row) ? { settled: false } : { settled: false, blocker: readRow(row) };
		} catch (error) {
			return { failed: toFailure(error) };
		}
	}

	return {
		async claimMany(claims) {
			const now = nowSeconds();
			const outcomes = await writeAndTellBlockers(claims.map((claim) => writes.claim(claim, now)));
			return Promise.all(
				outcomes.map(async (outcome, index) => {
					const claim = claims[index] as Claim;
					// The statement can't replace an expired row; the single write can, and tells again if somebody else was faster.
					const again = isInsertOverExpired(claim, outcome)
						? (await writeAndTellBlockers([writes.claim(claim, now)]))[0]
						: undefined;
					return toClaimResult(claim, again ?? outcome);
				}),
			);
		},
		async settleMany(settles) {
			const outcomes = await writeAndTellBlockers(settles.map((settle) => writes.settle(settle)));
			return outcomes.map((outcome, index) => toSettleResult(settles[index] as Settle, outcome));
		},
		async beatMany(beats) {
			const outcomes = await writeRows(beats.map((beat) => writes.beat(beat)));
			// An endpoint that ignores RETURNING: look.
			const untold = beats.filter((_, index) => {
				const outcome = outcomes[index];
				return outcome?.kind === "written" && outcome.row === undefined;
			});
			const rows = await readRows(untold.map(({ id }) => id)).catch(toFailure);
			return beats.map(({ id }, index): BeatResult | FailedWrite => {
				const outcome = outcomes[index] as WriteOutcome;
				if (outcome.kind === "failed") return { failed: outcome.failed };
				if (outcome.kind === "refused") return { held: false };
				if (outcome.row === undefined && rows instanceof MillraceError) return { failed: rows };
				const row = outcome.row ?? (rows instanceof MillraceError ? undefined : rows.get(id));
				const revoke = row === undefined ? "" : revokeIn(row);
				return { held: true, ...(revoke === "" ? {} : { revoke }) };
			});
		},
		async requestRevoke(seen, reason) {
			const [outcome] = await writeRows([writes.requestRevoke(seen, reason)]);
			if (outcome?.kind === "failed") throw outcome.failed;
			return outcome?.kind === "written";
		},
		async getMany(ids) {
			const rows = await readRows(ids);
			return ids.map((id) => {
				const row = rows.get(id);
				return row === undefined || isExpired(row) ? undefined : readRow(row);
			});
		},
		listRecent: createListRecent(client, tableName, () => clock.now()),
	};
}

const toFailure = (error: unknown): MillraceError =>
	error instanceof MillraceError ? error : new MillraceError("store-failed", String(error), { cause: error });
