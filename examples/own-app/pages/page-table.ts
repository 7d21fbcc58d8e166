/** The team's own table: one item for each page, with what was found last. */
import { DynamoDBClient, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";

export interface PageTable {
	note(url: string, found: { readonly status: number; readonly tookMs: number }): Promise<void>;
	urls(limit: number): Promise<readonly string[]>;
}

export function openPageTable(tableName: string): PageTable {
	const client = new DynamoDBClient({});
	return {
		async note(url, { status, tookMs }) {
			await client.send(
				new PutItemCommand({
					TableName: tableName,
					Item: { url: { S: url }, status: { N: String(status) }, tookMs: { N: String(tookMs) } },
				}),
			);
		},
		async urls(limit) {
			const { Items = [] } = await client.send(new ScanCommand({ TableName: tableName, Limit: limit }));
			return Items.flatMap(({ url }) => (url?.S === undefined ? [] : [url.S]));
		},
	};
}
