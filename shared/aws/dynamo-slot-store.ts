/**
 * The slot store in the runs table: one item a pool, under a key that no run id can be. Each holder is an attribute of its own and a count
 * stands beside them, so that taking, extending and giving back are one UpdateItem each, which fails only for what it is about: the pool is
 * full, the entry is gone. A version or a list would let contenders fail each other. A refusal brings the item, so no second read.
 */
import {
	type AttributeValue,
	ConditionalCheckFailedException,
	type DynamoDBClient,
	GetItemCommand,
	UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { MillraceError } from "../kernel/errors.ts";
import { epochMs, plusMs, toEpochSeconds } from "../kernel/time.ts";
import type { PoolState, SlotHolder, SlotStore } from "../ports/slot-store.ts";
import { runTable, SLOTS_KEY_PREFIX } from "../wire/run-table.ts";
import { awsFailure } from "./aws-error.ts";

type Item = Readonly<Record<string, AttributeValue>>;

/** n: number of entries. hm: average holding time, ms. le: end of the line, epoch ms. h#<token>: an entry, see `spell`. */
const ENTRY_PREFIX = "h#";
/** Every round that a call needs more means that somebody else changed just what it is about. */
const ROUNDS_MAX = 8;

const number = (value: number): AttributeValue => ({ N: String(value) });
const spell = ({ until, since, run, kept }: SlotHolder): AttributeValue => ({
	S: `${until} ${since} ${kept === true ? "kept" : "held"} ${run}`,
});

interface Change {
	readonly pool: string;
	readonly set?: Item;
	readonly add?: Item;
	readonly remove?: readonly string[];
	/** Of placeholders `#<index of the attribute in names>` and `:<name of a value>`. */
	readonly condition?: (nameOf: (attribute: string) => string, bind: (value: AttributeValue) => string) => string;
}

export function createDynamoSlotStore(options: {
	readonly client: DynamoDBClient;
	readonly tableName: string;
}): SlotStore {
	const { client, tableName } = options;
	const keyOf = (pool: string): Record<string, AttributeValue> => ({
		[runTable.partitionKey]: { S: `${SLOTS_KEY_PREFIX}${pool}` },
	});

	async function look(pool: string): Promise<PoolState> {
		try {
			const command = new GetItemCommand({ TableName: tableName, Key: keyOf(pool), ConsistentRead: true });
			return stateIn((await client.send(command)).Item);
		} catch (error) {
			throw awsFailure("store-failed", `DynamoDB GetItem of slots ${pool} in table ${tableName}`, error);
		}
	}

	async function update(change: Change): Promise<{ readonly done: boolean; readonly state: PoolState }> {
		const { pool } = change;
		const names: Record<string, string> = {};
		const values: Record<string, AttributeValue> = {};
		const nameOf = (attribute: string): string => {
			const known = Object.entries(names).find(([, name]) => name === attribute)?.[0];
			const placeholder = known ?? `#${Object.keys(names).length}`;
			names[placeholder] = attribute;
			return placeholder;
		};
		const bind = (value: AttributeValue): string => {
			const placeholder = `:${Object.keys(values).length}`;
			values[placeholder] = value;
			return placeholder;
		};
		const pairs = (item: Item, between: string): string =>
			Object.entries(item)
				.map(([name, value]) => `${nameOf(name)}${between}${bind(value)}`)
				.join(", ");
		const clauses = [
			...(change.set === undefined ? [] : [`SET ${pairs(change.set, " = ")}`]),
			...(change.add === undefined ? [] : [`ADD ${pairs(change.add, " ")}`]),
			...(change.remove === undefined || change.remove.length === 0
				? []
				: [`REMOVE ${change.remove.map(nameOf).join(", ")}`]),
		];
		const command = new UpdateItemCommand({
			TableName: tableName,
			Key: keyOf(pool),
			UpdateExpression: clauses.join(" "),
			...(change.condition === undefined ? {} : { ConditionExpression: change.condition(nameOf, bind) }),
			ExpressionAttributeNames: names,
			ExpressionAttributeValues: values,
			ReturnValues: "ALL_NEW",
			...(change.condition === undefined ? {} : { ReturnValuesOnConditionCheckFailure: "ALL_OLD" }),
		});
		try {
			return { done: true, state: stateIn((await client.send(command)).Attributes) };
		} catch (error) {
			if (!(error instanceof ConditionalCheckFailedException)) {
				throw awsFailure("store-failed", `DynamoDB UpdateItem of slots ${pool} in table ${tableName}`, error);
			}
			// Some endpoints don't say what stood there.
			return { done: false, state: error.Item === undefined ? await look(pool) : stateIn(error.Item) };
		}
	}

	/** Changes those of the entries that are there, in one update; again without those that a refusal shows to be gone. */
	async function changeThose(
		pool: string,
		tokens: readonly string[],
		changeOf: (there: readonly string[]) => Pick<Change, "set" | "add" | "remove">,
	): Promise<readonly string[]> {
		let there = tokens;
		for (let round = 0; there.length > 0; round++) {
			if (round === ROUNDS_MAX) throw restless(pool);
			const asked = there;
			const { done, state } = await update({
				pool,
				...changeOf(asked),
				condition: (nameOf) =>
					asked.map((token) => `attribute_exists(${nameOf(`${ENTRY_PREFIX}${token}`)})`).join(" AND "),
			});
			if (done) return there;
			const held = new Set(state.holders.map(({ token }) => token));
			there = there.filter((token) => held.has(token));
		}
		return [];
	}

	return {
		look,
		async take(pool, { holders, over, max, expiresAt }) {
			const entries = (list: readonly SlotHolder[]) =>
				list.map((holder): [string, AttributeValue] => [`${ENTRY_PREFIX}${holder.token}`, spell(holder)]);
			const { done, state } = await update({
				pool,
				set: { ...Object.fromEntries(entries(holders)), ttl: number(toEpochSeconds(expiresAt)) },
				add: { n: number(holders.length - over.length) },
				remove: over.map(({ token }) => `${ENTRY_PREFIX}${token}`),
				condition: (nameOf, bind) => {
					const room = max - holders.length + over.length;
					const fits = `${nameOf("n")} <= ${bind(number(room))}`;
					return [
						over.length > 0 ? fits : `(attribute_not_exists(${nameOf("n")}) OR ${fits})`,
						...entries(holders).map(([name]) => `attribute_not_exists(${nameOf(name)})`),
						...entries(over).map(([name, value]) => `${nameOf(name)} = ${bind(value)}`),
					].join(" AND ");
				},
			});
			// Our own update that had landed while its answer was lost, and that the SDK has repeated.
			const mine = holders.every(({ token }) => state.holders.some((held) => held.token === token));
			return { taken: done || mine, state };
		},
		async extend(pool, holders) {
			const byToken = new Map(holders.map((holder) => [holder.token, holder]));
			const held = await changeThose(pool, [...byToken.keys()], (there) => ({
				set: Object.fromEntries(
					there.flatMap((token) => {
						const holder = byToken.get(token);
						return holder === undefined ? [] : [[`${ENTRY_PREFIX}${token}`, spell(holder)] as const];
					}),
				),
			}));
			return new Set(held);
		},
		async release(pool, tokens, holdMs) {
			await changeThose(pool, tokens, (there) => ({
				...(holdMs === undefined ? {} : { set: { hm: number(Math.round(holdMs)) } }),
				add: { n: number(-there.length) },
				remove: there.map((token) => `${ENTRY_PREFIX}${token}`),
			}));
		},
		async note(pool, holdMs) {
			await update({ pool, set: { hm: number(Math.round(holdMs)) } });
		},
		async lineUp(pool, { from, lengthMs }) {
			for (let round = 0; round < ROUNDS_MAX; round += 2) {
				const appended = await update({
					pool,
					add: { le: number(lengthMs) },
					condition: (nameOf, bind) => `${nameOf("le")} >= ${bind(number(from))}`,
				});
				if (appended.done && appended.state.lineEnd !== undefined) return appended.state.lineEnd;
				const begun = await update({
					pool,
					set: { le: number(from + lengthMs) },
					condition: (nameOf, bind) =>
						`attribute_not_exists(${nameOf("le")}) OR ${nameOf("le")} < ${bind(number(from))}`,
				});
				if (begun.done) return plusMs(from, lengthMs);
			}
			throw restless(pool);
		},
	};
}

const restless = (pool: string): MillraceError =>
	new MillraceError(
		"store-failed",
		`The slots ${pool} changed ${ROUNDS_MAX} times while they were being changed; the message is kept and tried again.`,
	);

function stateIn(item: Item = {}): PoolState {
	const holders = Object.entries(item).flatMap(([name, value]): SlotHolder[] => {
		if (!name.startsWith(ENTRY_PREFIX)) return [];
		const [until, since, kept, run = ""] = (value.S ?? "").split(" ");
		return [
			{
				token: name.slice(ENTRY_PREFIX.length),
				run,
				since: epochMs(Number(since)),
				until: epochMs(Number(until)),
				...(kept === "kept" ? { kept: true } : {}),
			},
		];
	});
	const holdMs = item["hm"]?.N;
	const lineEnd = item["le"]?.N;
	return {
		holders: holders.sort((one, other) => one.since - other.since || (one.token < other.token ? -1 : 1)),
		...(holdMs === undefined ? {} : { holdMs: Number(holdMs) }),
		...(lineEnd === undefined ? {} : { lineEnd: epochMs(Number(lineEnd)) }),
	};
}
