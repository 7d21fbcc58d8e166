/** What every blob store keeps, whatever it is made of. Run on memory and on fauxqs by blob-store.test.ts. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BlobStore } from "../../shared/ports/blob-store.ts";

export interface BlobStoreWorld {
	readonly store: BlobStore;
	stop(): Promise<void>;
}

export function describeBlobStore(name: string, start: () => Promise<BlobStoreWorld>): void {
	describe(`blob store on ${name}`, () => {
		let world: BlobStoreWorld;
		beforeAll(async () => {
			world = await start();
		});
		afterAll(async () => {
			await world.stop();
		});

		it.each([
			["JSON", "inputs/0f.json", '{"a":[1,2,"é😀"]}'],
			["an empty text", "results/run-1/1.json", ""],
			["what SQS refuses", "dead-letters/1", "\u0000 ￾ ￿ \r\n"],
			["a key with reserved characters", "results/a:b.c_d-e/1.json", "1"],
			["2 MiB", "inputs/large.json", "ключ".repeat(262_144)],
		])("gives back %s as it was put", async (_what, key, text) => {
			await world.store.put(key, text);
			expect(await world.store.get(key)).toBe(text);
		});

		it("takes the same blob twice", async () => {
			await world.store.put("inputs/twice.json", "1");
			await world.store.put("inputs/twice.json", "1");
			expect(await world.store.get("inputs/twice.json")).toBe("1");
		});

		it("has nothing under a key that was never put", async () => {
			expect(await world.store.get("inputs/none.json")).toBeUndefined();
		});
	});
}
