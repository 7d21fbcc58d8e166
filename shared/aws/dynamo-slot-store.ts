/**
 * The slot store in the runs table: one item a pool, under a key that no run id can be. Each holder is an attribute of its own and a count
 * stands beside them, so that taking, extending and giving back are one UpdateItem each, which fails only for what it is about: the pool is
 * full, the entry is gone. A version or a list would let contenders fail each other. A refusal brings the item, so no second read.
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { MillraceError } from "../kernel/errors.ts";
import { epochMs, plusMs, toEpochSeconds } from "../kernel/time.ts";
import type { Lane, PoolState, SlotHolder, SlotStore } from "../ports/slot-store.ts";
import { SLOTS_KEY_PREFIX } from "../wire/run-table.ts";
import { createKeyedItems, number, type RunsTable } from "./keyed-items.ts";

type Item = Readonly<Record<string, AttributeValue>>;

/**
 * n: number of entries. hm: average holding time, ms. h#<token>: an entry, see `spell`. le#<lane>: end of its line, epoch ms. w#<lane>: its call,
 * `<since> <until>`.
 */
const ENTRY_PREFIX = "h#";
const LINE_PREFIX = "le#";
const CALL_PREFIX = "w#";
/** Stands before a lane in the place of a run, whose id can't begin so. */
const OFFER_MARK = "~";
/** Every round that a call needs more means that somebody else changed just what it is about. */
const ROUNDS_MAX = 8;

const spell = ({ until, since, run, kept, offeredTo }: SlotHolder): AttributeValue => ({
	S: `${until} ${since} ${kept === true ? "kept" : "held"} ${offeredTo === undefined ? run : `${OFFER_MARK}${offeredTo}`}`,
});

interface Change {
	readonly pool: string;
	readonly set?: Item;
	readonly add?: Item;
	readonly remove?: readonly string[];
	/** Of placeholders `#<index of the attribute in names>` and `:<name of a value>`. */
	readonly condition?: (nameOf: (attribute: string) => string, bind: (value: AttributeValue) => string) => string;
}

export function createDynamoSlotStore(table: RunsTable): SlotStore {
	const items = createKeyedItems(table, SLOTS_KEY_PREFIX, "slots");
	const look = async (pool: string): Promise<PoolState> => stateIn(await items.look(pool));

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
		const { done, item } = await items.update(pool, {
			UpdateExpression: clauses.join(" "),
			...(change.condition === undefined ? {} : { ConditionExpression: change.condition(nameOf, bind) }),
			ExpressionAttributeNames: names,
			ExpressionAttributeValues: values,
		});
		// Some endpoints don't say what stood there.
		return { done, state: stateIn(item ?? (done ? undefined : await items.look(pool))) };
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
		async take(pool, { holders, lane, over, max, expiresAt }) {
			const entries = (list: readonly SlotHolder[]) =>
				list.map((holder): [string, AttributeValue] => [`${ENTRY_PREFIX}${holder.token}`, spell(holder)]);
			const { done, state } = await update({
				pool,
				set: { ...Object.fromEntries(entries(holders)), ttl: number(toEpochSeconds(expiresAt)) },
				add: { n: number(holders.length - over.length) },
				remove: [...over.map(({ token }) => `${ENTRY_PREFIX}${token}`), `${CALL_PREFIX}${lane}`],
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
			let asked = holders;
			const later: string[] = [];
			for (let round = 0; asked.length > 0; round++) {
				if (round === ROUNDS_MAX) throw restless(pool);
				const entries = asked.map((holder) => [`${ENTRY_PREFIX}${holder.token}`, holder] as const);
				const { done, state } = await update({
					pool,
					set: Object.fromEntries(entries.map(([name, holder]) => [name, spell(holder)])),
					// An entry begins with its end; nothing holds of one that is gone.
					condition: (nameOf, bind) =>
						entries.map(([name, { until }]) => `${nameOf(name)} < ${bind({ S: `${until}~` })}`).join(" AND "),
				});
				if (done) break;
				const ends = new Map(state.holders.map(({ token, until }) => [token, until]));
				const isLater = ({ token, until }: SlotHolder): boolean => (ends.get(token) ?? 0) > until;
				later.push(...asked.filter(isLater).map(({ token }) => token));
				asked = asked.filter((holder) => ends.has(holder.token) && !isLater(holder));
			}
			return new Set([...later, ...asked.map(({ token }) => token)]);
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
		async lineUp(pool, { lane, from, lengthMs }) {
			const line = `${LINE_PREFIX}${lane}`;
			const remove = [`${CALL_PREFIX}${lane}`];
			for (let round = 0; round < ROUNDS_MAX; round += 2) {
				const appended = await update({
					pool,
					add: { [line]: number(lengthMs) },
					remove,
					condition: (nameOf, bind) => `${nameOf(line)} >= ${bind(number(from))}`,
				});
				const end = appended.state.lanes[lane]?.lineEnd;
				if (appended.done && end !== undefined) return end;
				const begun = await update({
					pool,
					set: { [line]: number(from + lengthMs) },
					remove,
					condition: (nameOf, bind) =>
						`attribute_not_exists(${nameOf(line)}) OR ${nameOf(line)} < ${bind(number(from))}`,
				});
				if (begun.done) return plusMs(from, lengthMs);
			}
			throw restless(pool);
		},
		async call(pool, lane, { since, until }) {
			await update({ pool, set: { [`${CALL_PREFIX}${lane}`]: { S: `${since} ${until}` } } });
		},
		async offer(pool, holder) {
			const entry = `${ENTRY_PREFIX}${holder.token}`;
			const call = `${CALL_PREFIX}${holder.offeredTo}`;
			const { done, state } = await update({
				pool,
				set: { [entry]: spell(holder) },
				remove: [call],
				condition: (nameOf) => `attribute_exists(${nameOf(entry)}) AND attribute_exists(${nameOf(call)})`,
			});
			const there = state.holders.find(({ token }) => token === holder.token);
			if (there === undefined) return "gone";
			// Also by our own update that had landed while its answer was lost, and that the SDK has repeated.
			return done || there.offeredTo !== undefined ? "left" : "not-called";
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
		const offered = run.startsWith(OFFER_MARK);
		return [
			{
				token: name.slice(ENTRY_PREFIX.length),
				...(offered ? { run: "", offeredTo: run.slice(OFFER_MARK.length) } : { run }),
				since: epochMs(Number(since)),
				until: epochMs(Number(until)),
				...(kept === "kept" ? { kept: true } : {}),
			},
		];
	});
	const holdMs = item["hm"]?.N;
	return {
		holders: holders.sort((one, other) => one.since - other.since || (one.token < other.token ? -1 : 1)),
		...(holdMs === undefined ? {} : { holdMs: Number(holdMs) }),
		lanes: lanesIn(item),
	};
}

function lanesIn(item: Item): PoolState["lanes"] {
	const lanes: Record<string, Lane> = {};
	for (const [name, value] of Object.entries(item)) {
		if (name.startsWith(LINE_PREFIX)) {
			const lane = name.slice(LINE_PREFIX.length);
			lanes[lane] = { ...lanes[lane], lineEnd: epochMs(Number(value.N)) };
		} else if (name.startsWith(CALL_PREFIX)) {
			const lane = name.slice(CALL_PREFIX.length);
			const [since, until] = (value.S ?? "").split(" ");
			lanes[lane] = { ...lanes[lane], call: { since: epochMs(Number(since)), until: epochMs(Number(until)) } };
		}
	}
	return lanes;
}
