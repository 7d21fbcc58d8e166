/** What every effect store keeps, whatever it is made of. */
import { expect, it } from "vitest";
import { epochMs, epochSeconds } from "../../shared/kernel/time.ts";
import type { EffectStore } from "../../shared/ports/effect-store.ts";

const later = epochSeconds(4_000_000_000);
const effect = (json: string, born = 1, row = born) => ({ born: epochMs(born), row: epochMs(row), json });

export function describeEffectStore(open: () => EffectStore): void {
	it("knows nothing of an effect that has not taken place", async () => {
		expect(await open().read("none", "k")).toBeUndefined();
	});

	it("keeps the first result of each run and key", async () => {
		const store = open();
		const large = effect(JSON.stringify("x".repeat(250_000)));
		expect(await store.keep("r", "k", effect("1"), later)).toEqual(effect("1"));
		expect(await store.keep("r", "k", effect("2"), later)).toEqual(effect("1"));
		expect(await store.keep("r", "K 😀#", effect("3"), later)).toEqual(effect("3"));
		expect(await store.keep("s", "k", large, later)).toEqual(large);
		expect(await store.read("r", "k")).toEqual(effect("1"));
		expect(await store.read("r", "K 😀#")).toEqual(effect("3"));
		expect(await store.read("s", "k")).toEqual(large);
	});

	it("lets the effect of an earlier run of the same id give way", async () => {
		const store = open();
		await store.keep("daily", "k", effect("1", 1), later);
		expect(await store.keep("daily", "k", effect("2", 2), later)).toEqual(effect("2", 2));
		expect(await store.read("daily", "k")).toEqual(effect("2", 2));
	});

	it("does not let what was kept for a row give way to what its earlier life asks to keep late", async () => {
		const store = open();
		await store.keep("revived", "k", effect("1", 1, 5), later);
		expect(await store.keep("revived", "k", effect("2", 5), later)).toEqual(effect("1", 1, 5));
		expect(await store.keep("revived", "k", effect("3", 7, 1), later)).toEqual(effect("1", 1, 5));
		expect(await store.read("revived", "k")).toEqual(effect("1", 1, 5));
		expect(await store.keep("revived", "k", effect("4", 7, 9), later)).toEqual(effect("4", 7, 9));
	});

	it("notes in a kept effect the row that has to do with it now", async () => {
		const store = open();
		await store.keep("redriven", "k", effect("1", 1), later);
		await store.noteRow("redriven", "k", { born: epochMs(1), row: epochMs(5) }, later);
		expect(await store.read("redriven", "k")).toEqual(effect("1", 1, 5));
		expect(await store.keep("redriven", "k", effect("2", 1, 7), later)).toEqual(effect("1", 1, 5));
	});

	it("notes no row in the effect of another run of the same id, nor where none is kept", async () => {
		const store = open();
		await store.keep("another", "k", effect("1", 2), later);
		await store.noteRow("another", "k", { born: epochMs(1), row: epochMs(5) }, later);
		expect(await store.read("another", "k")).toEqual(effect("1", 2));
		await store.noteRow("another", "gone", { born: epochMs(1), row: epochMs(5) }, later);
		expect(await store.read("another", "gone")).toBeUndefined();
	});
}
