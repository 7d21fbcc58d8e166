/** What every result cache keeps, whatever it is made of. */
import { expect, it } from "vitest";
import { runId } from "../../shared/kernel/ids.ts";
import { epochMs, epochSeconds } from "../../shared/kernel/time.ts";
import type { CacheEntry, ResultCache } from "../../shared/ports/result-cache.ts";

const later = epochSeconds(4_000_000_000);
/** 2026-11-20T09:00:00.000Z */
export const nine = epochMs(1_795_165_200_000);

export const entry = (more: Partial<CacheEntry> = {}): CacheEntry => ({
	from: runId("r-1"),
	result: { kind: "inline", json: '{"rows":12,"note":"two\\nlines"}' },
	stamp: "s-1",
	lookedAt: nine,
	until: epochMs(nine + 3_600_000),
	...more,
});

/** @param forget does to the version of a tag what time to live does. */
export function describeResultCache(open: () => ResultCache, forget: (tag: string) => Promise<void>): void {
	let names = 0;
	const name = (): string => `name-${++names}`;

	it("knows no entry that was never filled, and no version of a tag that was never invalidated", async () => {
		expect(await open().lookMany([{ key: name(), tags: [name(), name()] }])).toEqual([
			{ versions: [undefined, undefined] },
		]);
	});

	it("answers nothing when nothing is asked", async () => {
		expect(await open().lookMany([])).toEqual([]);
	});

	it("gives back what was filled: small results, large ones by reference, none", async () => {
		const cache = open();
		const [small, large, none] = [name(), name(), name()];
		const byReference = entry({ result: { kind: "blob", key: "results/abc.json", bytes: 9_000 } });
		await cache.fill(small, entry());
		await cache.fill(large, byReference);
		await cache.fill(none, entry({ result: { kind: "inline", json: "null" } }));
		const answers = await cache.lookMany([small, large, none].map((key) => ({ key, tags: [] })));
		expect(answers).toEqual([
			{ entry: entry(), versions: [] },
			{ entry: byReference, versions: [] },
			{ entry: entry({ result: { kind: "inline", json: "null" } }), versions: [] },
		]);
	});

	it("answers in order, also where questions share tags and keys, and more than one request can hold", async () => {
		const cache = open();
		const keys = Array.from({ length: 60 }, name);
		const [tag, other] = [name(), name()];
		await cache.renew([tag], nine, later);
		await cache.fill(keys[59] ?? "", entry());
		const answers = await cache.lookMany([...keys, ...keys].map((key) => ({ key, tags: [tag, other, `own-${key}`] })));
		expect(answers).toHaveLength(120);
		for (const { versions } of answers) expect(versions).toEqual([expect.any(String), undefined, undefined]);
		expect(answers.flatMap((answer, index) => (answer.entry === undefined ? [] : [index]))).toEqual([59, 119]);
	});

	it("gives a tag another version with each invalidation, and only that tag", async () => {
		const cache = open();
		const [tag, other, last] = [name(), name(), name()];
		const versions = async () => (await cache.lookMany([{ key: "k", tags: [tag, other, last] }]))[0]?.versions ?? [];
		await cache.renew([tag, other], nine, later);
		const first = await versions();
		await cache.renew([tag], nine, later);
		const second = await versions();
		await cache.renew([tag], epochMs(nine - 60_000), later);
		const third = await versions();
		expect(new Set([undefined, first[0], second[0], third[0]]).size).toBe(4);
		expect([second[1], third[1]]).toEqual([first[1], first[1]]);
		expect(third[2]).toBeUndefined();
	});

	it("gives no tag a version again that it had before it was forgotten", async () => {
		const cache = open();
		const tag = name();
		const seen = new Set<string | undefined>();
		for (let month = 0; month < 3; month++) {
			const first = epochMs(nine + month * 31 * 86_400_000);
			for (let time = 0; time < 5; time++) {
				await cache.renew([tag], epochMs(first + time), epochSeconds(first / 1000));
				seen.add((await cache.lookMany([{ key: "k", tags: [tag] }]))[0]?.versions[0]);
			}
			await forget(tag);
			expect(await cache.lookMany([{ key: "none", tags: [tag] }])).toEqual([{ versions: [undefined] }]);
		}
		expect(seen.size).toBe(15);
	});

	it("keeps the entry whose run looked latest, and the later one of equals", async () => {
		const cache = open();
		const key = name();
		const kept = async () => (await cache.lookMany([{ key, tags: [] }]))[0]?.entry?.stamp;
		await cache.fill(key, entry({ stamp: "second", lookedAt: epochMs(nine + 2) }));
		await cache.fill(key, entry({ stamp: "first", lookedAt: epochMs(nine + 1) }));
		expect(await kept()).toBe("second");
		await cache.fill(key, entry({ stamp: "as late", lookedAt: epochMs(nine + 2) }));
		expect(await kept()).toBe("as late");
		await cache.fill(key, entry({ stamp: "third", lookedAt: epochMs(nine + 3) }));
		expect(await kept()).toBe("third");
	});
}
