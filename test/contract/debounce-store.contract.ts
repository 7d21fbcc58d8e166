/** What every debounce store keeps, whatever it is made of. */
import { expect, it } from "vitest";
import { runId } from "../../shared/kernel/ids.ts";
import { epochMs, epochSeconds } from "../../shared/kernel/time.ts";
import type { DebounceStore } from "../../shared/ports/debounce-store.ts";

const enqueue = (run: string, sentAt: number) => ({ run: runId(run), sentAt: epochMs(sentAt), carrier: `m-${run}` });
const at = (now: number) => ({ now: epochMs(now), expiresAt: epochSeconds(4_000_000_000) });

export function describeDebounceStore(open: () => DebounceStore): void {
	it("keeps the later enqueue, and since when somebody waits", async () => {
		const store = open();
		expect(await store.note("k1", enqueue("a", 10), at(100))).toEqual({
			run: "a",
			sentAt: 10,
			carrier: "m-a",
			since: 100,
		});
		expect(await store.note("k1", enqueue("b", 12), at(101))).toEqual({
			run: "b",
			sentAt: 12,
			carrier: "m-b",
			since: 100,
		});
		expect(await store.note("k1", enqueue("c", 11), at(102))).toEqual({
			run: "b",
			sentAt: 12,
			carrier: "m-b",
			since: 100,
		});
	});

	it("tells the two of one millisecond apart by their ids", async () => {
		const store = open();
		await store.note("k2", enqueue("b", 10), at(100));
		expect(await store.note("k2", enqueue("a", 10), at(100))).toMatchObject({ run: "b" });
		expect(await store.note("k2", enqueue("c", 10), at(100))).toMatchObject({ run: "c" });
	});

	it("takes an enqueue twice as once", async () => {
		const store = open();
		await store.note("k3", enqueue("a", 10), at(100));
		expect(await store.note("k3", enqueue("a", 10), at(200))).toEqual({
			run: "a",
			sentAt: 10,
			carrier: "m-a",
			since: 100,
		});
	});

	it("ends the wait of exactly the latest, also twice", async () => {
		const store = open();
		await store.note("k4", enqueue("a", 10), at(100));
		await store.note("k4", enqueue("b", 12), at(101));
		expect(await store.endWait("k4", enqueue("a", 10))).toEqual({ run: "b", sentAt: 12, carrier: "m-b", since: 100 });
		expect(await store.endWait("k4", enqueue("b", 11))).toEqual({ run: "b", sentAt: 12, carrier: "m-b", since: 100 });
		expect(await store.endWait("k4", enqueue("b", 12))).toEqual({ run: "b", sentAt: 12, carrier: "m-b" });
		expect(await store.endWait("k4", enqueue("b", 12))).toEqual({ run: "b", sentAt: 12, carrier: "m-b" });
	});

	it("remembers the latest after its wait, and begins a new one with the next", async () => {
		const store = open();
		await store.note("k5", enqueue("a", 10), at(100));
		await store.endWait("k5", enqueue("a", 10));
		expect(await store.note("k5", enqueue("late", 9), at(150))).toEqual({ run: "a", sentAt: 10, carrier: "m-a" });
		expect(await store.note("k5", enqueue("a", 10), at(160))).toEqual({ run: "a", sentAt: 10, carrier: "m-a" });
		expect(await store.note("k5", enqueue("b", 20), at(200))).toEqual({
			run: "b",
			sentAt: 20,
			carrier: "m-b",
			since: 200,
		});
	});

	it("names the message of the latest: of one that is enqueued again, the new one", async () => {
		const store = open();
		await store.note("k7", enqueue("a", 10), at(100));
		const again = { ...enqueue("a", 12), carrier: "m-again" };
		expect(await store.note("k7", again, at(101))).toMatchObject({ run: "a", sentAt: 12, carrier: "m-again" });
		expect(await store.endWait("k7", enqueue("a", 10))).toMatchObject({ sentAt: 12, carrier: "m-again" });
	});

	it("counts each key apart, whatever it is made of", async () => {
		const store = open();
		await store.note("job#a 😀", enqueue("a", 10), at(100));
		expect(await store.endWait("job#b 😀", enqueue("a", 10))).toBeUndefined();
		expect(await store.note("job#b 😀", enqueue("b", 5), at(100))).toMatchObject({ run: "b" });
	});

	it("has one latest however many are noted at once", async () => {
		const store = open();
		const noted = await Promise.all(
			Array.from({ length: 12 }, (_, n) => store.note("k6", enqueue(`r${n}`, 1_000 + ((n * 7) % 12)), at(100 + n))),
		);
		// 7 × 5 = 35 = 2 × 12 + 11.
		expect(await store.endWait("k6", enqueue("r5", 1_011))).toEqual({ run: "r5", sentAt: 1_011, carrier: "m-r5" });
		for (const { sentAt } of noted) expect(sentAt).toBeGreaterThanOrEqual(1_000);
	});
}
