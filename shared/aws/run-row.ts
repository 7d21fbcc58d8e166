/**
 * How a run is spelled as an item of the runs table. Names are short because DynamoDB bills a write by the item's size and counts names;
 * none is a reserved word but `ttl`. An attribute of its own has only what a condition, an index or DynamoDB itself looks at; the rest
 * is JSON in `cl` and `dt`: every parameter of a statement costs the SDK about 3 µs of CPU to check and spell.
 *
 * | name | type | meaning                                                 | written by           |
 * |------|------|---------------------------------------------------------|----------------------|
 * | pk   | S    | run id                                                  | first write          |
 * | jb   | S    | job                                                     | first write          |
 * | ct   | N    | createdAt, epoch ms                                     | first write          |
 * | lp ls| S S  | keys of the listing index, see runTable                 | first write          |
 * | st   | S    | state; `LEG#<next leg>` between two legs                | every write          |
 * | tk   | S    | token: `P#<fence>` while performing, `S#<settledBy>`    | claim, settle        |
 * | ga   | S    | `<generation>.<attempts>`                               | claim                |
 * | lu   | N    | leaseUntil, epoch ms; of a RETRY when the next attempt is due (a row of an older version: perhaps later); else of no meaning once settled | claim, settle |
 * | cl   | S    | what else the claim knows, see run-claim.ts             | claim                |
 * | cu   | S    | checkpoint, JSON; absent or "" for none                 | beat, settle         |
 * | rv   | S    | why it shall stop; absent or "" for no wish             | revoke               |
 * | dt   | S    | details of the state, see run-settlement.ts; may be absent or "" when STARTED | every write |
 * | ttl  | N    | expiresAt, epoch seconds                                | claim, settle        |
 *
 * One token instead of fence and settledBy makes "performing under this fence" one comparison.
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { MillraceError } from "../kernel/errors.ts";
import { type Fence, fence, runId } from "../kernel/ids.ts";
import { epochMs, epochSeconds } from "../kernel/time.ts";
import type { RunRecord, Settlement } from "../ports/job-store.ts";
import { listingKeys } from "./listing-keys.ts";
import { readClaim, writeClaim } from "./run-claim.ts";
import { readLeg, readProgress, readSettlement, readStored, writeDetails } from "./run-settlement.ts";

export type Row = Readonly<Record<string, AttributeValue>>;

export const text = (value: string): AttributeValue => ({ S: value });
export const number = (value: number): AttributeValue => ({ N: String(value) });

export const performingToken = (fenced: Fence): string => `P#${fenced}`;
export const settledToken = (fenced: Fence): string => `S#${fenced}`;

/** The token that the row has once this record is written. */
export const tokenOf = (record: RunRecord): string =>
	"fence" in record ? performingToken(record.fence) : settledToken(record.settledBy);

/** The count that an attempt's claim makes, as one value, because conditions only ever ask for both. */
export const countOf = (run: { readonly generation: number; readonly attempts: number }): string =>
	`${run.generation}.${run.attempts}`;

/** The spelling of `st`. A claim expects one leg of one attempt, so the number belongs to what is compared. */
export const stateOf = (run: Pick<RunRecord, "state"> | Extract<Settlement, { state: "LEG" }>): string =>
	run.state === "LEG" && "nextLeg" in run ? legState(run.nextLeg) : run.state;
export const legState = (nextLeg: number): string => `LEG#${nextLeg}`;

/** Attributes of the first write only. */
export const firstColumns = ["pk", "jb", "ct", "lp", "ls"] as const;
/** Attributes of every claim. */
export const claimColumns = ["st", "tk", "ga", "lu", "cl", "ttl", "dt"] as const;

/** Values of `firstColumns`, in their order. */
export function firstValues(record: RunRecord): AttributeValue[] {
	const { partition, sort } = listingKeys(record.id, record.startedAt);
	return [text(record.id), text(record.job), number(record.createdAt), text(partition), text(sort)];
}

/** Values of `claimColumns`, in their order. */
export function claimValues(record: RunRecord): AttributeValue[] {
	return [
		text(stateOf(record)),
		text(tokenOf(record)),
		text(countOf(record)),
		number("leaseUntil" in record ? record.leaseUntil : 0),
		text(writeClaim(record)),
		number(record.expiresAt),
		text(writeDetails(record)),
	];
}

/** @throws MillraceError `store-failed` when the item is none that this file spells. */
export function readRow(row: Row): RunRecord {
	try {
		return read(row);
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		throw new MillraceError(
			"store-failed",
			`The row of run ${row["pk"]?.S ?? "(without key)"} can't be read: ${reason}. Was it written by a newer version, or by hand?`,
			{ cause: error },
		);
	}
}

/** The row's token, to recognise one's own write. */
export const tokenIn = (row: Row): string | undefined => row["tk"]?.S;
/** Why an operator wants the run to stop; "" for no wish. */
export const revokeIn = (row: Row): string => row["rv"]?.S ?? "";
export const expiresIn = (row: Row): number => Number(row["ttl"]?.N ?? Number.POSITIVE_INFINITY);

function read(row: Row): RunRecord {
	const textOf = (name: string): string => {
		const value = row[name]?.S;
		if (value === undefined) throw new Error(`it has no text "${name}"`);
		return value;
	};
	const numberOf = (name: string): number => {
		const value = Number(row[name]?.N ?? Number.NaN);
		if (!Number.isFinite(value)) throw new Error(`it has no number "${name}"`);
		return value;
	};
	const [generation, attempts] = readCount(textOf("ga"));
	const cursor = readStored(row["cu"]?.S);
	const base = {
		id: runId(textOf("pk")),
		job: textOf("jb"),
		generation,
		attempts,
		...readClaim(textOf("cl")),
		...(cursor === undefined ? {} : { cursor }),
		...(revokeIn(row) === "" ? {} : { revoke: revokeIn(row) }),
		createdAt: epochMs(numberOf("ct")),
		expiresAt: epochSeconds(numberOf("ttl")),
	};
	const details = row["dt"]?.S ?? "";
	const holder = fence(textOf("tk").slice(2));
	const performing = () => ({ fence: holder, leaseUntil: epochMs(numberOf("lu")) });
	const [state, nextLeg] = textOf("st").split("#");
	switch (state) {
		case "STARTED":
			return { ...base, state, ...performing() };
		case "PROGRESS":
			return { ...base, state, ...performing(), progress: readProgress(details) };
		case "RETRY":
		case "SUCCESS":
		case "FAILURE":
		case "REVOKED":
		case "SKIPPED":
			return { ...base, settledBy: holder, ...readSettlement(state, details) };
		case "LEG":
			return { ...base, settledBy: holder, ...readLeg(details), nextLeg: Number(nextLeg) };
		default:
			throw new Error(`its state is "${textOf("st")}"`);
	}
}

function readCount(count: string): readonly [number, number] {
	const [generation, attempts] = count.split(".").map(Number);
	if (!Number.isInteger(generation) || !Number.isInteger(attempts)) throw new Error(`its count is "${count}"`);
	return [generation as number, attempts as number];
}
