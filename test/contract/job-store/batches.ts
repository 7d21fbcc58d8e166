/** The job-store contract, many writes in one call. */
import { describe, expect, it } from "vitest";
import { fence, runId } from "../../../shared/kernel/ids.ts";
import { attempt, claim, firstClaim, retry, settledRun, settleOf, success } from "./cases.ts";
import type { StoreUnderTest } from "./store-under-test.ts";

export function describeBatches(under: StoreUnderTest): void {
	describe("works on many at once", () => {
		it.each([0, 1, 2, 25, 26, 60])("%i claims, settles and reads, in order", async (count) => {
			const ids = Array.from({ length: count }, (_, index) => `many-${count}-${index}`);
			const claims = ids.map((id) => firstClaim(id));
			expect(await under.store.claimMany(claims)).toEqual(claims.map(({ record }) => ({ claimed: true, record })));
			const settles = ids.map((id) => settleOf(attempt(id), success(JSON.stringify(id))));
			expect(await under.store.settleMany(settles)).toEqual(ids.map(() => ({ settled: true })));
			const records = await under.store.getMany([...ids].reverse().map(runId));
			expect(records.map((record) => record && "result" in record && record.result)).toEqual(
				[...ids].reverse().map((id) => ({ kind: "inline", json: `"${id}"` })),
			);
		});

		it("each with its own condition and its own answer", async () => {
			await claim(under.store, firstClaim("mixed-taken"));
			await settledRun(under.store, "mixed-retry", retry);
			await claim(under.store, firstClaim("mixed-seen"));
			const next = (id: string) => attempt(id, { attempts: 2, fence: fence("next") });
			const results = await under.store.claimMany([
				firstClaim("mixed-new"),
				firstClaim("mixed-taken", { fence: fence("next") }),
				{ record: next("mixed-retry"), expect: { kind: "retry", generation: 1, attempts: 1 } },
				{ record: next("mixed-seen"), expect: { kind: "seen", record: attempt("mixed-seen") } },
				{ record: next("mixed-none"), expect: { kind: "retry", generation: 1, attempts: 1 } },
			]);
			expect(results).toEqual([
				{ claimed: true, record: attempt("mixed-new") },
				{ claimed: false, blocker: attempt("mixed-taken") },
				{ claimed: true, record: next("mixed-retry") },
				{ claimed: true, record: next("mixed-seen") },
				{ claimed: false },
			]);
		});

		it("reads 250 rows, ids asked twice and ids unknown", async () => {
			const ids = Array.from({ length: 250 }, (_, index) => `read-${index}`);
			await under.store.claimMany(ids.map((id) => firstClaim(id)));
			const records = await under.store.getMany([...ids, "read-none", "read-0"].map(runId));
			expect(records.map((record) => record?.id)).toEqual([...ids, undefined, "read-0"]);
		});
	});
}
