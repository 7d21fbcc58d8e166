/**
 * Performs many conditional writes in few requests: up to 25 in one BatchExecuteStatement, each of which succeeds, is refused or fails
 * alone. Statements that DynamoDB throttles are tried again; what it can't perform as a statement, and every write at an endpoint
 * without PartiQL, goes as a single conditional write.
 */
import { BatchExecuteStatementCommand, type BatchStatementResponse } from "@aws-sdk/client-dynamodb";
import { MillraceError } from "../kernel/errors.ts";
import { DYNAMODB_STATEMENTS_MAX } from "../kernel/limits.ts";
import type { FailedWrite } from "../ports/job-store.ts";
import { awsFailure, nameOfError } from "./aws-error.ts";
import { inChunks, inParallel } from "./in-parallel.ts";
import type { TableAccess } from "./read-rows.ts";
import { retryDelayMs, TRIES_MAX } from "./retry-delay.ts";
import type { Row } from "./run-row.ts";
import type { RowWrite } from "./run-writes.ts";

export type WriteOutcome =
	/** `row`: the row as written, where the write asks for it. */
	| { readonly kind: "written"; readonly row?: Row }
	/** `row`: what stood there, where the endpoint tells. */
	| { readonly kind: "refused"; readonly row?: Row }
	| ({ readonly kind: "failed" } & FailedWrite);

export type WriteRows = (writes: readonly RowWrite[]) => Promise<readonly WriteOutcome[]>;

const REQUESTS_AT_ONCE = 8;

/** Error codes of one statement that say "later". */
const transientCodes: ReadonlySet<string> = new Set([
	"InternalServerError",
	"ProvisionedThroughputExceeded",
	"RequestLimitExceeded",
	"ThrottlingError",
	"TransactionConflict",
]);

type StatementAnswer =
	| WriteOutcome
	| { readonly kind: "transient"; readonly reason: string }
	| { readonly kind: "unfit" };

function answerOf({ Error: error, Item: row }: BatchStatementResponse): StatementAnswer {
	if (error === undefined) return { kind: "written", ...(row === undefined ? {} : { row }) };
	const code = error.Code ?? "";
	if (code === "ConditionalCheckFailed" || code === "DuplicateItem") {
		return { kind: "refused", ...(error.Item === undefined ? {} : { row: error.Item }) };
	}
	return transientCodes.has(code)
		? { kind: "transient", reason: `${code}: ${error.Message ?? ""}` }
		: { kind: "unfit" };
}

/** Never rejects: a write that can't be made is a `failed` outcome. */
export function createWriteRows({ client, tableName, clock, random }: TableAccess): WriteRows {
	/** False for good once the endpoint has said that it knows no BatchExecuteStatement. */
	let speaksPartiql = true;

	async function writeOne(write: RowWrite): Promise<WriteOutcome> {
		try {
			const row = await write.alone(client);
			return { kind: "written", ...(row === undefined ? {} : { row }) };
		} catch (error) {
			if (nameOfError(error) === "ConditionalCheckFailedException") {
				const row = (error as { readonly Item?: Row }).Item;
				return { kind: "refused", ...(row === undefined ? {} : { row }) };
			}
			return failed(awsFailure("store-failed", `Writing run ${write.id} to DynamoDB table ${tableName}`, error));
		}
	}

	/** One request and its repetitions. `undefined` outcomes are left to single writes. */
	async function writeChunk(writes: readonly RowWrite[]): Promise<readonly (WriteOutcome | undefined)[]> {
		const outcomes: (WriteOutcome | undefined)[] = writes.map(() => undefined);
		let todo = writes.flatMap(({ statement }, index) => (statement === undefined ? [] : [{ index, statement }]));
		for (let tried = 1; todo.length > 0; tried++) {
			let answers: readonly BatchStatementResponse[];
			try {
				const answer = await client.send(
					new BatchExecuteStatementCommand({ Statements: todo.map(({ statement }) => statement()) }),
				);
				answers = answer.Responses ?? [];
			} catch (error) {
				const name = nameOfError(error);
				if (name.startsWith("UnknownOperation")) speaksPartiql = false;
				if (name.startsWith("UnknownOperation") || name === "ValidationException") return outcomes;
				const failure = awsFailure("store-failed", `DynamoDB BatchExecuteStatement on table ${tableName}`, error);
				for (const { index } of todo) outcomes[index] = failed(failure);
				return outcomes;
			}
			const again: typeof todo = [];
			todo.forEach((entry, position) => {
				const answer = answerOf(answers[position] ?? { Error: { Code: "InternalServerError", Message: "no answer" } });
				if (answer.kind === "unfit") return;
				if (answer.kind !== "transient") outcomes[entry.index] = answer;
				else if (tried < TRIES_MAX) again.push(entry);
				else {
					outcomes[entry.index] = failed(
						new MillraceError(
							"store-failed",
							`DynamoDB refused the write of run ${writes[entry.index]?.id} to table ${tableName} ${TRIES_MAX} times, at last with ${answer.reason}. Try again later.`,
						),
					);
				}
			});
			todo = again;
			if (todo.length > 0) await clock.sleep(retryDelayMs(random, tried));
		}
		return outcomes;
	}

	return async (writes) => {
		// Alone, a single write costs the same CPU (measured), and its refusal brings the row that stands there.
		const batched = speaksPartiql && writes.length > 1;
		const chunks = inChunks(writes, DYNAMODB_STATEMENTS_MAX);
		const outcomes = batched ? (await inParallel(chunks, REQUESTS_AT_ONCE, writeChunk)).flat() : [];
		if (batched && outcomes.every((outcome) => outcome !== undefined)) return outcomes;
		return inParallel(
			[...writes.entries()],
			REQUESTS_AT_ONCE,
			async ([index, write]) => outcomes[index] ?? writeOne(write),
		);
	};
}

const failed = (failure: MillraceError): WriteOutcome => ({ kind: "failed", failed: failure });
