/** Which alerts have been told: SNS and Lambda may deliver one twice. One item each in the runs table, forgotten after a day. */
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { sha256Hex } from "../../shared/kernel/sha256.ts";
import { ALERT_KEY_PREFIX, runTable } from "../../shared/wire/run-table.ts";
import type { AlarmChange } from "./alert-of.ts";

const KEPT_SECONDS = 86_400;

export interface AlertMemory {
	wasTold(change: AlarmChange): Promise<boolean>;
	/** After it was told: who dies in between tells it twice, which is better than never. */
	told(change: AlarmChange, nowMs: number): Promise<void>;
}

export function createAlertMemory(tableName: string, client = new DynamoDBClient({})): AlertMemory {
	const keyOf = ({ AlarmArn, NewStateValue, StateChangeTime }: AlarmChange) => {
		const digest = sha256Hex(JSON.stringify([AlarmArn, NewStateValue, StateChangeTime])).slice(0, 40);
		return { [runTable.partitionKey]: { S: `${ALERT_KEY_PREFIX}${digest}` } };
	};
	return {
		async wasTold(change) {
			const command = new GetItemCommand({ TableName: tableName, Key: keyOf(change), ConsistentRead: true });
			return (await client.send(command)).Item !== undefined;
		},
		async told(change, nowMs) {
			const expiresAt = Math.ceil(nowMs / 1000) + KEPT_SECONDS;
			const Item = { ...keyOf(change), [runTable.expiryAttribute]: { N: String(expiresAt) } };
			await client.send(new PutItemCommand({ TableName: tableName, Item }));
		},
	};
}
