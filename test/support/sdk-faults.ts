/** Faults between an SDK client and its server, for tests of what an adapter does about them. Each is used once, in the order given. */
import type {
	BatchExecuteStatementInput,
	BatchGetItemInput,
	BatchGetItemOutput,
	BatchStatementResponse,
	DynamoDBClient,
} from "@aws-sdk/client-dynamodb";

/** The next attempt reaches the server, its answer does not come back; the SDK takes it for a broken connection and may try again. */
export function loseAnswers(client: DynamoDBClient, count: number): void {
	let left = count;
	client.middlewareStack.add(
		(next) => async (args) => {
			const answer = await next(args);
			if (left === 0) return answer;
			left--;
			throw Object.assign(new Error("socket hang up"), { name: "TimeoutError", code: "ECONNRESET" });
		},
		{ step: "deserialize", priority: "low" },
	);
}

/** The next requests are answered with this error, without reaching the server. The error says whether the SDK may try again. */
export function refuseRequests(client: DynamoDBClient, errors: readonly Error[]): void {
	const todo = [...errors];
	client.middlewareStack.add(
		(next) => (args) => {
			const error = todo.shift();
			if (error !== undefined) throw error;
			return next(args);
		},
		{ step: "deserialize", priority: "low" },
	);
}

/**
 * Of the next BatchExecuteStatement requests, the statement at the given place does not reach the table and is answered with `code`:
 * one place per request, `undefined` for a request without fault.
 */
export function refuseStatements(client: DynamoDBClient, code: string, places: readonly (number | undefined)[]): void {
	const todo = [...places];
	client.middlewareStack.add(
		(next, { commandName }) =>
			async (args) => {
				if (commandName !== "BatchExecuteStatementCommand") return next(args);
				const place = todo.shift();
				if (place === undefined) return next(args);
				const input = args.input as BatchExecuteStatementInput;
				const others = (input.Statements ?? []).filter((_, index) => index !== place);
				const error: BatchStatementResponse = {
					Error: { Code: code as "ThrottlingError", Message: "injected" },
				};
				if (others.length === 0) return { response: undefined, output: { $metadata: {}, Responses: [error] } };
				const answer = await next({ ...args, input: { ...input, Statements: others } });
				const responses = (answer.output as { readonly Responses?: BatchStatementResponse[] }).Responses ?? [];
				return { ...answer, output: { ...answer.output, Responses: responses.toSpliced(place, 0, error) } };
			},
		{ step: "initialize" },
	);
}

/** The next answers to BatchGetItem leave out the first key that was asked for, as when DynamoDB throttles. */
export function leaveOutKeys(client: DynamoDBClient, tableName: string, times: number): void {
	let left = times;
	client.middlewareStack.add(
		(next, { commandName }) =>
			async (args) => {
				const answer = await next(args);
				if (commandName !== "BatchGetItemCommand" || left === 0) return answer;
				left--;
				const input = args.input as BatchGetItemInput;
				const output = answer.output as BatchGetItemOutput;
				const [first] = input.RequestItems?.[tableName]?.Keys ?? [];
				const rows = (output.Responses?.[tableName] ?? []).filter((row) => row["pk"]?.S !== first?.["pk"]?.S);
				const UnprocessedKeys = { [tableName]: { Keys: first === undefined ? [] : [first] } };
				return { ...answer, output: { ...answer.output, Responses: { [tableName]: rows }, UnprocessedKeys } };
			},
		{ step: "initialize" },
	);
}
