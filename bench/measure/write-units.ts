// Meters write units while code runs: pictures of the tables before and after every write request of the metered
// clients, one request at a time, judged by write-unit-rules.ts. The emulator's own figures are kept beside them.
import {
	type AttributeValue,
	type ConsumedCapacity,
	DescribeTableCommand,
	type DynamoDBClient,
	ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { type Item, itemBytes, sameItem, type TableShape, unitsOfChange } from "./write-unit-rules.ts";

export interface WriteUnits {
	readonly table: number;
	readonly index: number;
	/** Writes refused by their condition: one unit each, part of `table`. */
	readonly refused: number;
	/** Read requests and read statements of any kind. */
	readonly reads: number;
	/** What the emulator says it consumed for the same writes; 0 where it says nothing. */
	readonly emulatorTable: number;
	readonly emulatorIndex: number;
	readonly largestItemBytes: number;
}

export const NO_WRITE_UNITS: WriteUnits = {
	table: 0,
	index: 0,
	refused: 0,
	reads: 0,
	emulatorTable: 0,
	emulatorIndex: 0,
	largestItemBytes: 0,
};

export interface WriteUnitMeter {
	/** Runs one DynamoDB request between two pictures. `operation` without the service: `UpdateItem`. Takes and gives what SDK middleware does. */
	readonly around: <Answer extends { readonly output: object }>(
		operation: string,
		input: object,
		request: () => Promise<Answer>,
	) => Promise<Answer>;
	readonly total: () => WriteUnits;
	readonly reset: () => void;
}

const READS = new Set(["GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"]);
const REFUSALS = /ConditionalCheckFailed|DuplicateItem|ConditionalCheckFailedException/;

type Picture = ReadonlyMap<string, Item>;

export function createWriteUnitMeter(observer: DynamoDBClient, tables: readonly string[]): WriteUnitMeter {
	let total = NO_WRITE_UNITS;
	let last: Promise<unknown> = Promise.resolve();
	const shapes = new Map<string, TableShape>();
	const shapeOf = async (table: string): Promise<TableShape> => {
		const shape = shapes.get(table) ?? (await describeShape(observer, table));
		shapes.set(table, shape);
		return shape;
	};

	const add = (more: Partial<WriteUnits>): void => {
		total = {
			table: total.table + (more.table ?? 0),
			index: total.index + (more.index ?? 0),
			refused: total.refused + (more.refused ?? 0),
			reads: total.reads + (more.reads ?? 0),
			emulatorTable: total.emulatorTable + (more.emulatorTable ?? 0),
			emulatorIndex: total.emulatorIndex + (more.emulatorIndex ?? 0),
			largestItemBytes: Math.max(total.largestItemBytes, more.largestItemBytes ?? 0),
		};
	};

	const takePictures = async (): Promise<ReadonlyMap<string, Picture>> => {
		const pictures = new Map<string, Picture>();
		for (const table of tables) pictures.set(table, await takePicture(observer, table, (await shapeOf(table)).keys));
		return pictures;
	};

	const measured = async <Answer extends { readonly output: object }>(
		input: object,
		request: () => Promise<Answer>,
	): Promise<Answer> => {
		const before = await takePictures();
		try {
			const answer = await request();
			const refused = refusalsIn(answer.output);
			add({ reads: readStatementsIn(input), refused, table: refused });
			addEmulator(answer.output, add);
			return answer;
		} catch (error) {
			if (error instanceof Error && REFUSALS.test(error.name)) add({ refused: 1, table: 1 });
			throw error;
		} finally {
			const after = await takePictures();
			for (const table of tables) addChanges(await shapeOf(table), before.get(table), after.get(table), add);
		}
	};

	return {
		around: (operation, input, request) => {
			if (READS.has(operation)) {
				add({ reads: 1 });
				return request();
			}
			// One write at a time, so that every difference between two pictures has one cause.
			const turn = last.then(() => measured(input, request));
			last = turn.catch(() => undefined);
			return turn;
		},
		total: () => total,
		reset: () => {
			total = NO_WRITE_UNITS;
		},
	};
}

function addChanges(
	shape: TableShape,
	before: Picture | undefined,
	after: Picture | undefined,
	add: (more: Partial<WriteUnits>) => void,
): void {
	for (const key of new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])) {
		const old = before?.get(key);
		const fresh = after?.get(key);
		if (sameItem(old, fresh)) continue;
		add({ ...unitsOfChange(shape, old, fresh), largestItemBytes: Math.max(itemBytes(old), itemBytes(fresh)) });
	}
}

function addEmulator(output: object, add: (more: Partial<WriteUnits>) => void): void {
	if (!("ConsumedCapacity" in output)) return;
	const consumed = output.ConsumedCapacity;
	const entries: readonly ConsumedCapacity[] = Array.isArray(consumed) ? consumed : consumed ? [consumed] : [];
	for (const entry of entries) {
		const indexes = Object.values(entry.GlobalSecondaryIndexes ?? {});
		add({
			emulatorTable: entry.Table?.CapacityUnits ?? 0,
			emulatorIndex: indexes.reduce((sum, index) => sum + (index.CapacityUnits ?? 0), 0),
		});
	}
}

function refusalsIn(output: object): number {
	if (!("Responses" in output) || !Array.isArray(output.Responses)) return 0;
	const responses: readonly { readonly Error?: { readonly Code?: string } }[] = output.Responses;
	return responses.filter((response) => REFUSALS.test(response.Error?.Code ?? "")).length;
}

function readStatementsIn(input: object): number {
	const statements = "Statements" in input && Array.isArray(input.Statements) ? input.Statements : [input];
	const texts: readonly { readonly Statement?: string }[] = statements;
	return texts.filter((each) => /^\s*SELECT/i.test(each.Statement ?? "")).length;
}

async function takePicture(observer: DynamoDBClient, table: string, keys: readonly string[]): Promise<Picture> {
	const picture = new Map<string, Item>();
	let from: Record<string, AttributeValue> | undefined;
	do {
		const page = await observer.send(
			new ScanCommand({ TableName: table, ConsistentRead: true, ...(from ? { ExclusiveStartKey: from } : {}) }),
		);
		for (const item of page.Items ?? []) picture.set(JSON.stringify(keys.map((name) => item[name])), item);
		from = page.LastEvaluatedKey;
	} while (from !== undefined);
	return picture;
}

async function describeShape(observer: DynamoDBClient, table: string): Promise<TableShape> {
	const { Table } = await observer.send(new DescribeTableCommand({ TableName: table }));
	const names = (keys: readonly { readonly AttributeName?: string | undefined }[] | undefined): readonly string[] =>
		(keys ?? []).flatMap((key) => key.AttributeName ?? []);
	return {
		keys: names(Table?.KeySchema),
		indexes: (Table?.GlobalSecondaryIndexes ?? []).map((index) => ({
			keys: names(index.KeySchema),
			projected: index.Projection?.ProjectionType === "ALL" ? "all" : (index.Projection?.NonKeyAttributes ?? []),
		})),
	};
}
