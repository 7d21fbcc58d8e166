/**
 * The execution hierarchy, maintained one relationship at a time: in any order, repeated, and by many workers at once.
 *
 * Executions that are connected share one live row (tree-rows.ts), in the manner of union-find; so a relationship costs two to four
 * requests whatever the depth, where a table of (ancestor, descendant) pairs would need as many writes as there are new pairs.
 * Each execution is in exactly one row: its own is created when it is first heard of, and two rows become one by these steps:
 *   1. the loser's row is forwarded to the winner's, keeping its executions;
 *   2. they are copied into the live row, together with the new relationship.
 * Whoever finds a forwarded row whose step 2 is missing does it first. Winners are chosen by a fixed order of the ids,
 * so forwards never form a circle; the order is scrambled, so the way along them stays short (logarithmic) whatever the order of arrival.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { JobError } from "../../../../shared/job/index.ts";
import { DYNAMODB_ITEM_BYTES_MAX } from "../../../../shared/kernel/limits.ts";
import type { Table } from "../store/table.ts";
import { ancestorsOf, attach, descendantsOf, encodeParents, type Parents, ROOT } from "./forest.ts";
import { createTreeRows, singleton, type TreeRow } from "./tree-rows.ts";

/** Leaves room in the item for its other attributes. At 3 to 8 bytes an execution this is 50,000 to 130,000 of them. */
const HIERARCHY_BYTES_MAX = DYNAMODB_ITEM_BYTES_MAX - 2048;

/** A round is lost only to another worker's success. Pauses grow, so that even many workers on one hierarchy all come to their turn. */
const ROUNDS_MAX = 40;
const PAUSE_MS = 5;
const PAUSE_MS_MAX = 400;

/** Where an execution's row leads: the live row, and the forwarded ones on the way. */
interface Located {
	readonly live: TreeRow;
	readonly passed: readonly TreeRow[];
}

export function createHierarchyStore(table: Table) {
	const rows = createTreeRows(table);
	/** Runs of one batch are maintained one after the other: side by side they would only collide. */
	let turn: Promise<unknown> = Promise.resolve();

	async function locate(start: TreeRow | undefined): Promise<Located | undefined> {
		if (start === undefined) return undefined;
		const passed: TreeRow[] = [];
		let at = start;
		while (at.into !== undefined) {
			passed.push(at);
			const [next] = await rows.read([at.into]);
			if (next === undefined)
				throw new JobError("database", `Hierarchy row ${at.id} leads to row ${at.into}, which is missing.`);
			at = next;
		}
		return { live: at, passed };
	}

	/** Shortens the way for the next one; whether it succeeds does not matter. */
	async function shorten({ live, passed }: Located): Promise<void> {
		const [first, ...others] = passed;
		if (first === undefined || others.length === 0) return;
		await rows.replace(first, { parents: new Map([[first.id, ROOT]]), into: live.id });
	}

	/** One round: the hierarchy with the relationship in it, or `undefined` when another worker was faster. */
	async function maintainOnce(execution: number, parent: number | undefined): Promise<Parents | undefined> {
		const [ownRow, parentRow] = await rows.read(parent === undefined ? [execution] : [execution, parent]);
		if (parent !== undefined && parentRow === undefined) {
			await rows.create(singleton(parent));
			return undefined;
		}
		const [own, above] = await Promise.all([locate(ownRow), locate(parentRow)]);
		const unfinished = [own, above].find((located) => located !== undefined && missing(located).length > 0);
		if (unfinished !== undefined) {
			await rows.replace(unfinished.live, { parents: union(unfinished) });
			return undefined;
		}
		if (own !== undefined) await shorten(own);
		if (parent === undefined || above === undefined) {
			if (own !== undefined) return own.live.parents;
			return (await rows.create(singleton(execution))) ? singleton(execution).parents : undefined;
		}

		if (own === undefined) {
			const merged = attachOrThrow(new Map(above.live.parents).set(execution, ROOT), execution, parent);
			if (!(await rows.create(singleton(execution, above.live.id)))) return undefined;
			return (await rows.replace(above.live, { parents: merged })) ? merged : undefined;
		}
		if (own.live.id === above.live.id) {
			const next = attachOrThrow(own.live.parents, execution, parent);
			if (next === own.live.parents) return next;
			return (await rows.replace(own.live, { parents: next })) ? next : undefined;
		}
		const [winner, loser] = outranks(own.live.id, above.live.id) ? [own.live, above.live] : [above.live, own.live];
		const merged = attachOrThrow(new Map([...winner.parents, ...loser.parents]), execution, parent);
		if (!(await rows.replace(loser, { parents: loser.parents, into: winner.id }))) return undefined;
		return (await rows.replace(winner, { parents: merged })) ? merged : undefined;
	}

	async function maintain(execution: number, parent: number | undefined): Promise<Parents> {
		for (let round = 0; round < ROUNDS_MAX; round++) {
			const parents = await maintainOnce(execution, parent);
			if (parents !== undefined) return parents;
			if (round > 1) await sleep(Math.random() * Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** round));
		}
		throw new JobError(
			"database",
			`Execution ${execution}: others changed its hierarchy ${ROUNDS_MAX} times in a row.`,
		);
	}

	async function hierarchyOf(execution: number): Promise<Parents | undefined> {
		const [row] = await rows.read([execution]);
		const located = await locate(row);
		return located && union(located);
	}

	return {
		/**
		 * Puts the execution into the hierarchy, under its parent if one is given. Returns the hierarchy that it is in now.
		 * @throws JobError `validation`, final: a cycle, a second parent, or a hierarchy that has become too large.
		 */
		maintain(execution: number, parent: number | undefined): Promise<Parents> {
			const maintained = turn.then(() => maintain(execution, parent));
			turn = maintained.catch(() => {});
			return maintained;
		},
		/** The nearest first: index i has depth i + 1. Empty for a root and for an execution that nobody has told of. */
		async ancestors(execution: number): Promise<readonly number[]> {
			const parents = await hierarchyOf(execution);
			return parents === undefined ? [] : ancestorsOf(parents, execution);
		},
		/** The nearest first. Empty for a leaf and for an execution that nobody has told of. */
		async descendants(execution: number): Promise<readonly { readonly execution: number; readonly depth: number }[]> {
			const parents = await hierarchyOf(execution);
			return parents === undefined ? [] : descendantsOf(parents, execution);
		},
	};
}

/** Forwarded rows whose executions have not arrived in the live row. A row's executions arrive together, so its own id tells. */
const missing = ({ live, passed }: Located): readonly TreeRow[] => passed.filter((row) => !live.parents.has(row.id));

const union = (located: Located): Parents =>
	new Map([...located.live.parents, ...missing(located).flatMap((row) => [...row.parents])]);

/** A fixed scrambled order of ids: by the finaliser of MurmurHash3, which maps no two 32-bit numbers to one, then by the id itself. */
function outranks(left: number, right: number): boolean {
	const [leftRank, rightRank] = [scramble(left), scramble(right)];
	return leftRank === rightRank ? left < right : leftRank < rightRank;
}

function scramble(id: number): number {
	let mixed = (id ^ Math.floor(id / 2 ** 32)) >>> 0;
	mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
	mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
	return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** The hierarchy with the relationship; the same map when it stood there already. */
function attachOrThrow(parents: Parents, execution: number, parent: number): Parents {
	const attachment = attach(parents, execution, parent);
	switch (attachment.kind) {
		case "present":
			return parents;
		case "attached": {
			const bytes = encodeParents(attachment.parents).length;
			if (bytes <= HIERARCHY_BYTES_MAX) return attachment.parents;
			throw new JobError(
				"validation",
				`The hierarchy of execution ${execution} has ${attachment.parents.size} executions in ${bytes} bytes; ${HIERARCHY_BYTES_MAX} is the most.`,
			);
		}
		case "cycle":
			throw new JobError(
				"validation",
				`Execution ${execution} can't have parent ${parent}, which is itself or one of its descendants: that would be a cycle.`,
			);
		case "other-parent":
			throw new JobError(
				"validation",
				`Execution ${execution} has parent ${attachment.parent} already; got parent ${parent}. An execution has one parent.`,
			);
	}
}
