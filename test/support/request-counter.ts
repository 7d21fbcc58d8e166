/** Counts what an SDK client really sends: every HTTP attempt, repetitions included, by operation; and what DynamoDB says it bills. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { SQSClient } from "@aws-sdk/client-sqs";

export interface RequestCounter {
	/** Operations in the order of their attempts, such as "BatchExecuteStatement". */
	readonly operations: readonly string[];
	/** Write (and read) units told by DynamoDB since the last reset. */
	readonly units: number;
	reset(): void;
}

interface Billed {
	readonly ConsumedCapacity?: { readonly CapacityUnits?: number } | readonly { readonly CapacityUnits?: number }[];
}

function unitsIn(output: object): number {
	const { ConsumedCapacity: told } = output as Billed;
	const all = told === undefined ? [] : Array.isArray(told) ? told : [told];
	return all.reduce(
		(sum: number, { CapacityUnits = 0 }: { readonly CapacityUnits?: number }) => sum + CapacityUnits,
		0,
	);
}

export function countRequests(client: DynamoDBClient | LambdaClient | SQSClient): RequestCounter {
	const operations: string[] = [];
	let units = 0;
	const isDynamoDb = "DynamoDB" === client.config.serviceId;
	// The union of two clients' stacks has no common signature; what is added here looks at no input or output type.
	const stack = client.middlewareStack as DynamoDBClient["middlewareStack"];
	stack.add(
		(next) => async (args) => {
			if (isDynamoDb) Object.assign(args.input, { ReturnConsumedCapacity: "TOTAL" });
			const answer = await next(args);
			units += unitsIn(answer.output);
			return answer;
		},
		{ step: "initialize", name: "countUnits" },
	);
	// The deserialize step is the last one: it runs once for every attempt of the retry middleware.
	stack.add(
		(next, { commandName }) =>
			(args) => {
				operations.push(String(commandName).replace(/Command$/, ""));
				return next(args);
			},
		{ step: "deserialize", name: "countRequests", priority: "low" },
	);
	return {
		operations,
		get units() {
			return units;
		},
		reset() {
			operations.length = 0;
			units = 0;
		},
	};
}
