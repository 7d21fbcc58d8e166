/**
 * Each write of a run's row in its two spellings: a PartiQL statement, of which up to 25 share one request and each keeps its own
 * condition; and a single PutItem or UpdateItem, for an only write and for what a batch refuses.
 * The statements stay inside the dialect that AWS, DynamoDB Local and the emulators have in common: INSERT with a struct of parameters,
 * one SET, no REMOVE, conditions joined by AND.
 */
import {
	type AttributeValue,
	type BatchStatementRequest,
	PutItemCommand,
	UpdateItemCommand,
	type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { RunId } from "../kernel/ids.ts";
import type { EpochMs } from "../kernel/time.ts";
import type { Beat, Claim, PerformingRun, RunRecord, Settle } from "../ports/job-store.ts";
import type { DynamoDb } from "./dynamo-db.ts";
import {
	claimColumns,
	claimValues,
	countOf,
	firstColumns,
	firstValues,
	legState,
	number,
	performingToken,
	type Row,
	settledToken,
	stateOf,
	text,
	tokenOf,
} from "./run-row.ts";
import { writeSettlement, writeStored } from "./run-settlement.ts";

export interface RowWrite {
	readonly id: RunId;
	/** Absent where the condition can't be said in the common dialect. */
	readonly statement?: () => BatchStatementRequest;
	/** Performs it as a request of its own; resolves to the row as written where the write asks for it. Rejects with the SDK's error. */
	readonly alone: (client: DynamoDb) => Promise<Row | undefined>;
}

export interface RunWrites {
	/**
	 * A row whose expiry is not after `nowSeconds` counts as absent. An INSERT takes no condition, so as a statement "absent" is refused by
	 * a row that has expired and not been deleted yet; the single write replaces such a row.
	 */
	claim(claim: Claim, nowSeconds: number): RowWrite;
	settle(settle: Settle): RowWrite;
	/** Asks for the row as written: it may hold a wish to revoke. */
	beat(beat: Beat): RowWrite;
	/** Leaves the fence, and so the attempt, alone. */
	requestRevoke(seen: PerformingRun, reason: string): RowWrite;
}

const rowColumns = [...firstColumns, ...claimColumns];
/** The first write of a run that has just started leaves out its empty details, which stand last. */
const startedColumns = rowColumns.slice(0, -1);
const retakeColumns = ["jb", ...claimColumns];
const rowValues = (record: RunRecord): AttributeValue[] => [...firstValues(record), ...claimValues(record)];

/** `ttl` is a reserved word; so all names are quoted, here and below. */
const assignments = (columns: readonly string[]): string => columns.map((name) => `"${name}"=?`).join(", ");
const conditions = (names: readonly string[]): string => names.map((name) => `"${name}"=?`).join(" AND ");

function item(columns: readonly string[], values: readonly AttributeValue[]): Record<string, AttributeValue> {
	const entries: Record<string, AttributeValue> = {};
	columns.forEach((name, index) => {
		const value = values[index];
		if (value !== undefined) entries[name] = value;
	});
	return entries;
}

/** A part of an expression with the names and values that it speaks of. */
interface Phrase {
	readonly expression: string;
	readonly names: Record<string, string>;
	readonly values: Record<string, AttributeValue>;
}

function assign(columns: readonly string[], values: readonly AttributeValue[]): Phrase {
	return {
		expression: `SET ${columns.map((name) => `#${name}=:${name}`).join(", ")}`,
		names: Object.fromEntries(columns.map((name) => [`#${name}`, name])),
		values: item(
			columns.map((name) => `:${name}`),
			values,
		),
	};
}

/** Names and values have a prefix, so that they never meet those of the assignments. */
function equals(wanted: Record<string, AttributeValue>): Phrase {
	const columns = Object.keys(wanted);
	return {
		expression: columns.map((name) => `#if_${name}=:if_${name}`).join(" AND "),
		names: Object.fromEntries(columns.map((name) => [`#if_${name}`, name])),
		values: item(
			columns.map((name) => `:if_${name}`),
			Object.values(wanted),
		),
	};
}

export function createRunWrites(tableName: string): RunWrites {
	const table = `"${tableName}"`;
	const insertOf = (columns: readonly string[]): string =>
		`INSERT INTO ${table} VALUE {${columns.map((name) => `'${name}': ?`).join(", ")}}`;
	const insert = insertOf(rowColumns);
	const insertStarted = insertOf(startedColumns);
	// The row's createdAt is not known to a retry message: the write answers with it, so that no read is needed.
	const retake = `UPDATE ${table} SET ${assignments(claimColumns)} WHERE ${conditions(["pk", "st", "ga", "jb"])} AND "ttl">? RETURNING ALL NEW *`;
	const retakeDue = retake.replace(' AND "ttl">?', ' AND "ttl">? AND "lu"<=?');
	const whereHeld = conditions(["pk", "tk"]);

	async function update(
		client: DynamoDb,
		id: RunId,
		columns: readonly string[],
		values: readonly AttributeValue[],
		condition: Phrase,
		more: Partial<UpdateItemCommandInput> = {},
	): Promise<Row | undefined> {
		const assigned = assign(columns, values);
		const command = new UpdateItemCommand({
			TableName: tableName,
			Key: { pk: text(id) },
			UpdateExpression: assigned.expression,
			ConditionExpression: condition.expression,
			ExpressionAttributeNames: { ...assigned.names, ...condition.names },
			ExpressionAttributeValues: { ...assigned.values, ...condition.values },
			ReturnValuesOnConditionCheckFailure: "ALL_OLD",
			...more,
		});
		return (await client.send(command)).Attributes;
	}

	function insertion(record: RunRecord, nowSeconds: number): RowWrite {
		return {
			id: record.id,
			statement: () =>
				record.state === "STARTED"
					? { Statement: insertStarted, Parameters: rowValues(record).slice(0, -1) }
					: { Statement: insert, Parameters: rowValues(record) },
			async alone(client) {
				const command = new PutItemCommand({
					TableName: tableName,
					Item: item(rowColumns, rowValues(record)),
					ConditionExpression: "attribute_not_exists(pk) OR #ttl <= :now",
					ExpressionAttributeNames: { "#ttl": "ttl" },
					ExpressionAttributeValues: { ":now": number(nowSeconds) },
					ReturnValuesOnConditionCheckFailure: "ALL_OLD",
				});
				await client.send(command);
				return undefined;
			},
		};
	}

	/** The job belongs to the condition: a message that names another one for this id must see the row instead of taking it. */
	function retaking(record: RunRecord, state: string, count: string, nowSeconds: number, dueBy?: EpochMs): RowWrite {
		const wanted = { st: text(state), ga: text(count), jb: text(record.job) };
		const due = dueBy === undefined ? [] : [number(dueBy)];
		return {
			id: record.id,
			statement: () => ({
				Statement: dueBy === undefined ? retake : retakeDue,
				Parameters: [...claimValues(record), text(record.id), ...Object.values(wanted), number(nowSeconds), ...due],
				ReturnValuesOnConditionCheckFailure: "ALL_OLD",
			}),
			alone: (client) => {
				const same = equals(wanted);
				const condition = {
					expression: `${same.expression} AND #ttl>:now${dueBy === undefined ? "" : " AND #lu<=:due"}`,
					names: same.names,
					values: { ...same.values, ":now": number(nowSeconds), ...item([":due"], due) },
				};
				return update(client, record.id, claimColumns, claimValues(record), condition, { ReturnValues: "ALL_NEW" });
			},
		};
	}

	/** A performing row is the one seen when its lease is too (a beat would move it); once settled the lease has no meaning. */
	function retakingSeen(record: RunRecord, seen: RunRecord): RowWrite {
		const wanted = {
			st: text(stateOf(seen)),
			tk: text(tokenOf(seen)),
			ga: text(countOf(seen)),
			...("leaseUntil" in seen ? { lu: number(seen.leaseUntil) } : {}),
		};
		// A new generation begins without the checkpoint and the wishes of the one before.
		const forgotten = record.generation === seen.generation ? [] : ["cu", "rv"];
		return {
			id: record.id,
			// With the job's name: a row of a message that was refused, under a name that is no job's, gives way to the job that was meant.
			alone: (client) =>
				update(
					client,
					record.id,
					[...retakeColumns, ...forgotten],
					[text(record.job), ...claimValues(record), ...forgotten.map(() => text(""))],
					equals(wanted),
				),
		};
	}

	/** The only condition of a performing attempt's writes: the row still has the token of its claim. */
	function held(
		id: RunId,
		token: string,
		assigned: Readonly<Record<string, AttributeValue>>,
		more: { readonly returning?: true } = {},
	): RowWrite {
		const columns = Object.keys(assigned);
		const values = Object.values(assigned);
		const returning = more.returning === true ? " RETURNING ALL NEW *" : "";
		return {
			id,
			statement: () => ({
				Statement: `UPDATE ${table} SET ${assignments(columns)} WHERE ${whereHeld}${returning}`,
				Parameters: [...values, text(id), text(token)],
				ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
			}),
			alone: (client) =>
				update(
					client,
					id,
					columns,
					values,
					equals({ tk: text(token) }),
					more.returning === true ? { ReturnValues: "ALL_NEW" } : {},
				),
		};
	}

	return {
		claim({ record, expect }, nowSeconds) {
			switch (expect.kind) {
				case "absent":
					return insertion(record, nowSeconds);
				case "retry":
					return retaking(record, "RETRY", countOf(expect), nowSeconds, expect.dueBy);
				case "leg":
					return retaking(record, legState(expect.leg), countOf(expect), nowSeconds);
				case "seen":
					return retakingSeen(record, expect.record);
			}
		},
		settle: ({ id, fence, settlement, expiresAt, cursor }) =>
			held(id, performingToken(fence), {
				st: text(stateOf(settlement)),
				tk: text(settledToken(fence)),
				dt: text(writeSettlement(settlement)),
				ttl: number(expiresAt),
				...(settlement.state === "RETRY" ? { lu: number(settlement.nextAttemptAt) } : {}),
				...(cursor === undefined ? {} : { cu: text(writeStored(cursor)) }),
			}),
		beat: ({ id, fence, leaseUntil, progress, cursor }) =>
			held(
				id,
				performingToken(fence),
				{
					lu: number(leaseUntil),
					...(progress === undefined ? {} : { st: text("PROGRESS"), dt: text(JSON.stringify({ progress })) }),
					...(cursor === undefined ? {} : { cu: text(writeStored(cursor)) }),
				},
				{ returning: true },
			),
		requestRevoke: ({ id, fence }, reason) => held(id, performingToken(fence), { rv: text(reason) }),
	};
}
