/** What every effect store keeps, whatever it is made of. */
import { expect, it } from "vitest";
import { runId } from "../../shared/kernel/ids.ts";
import { epochSeconds } from "../../shared/kernel/time.ts";
import type { EffectStore } from "../../shared/ports/effect-store.ts";

const later = epochSeconds(4_000_000_000);
const result = (json: string) => ({ kind: "inline", json }) as const;

export function describeEffectStore(open: () => EffectStore): void {
	it("knows nothing of an effect that has not taken place", async () => {
		expect(await open().read(runId("none"), "k")).toBeUndefined();
	});

	it("keeps the first result of each run and key", async () => {
		const store = open();
		expect(await store.keep(runId("r"), "k", result("1"), later)).toEqual(result("1"));
		expect(await store.keep(runId("r"), "k", result("2"), later)).toEqual(result("1"));
		expect(await store.keep(runId("r"), "K 😀#", result("3"), later)).toEqual(result("3"));
		expect(await store.keep(runId("s"), "k", { kind: "blob", key: "results/x.json", bytes: 9 }, later)).toEqual({
			kind: "blob",
			key: "results/x.json",
			bytes: 9,
		});
		expect(await store.read(runId("r"), "k")).toEqual(result("1"));
		expect(await store.read(runId("r"), "K 😀#")).toEqual(result("3"));
		expect(await store.read(runId("s"), "k")).toMatchObject({ kind: "blob" });
	});
}
