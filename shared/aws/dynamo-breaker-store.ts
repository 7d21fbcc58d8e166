/**
 * The breaker store in the runs table: one item a queue class, under a key that no run id can be. A report is one UpdateItem of a write
 * unit that adds to counts, so workers that report at once never undo each other; only the first of a new window needs a second request.
 */
import type { BreakerState, BreakerStore, Circuit } from "../ports/breaker-store.ts";
import { BREAKER_KEY_PREFIX } from "../wire/run-table.ts";
import { createKeyedItems, type Item, number, type RunsTable } from "./keyed-items.ts";

/** Columns. wn: the window. fl, sc: failures and successes in it. rv: the circuit's revision. ci: the circuit as JSON. */
export function createDynamoBreakerStore(table: RunsTable): BreakerStore {
	const { look: lookAt, update } = createKeyedItems(table, BREAKER_KEY_PREFIX, "breaker");
	const look = async (queueClass: string): Promise<BreakerState> => stateIn(await lookAt(queueClass));

	return {
		look,
		async report(queueClass, { window, failures, successes }) {
			const values = { ":wn": number(window), ":fl": number(failures), ":sc": number(successes) };
			const add = () =>
				update(queueClass, {
					UpdateExpression: "ADD fl :fl, sc :sc",
					ConditionExpression: "wn >= :wn",
					ExpressionAttributeValues: values,
				});
			const added = await add();
			if (added.done) return stateIn(added.item);
			const begun = await update(queueClass, {
				UpdateExpression: "SET wn = :wn, fl = :fl, sc = :sc",
				ConditionExpression: "attribute_not_exists(wn) OR wn < :wn",
				ExpressionAttributeValues: values,
			});
			// Somebody else has begun it meanwhile.
			return stateIn(begun.done ? begun.item : (await add()).item);
		},
		async change(queueClass, circuit) {
			const before = circuit.revision - 1;
			const { done, item } = await update(queueClass, {
				UpdateExpression: "SET rv = :next, ci = :circuit, fl = :none, sc = :none",
				ConditionExpression: before === 0 ? "attribute_not_exists(rv)" : "rv = :before",
				ExpressionAttributeValues: {
					":next": number(circuit.revision),
					":circuit": { S: JSON.stringify(circuit) },
					":none": number(0),
					...(before === 0 ? {} : { ":before": number(before) }),
				},
			});
			// Some endpoints don't say what stood there.
			return { changed: done, state: item === undefined ? await look(queueClass) : stateIn(item) };
		},
	};
}

function stateIn(item: Item | undefined): BreakerState {
	const circuit = item?.["ci"]?.S;
	const counted = (column: string): number => Number(item?.[column]?.N ?? 0);
	return {
		counts: { window: counted("wn"), failures: counted("fl"), successes: counted("sc") },
		...(circuit === undefined ? {} : { circuit: JSON.parse(circuit) as Circuit }),
	};
}
