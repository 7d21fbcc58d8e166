/** What every adapter of the observability family's table port keeps. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Item, Table } from "../../lambdas/jobs/observability/store/table.ts";

export interface TablesUnderTest {
	/** A new empty table. */
	open(): Promise<Table>;
	stop(): Promise<void>;
}

const item = (sk: string, more: Partial<Item> = {}): Item => ({ pk: "p", sk, ...more });

export function describeTable(name: string, start: () => Promise<TablesUnderTest>): void {
	describe(`observability table on ${name}`, () => {
		let tables: TablesUnderTest;
		let table: Table;
		beforeAll(async () => {
			tables = await start();
		});
		afterAll(() => tables.stop());
		beforeEach(async () => {
			table = await tables.open();
		});

		test("every kind of attribute comes back as it was", async () => {
			const full = item("a", {
				text: "ü\u{1F600}",
				number: -1.25e-7,
				large: 9_007_199_254_740_991,
				bytes: Uint8Array.from([0, 255, 10]),
				set: new Set([3, 1, 2]),
			});
			await table.put(full);
			const [found] = await table.getMany([item("a")]);
			expect(found).toEqual(full);
		});

		test("items are found in the order of the keys, with gaps where there is none", async () => {
			await table.put(item("a", { n: 1 }));
			await table.put(item("c", { n: 3 }));
			const found = await table.getMany([item("c"), item("b"), item("a")]);
			expect(found.map((each) => each?.["n"])).toEqual([3, undefined, 1]);
			expect(await table.getMany([])).toEqual([]);
		});

		test("more items than one request takes are written, read and deleted", async () => {
			const many = Array.from({ length: 130 }, (_, index) => item(String(index).padStart(3, "0"), { n: index }));
			await table.writeMany({ puts: many });
			expect((await table.getMany(many)).map((each) => each?.["n"])).toEqual(many.map((each) => each["n"]));
			await table.writeMany({ puts: [item("new", { n: 1 })], deletes: many });
			expect(await table.query({ pk: "p" })).toEqual([item("new", { n: 1 })]);
			await table.writeMany({});
		});

		test("a query gives one partition's items between two sort keys, both included", async () => {
			for (const sk of ["b", "d", "a", "c"]) await table.put(item(sk));
			await table.put({ pk: "other", sk: "b" });
			const keys = async (range: object) => (await table.query({ pk: "p", ...range })).map(({ sk }) => sk);
			expect(await keys({})).toEqual(["a", "b", "c", "d"]);
			expect(await keys({ from: "b", to: "c" })).toEqual(["b", "c"]);
			expect(await keys({ from: "c" })).toEqual(["c", "d"]);
			expect(await keys({ to: "b", descending: true })).toEqual(["b", "a"]);
			expect(await keys({ descending: true, limit: 3 })).toEqual(["d", "c", "b"]);
			expect(await keys({ from: "x" })).toEqual([]);
		});

		test("a query reads on where one page of a megabyte ends", async () => {
			const bytes = new Uint8Array(300 * 1024);
			await table.writeMany({ puts: Array.from({ length: 8 }, (_, index) => item(`k${index}`, { bytes })) });
			expect((await table.query({ pk: "p" })).map(({ sk }) => sk)).toEqual([
				"k0",
				"k1",
				"k2",
				"k3",
				"k4",
				"k5",
				"k6",
				"k7",
			]);
			expect(await table.query({ pk: "p", limit: 6 })).toHaveLength(6);
		});

		test("put on `absent` writes only where nothing is", async () => {
			expect(await table.put(item("a", { n: 1 }), { kind: "absent" })).toBe(true);
			expect(await table.put(item("a", { n: 2 }), { kind: "absent" })).toBe(false);
			expect(await table.getMany([item("a")])).toEqual([item("a", { n: 1 })]);
		});

		test("put on `equals` replaces the whole item only at that value", async () => {
			const at = (value: number | string, attribute = "n") => ({ kind: "equals", attribute, value }) as const;
			expect(await table.put(item("a", { n: 1 }), at(0))).toBe(false);
			await table.put(item("a", { n: 1, status: "running" }));
			expect(await table.put(item("a", { n: 2 }), at(7))).toBe(false);
			expect(await table.put(item("a", { n: 2 }), at("done", "status"))).toBe(false);
			expect(await table.put(item("a", { n: 2 }), at("running", "status"))).toBe(true);
			expect(await table.getMany([item("a")])).toEqual([item("a", { n: 2 })]);
		});

		test("set changes its attributes and leaves the others", async () => {
			expect(await table.set(item("a"), { n: 1, text: "x" })).toBe(true);
			expect(await table.set(item("a"), { n: 2 })).toBe(true);
			expect(await table.getMany([item("a")])).toEqual([item("a", { n: 2, text: "x" })]);
		});

		test("set on `below` moves a number up only", async () => {
			const below = (value: number) => ({ kind: "below", attribute: "last:insert", value }) as const;
			const raise = (value: number) => table.set(item("a"), { "last:insert": value }, below(value));
			expect([await raise(5), await raise(5), await raise(4), await raise(6)]).toEqual([true, false, false, true]);
			expect(await table.getMany([item("a")])).toEqual([item("a", { "last:insert": 6 })]);
		});

		test("numbers join a set once", async () => {
			await table.addToSet(item("a"), "targets", [1, 2]);
			await table.addToSet(item("a"), "targets", [2, 3]);
			const [found] = await table.getMany([item("a")]);
			expect(found?.["targets"]).toEqual(new Set([1, 2, 3]));
		});

		test("of many writers on one condition one succeeds", async () => {
			const writes = Array.from({ length: 10 }, (_, index) => table.put(item("a", { n: index }), { kind: "absent" }));
			expect((await Promise.all(writes)).filter(Boolean)).toHaveLength(1);
		});
	});
}
