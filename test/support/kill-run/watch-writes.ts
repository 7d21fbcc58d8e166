/**
 * The full history of the runs table, by DynamoDB Streams: every row as each write left it. What the engine did is read from here, and not
 * from what it says it did. Needs an emulator with streams (dynoxide); with dynalite there is none, and the caller does without.
 */
import { createDynamoDbCall } from "../../../local/emulators/dynamodb-call.ts";
import { terminalStates } from "../../../shared/wire/run-states.ts";

/** One write to one run's row, in the order they were made. */
export interface RowWrite {
	readonly run: string;
	readonly state: string;
	readonly attempts: number;
	readonly token: string;
}

export interface WriteWatch {
	read(): Promise<readonly RowWrite[]>;
}

type StringValue = { readonly S?: string; readonly N?: string };
interface StreamRecord {
	readonly dynamodb: { readonly NewImage?: Readonly<Record<string, StringValue>> };
}

/** Starts to watch before the first write. */
export async function watchWrites(endpoint: string, table: string): Promise<WriteWatch> {
	await createDynamoDbCall(endpoint)("UpdateTable", {
		TableName: table,
		StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
	});
	const streams = <Answer>(operation: string, request: object): Promise<Answer> =>
		callStreams(endpoint, operation, request);
	return {
		async read() {
			const { Streams } = await streams<{ Streams: readonly { StreamArn: string }[] }>("ListStreams", {
				TableName: table,
			});
			const writes: RowWrite[] = [];
			for (const { StreamArn } of Streams) {
				const { StreamDescription } = await streams<{ StreamDescription: { Shards: readonly { ShardId: string }[] } }>(
					"DescribeStream",
					{ StreamArn },
				);
				for (const { ShardId } of StreamDescription.Shards) {
					const start = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" };
					let { ShardIterator } = await streams<{ ShardIterator?: string }>("GetShardIterator", start);
					while (ShardIterator !== undefined) {
						const page = await streams<{ Records: readonly StreamRecord[]; NextShardIterator?: string }>("GetRecords", {
							ShardIterator,
						});
						writes.push(...page.Records.flatMap(toWrite));
						// An open shard always names a next page; an empty one is the end of what there is.
						ShardIterator = page.Records.length === 0 ? undefined : page.NextShardIterator;
					}
				}
			}
			return writes;
		},
	};
}

function toWrite({ dynamodb: { NewImage: row } }: StreamRecord): readonly RowWrite[] {
	if (row === undefined) return [];
	return [
		{
			run: row["pk"]?.S ?? "",
			state: row["st"]?.S ?? "",
			attempts: Number(row["ga"]?.S?.split(".")[1]),
			token: row["tk"]?.S ?? "",
		},
	];
}

async function callStreams<Answer>(endpoint: string, operation: string, request: object): Promise<Answer> {
	const response = await fetch(endpoint, {
		method: "POST",
		headers: {
			"content-type": "application/x-amz-json-1.0",
			"x-amz-target": `DynamoDBStreams_20120810.${operation}`,
			"x-amz-date": "20260101T000000Z",
			authorization:
				"AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=local",
		},
		body: JSON.stringify(request),
	});
	const body = await response.text();
	if (!response.ok) throw new Error(`${operation} answered ${response.status}: ${body.slice(0, 300)}`);
	const answer: Answer = JSON.parse(body);
	return answer;
}

export interface WriteFindings {
	/** Runs whose row reached a terminal state more than once, or was written after it had (INV-02). */
	readonly settledTwice: readonly string[];
	/** Runs of which one attempt settled twice, or settled under another's fence (INV-02). */
	readonly settledOnAnotherFence: readonly string[];
}

const isTerminal = (state: string): boolean => terminalStates.some((terminal) => terminal === state);

/**
 * Judges the history. A row's token is `P#<fence>` while its attempt performs and `S#<the same fence>` once that attempt has settled.
 * @param endsUnperformed Whether a run may end with the write that would have been its claim: debounced, or given an earlier result. Default: none.
 */
export function checkWrites(
	writes: readonly RowWrite[],
	endsUnperformed: (run: string) => boolean = () => false,
): WriteFindings {
	const settledTwice = new Set<string>();
	const settledOnAnotherFence = new Set<string>();
	const rows = new Map<string, RowWrite>();
	for (const write of writes) {
		const before = rows.get(write.run);
		if (before !== undefined && isTerminal(before.state)) settledTwice.add(write.run);
		const settles = write.token.startsWith("S#");
		const ends = isTerminal(write.state) && before?.token.startsWith("P#") !== true;
		if (ends && endsUnperformed(write.run)) {
			rows.set(write.run, write);
			continue;
		}
		if (settles && before?.token !== `P#${write.token.slice(2)}`) settledOnAnotherFence.add(write.run);
		rows.set(write.run, write);
	}
	return { settledTwice: [...settledTwice], settledOnAnotherFence: [...settledOnAnotherFence] };
}
