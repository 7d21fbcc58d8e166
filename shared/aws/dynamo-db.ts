/** What the adapters need of a client of DynamoDB: the SDK's own has it, and so has the one of a worker (direct-dynamo-db.ts). */
import type {
	DynamoDBClient,
	DynamoDBClientResolvedConfig,
	ServiceInputTypes,
	ServiceOutputTypes,
} from "@aws-sdk/client-dynamodb";
import type { CommandImpl } from "@smithy/core/client";

export type DynamoDbCommand<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = CommandImpl<
	Input,
	Output,
	DynamoDBClientResolvedConfig,
	ServiceInputTypes,
	ServiceOutputTypes
>;

export interface DynamoDb {
	/** Region, credentials and settings: what is lent to requests without a client (signed-requests.ts). */
	readonly config: DynamoDBClient["config"];
	/** Rejects with the SDK's error, after the SDK's retries. */
	send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
		command: DynamoDbCommand<Input, Output>,
	): Promise<Output>;
}
