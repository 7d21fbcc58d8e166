/**
 * How a run is spelled as an item of the runs table. Names are short because DynamoDB bills a write by the item's size and counts names;
 * none is a reserved word but `ttl`. Every row has every attribute ("" and 0 for none), so that each kind of write is one constant
 * statement.
 *
 * | name | type | meaning                                             | written by     |
 * |------|------|-----------------------------------------------------|----------------|
 * | pk   | S    | run id                                              | first write    |
 * | jb   | S    | job                                                 | first write    |
 * | ct   | N    | createdAt, epoch ms                                 | first write    |
 * | lp ls| S S  | keys of the listing index, see runTable             | first write    |
 * | st   | S    | state                                               | every write    |
 * | tk   | S    | token: `P#<fence>` while performing, `S#<settledBy>` | claim, settle |
 * | gn   | N    | generation                                          | claim          |
 * | ac   | N    | attempts                                            | claim          |
 * | cm   | S    | carrier                                             | claim          |
 * | rx   | N    | retriesMax                                          | claim          |
 * | tn   | S    | tenant, "" for none                                 | claim          |
 * | sd   | N    | startedAt, epoch ms                                 | claim          |
 * | lu   | N    | leaseUntil, epoch ms; of no meaning once settled    | claim          |
 * | dt   | S    | details of the state, JSON; "" when STARTED         | every write    |
 * | rs   | S    | inline result, JSON; "" for none                    | claim, settle  |
 * | ttl  | N    | expiresAt, epoch seconds                            | claim, settle  |
 *
 * One token instead of fence and settledBy makes "performing under this fence" one comparison.
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { MillraceError } from "../kernel/errors.ts";
import { type Fence, fence, runId } from "../kernel/ids.ts";
import { epochMs, epochSeconds } from "../kernel/time.ts";
import type { RunRecord } from "../ports/job-store.ts";
import { runStates } from "../wire/run-view.ts";
import { listingKeys } from "./listing-keys.ts";
import { readProgress, readSettlement, writeDetails } from "./run-settlement.ts";

export type Row = Readonly<Record<string, AttributeValue>>;

export const text = (value: string): AttributeValue => ({ S: value });
export const number = (value: number): AttributeValue => ({ N: String(value) });

export const performingToken = (fenced: Fence): string => `P#${fenced}`;
export const settledToken = (fenced: Fence): string => `S#${fenced}`;

/** The token that the row has once this record is written. */
export const tokenOf = (record: RunRecord): string =>
	"fence" in record ? performingToken(record.fence) : settledToken(record.settledBy);

/** Attributes of the first write only. */
export const firstColumns = ["pk", "jb", "ct", "lp", "ls"] as const;
/** Attributes of every claim. */
export const claimColumns = ["st", "tk", "gn", "ac", "cm", "rx", "tn", "sd", "lu", "dt", "rs", "ttl"] as const;
/** Attributes of a settle. */
export const settleColumns = ["st", "tk", "dt", "rs", "ttl"] as const;
/** Attributes of a progress write. */
export const progressColumns = ["st", "dt"] as const;

/** Values of `firstColumns`, in their order. */
export function firstValues(record: RunRecord): AttributeValue[] {
	const { partition, sort } = listingKeys(record.id, record.startedAt);
	return [text(record.id), text(record.job), number(record.createdAt), text(partition), text(sort)];
}

/** Values of `claimColumns`, in their order. */
export function claimValues(record: RunRecord): AttributeValue[] {
	const { details, result } = writeDetails(record);
	return [
		text(record.state),
		text(tokenOf(record)),
		number(record.generation),
		number(record.attempts),
		text(record.carrier),
		number(record.retriesMax),
		text(record.tenant ?? ""),
		number(record.startedAt),
		number("leaseUntil" in record ? record.leaseUntil : 0),
		text(details),
		text(result),
		number(record.expiresAt),
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
	const tenant = textOf("tn");
	const base = {
		id: runId(textOf("pk")),
		job: textOf("jb"),
		generation: numberOf("gn"),
		attempts: numberOf("ac"),
		carrier: textOf("cm"),
		retriesMax: numberOf("rx"),
		...(tenant === "" ? {} : { tenant }),
		createdAt: epochMs(numberOf("ct")),
		startedAt: epochMs(numberOf("sd")),
		expiresAt: epochSeconds(numberOf("ttl")),
	};
	const texts = { details: textOf("dt"), result: textOf("rs") };
	const holder = fence(textOf("tk").slice(2));
	const state = runStates.find((known) => known === textOf("st"));
	switch (state) {
		case undefined:
		case "PENDING":
			throw new Error(`its state is "${textOf("st")}"`);
		case "STARTED":
			return { ...base, state, fence: holder, leaseUntil: epochMs(numberOf("lu")) };
		case "PROGRESS":
			return { ...base, state, fence: holder, leaseUntil: epochMs(numberOf("lu")), progress: readProgress(texts) };
		default:
			return { ...base, settledBy: holder, ...readSettlement(state, texts) };
	}
}
