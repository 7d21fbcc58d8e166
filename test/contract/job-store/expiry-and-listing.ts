/** The job-store contract, rows that have expired, and the listing of recent runs. */
import { describe, expect, it } from "vitest";
import { fence, runId } from "../../../shared/kernel/ids.ts";
import { type EpochMs, epochMs, epochSeconds } from "../../../shared/kernel/time.ts";
import {
	attempt,
	claim,
	claimedIn,
	firstClaim,
	hourMs,
	later,
	nine,
	read,
	retry,
	settledRun,
	tomorrow,
} from "./cases.ts";
import type { StoreUnderTest } from "./store-under-test.ts";

export function describeExpiryAndListing(under: StoreUnderTest): void {
	describe("forgets a row at its expiry, whether it has been deleted or not", () => {
		const lastMoment = epochMs(1_795_251_599_999);
		const expiry = epochMs(1_795_251_600_000);
		const nextDay = (id: string) =>
			attempt(id, {
				fence: fence("next-day"),
				createdAt: expiry,
				startedAt: expiry,
				expiresAt: epochSeconds(tomorrow + 86_400),
			});

		it("reads it until then and no longer", async () => {
			await claim(under.store, firstClaim("old"));
			expect(await under.at(lastMoment, () => read(under.store, "old"))).toEqual(attempt("old"));
			expect(await under.at(expiry, () => read(under.store, "old"))).toBeUndefined();
		});

		it("blocks a first claim until then and no longer", async () => {
			await claim(under.store, firstClaim("old-blocks"));
			const wanted = { record: nextDay("old-blocks"), expect: { kind: "absent" } } as const;
			expect(await under.at(lastMoment, () => claim(under.store, wanted))).toEqual({
				claimed: false,
				blocker: attempt("old-blocks"),
			});
			expect(await under.at(expiry, () => claim(under.store, wanted))).toEqual({
				claimed: true,
				record: nextDay("old-blocks"),
			});
			expect(await under.at(expiry, () => read(under.store, "old-blocks"))).toEqual(nextDay("old-blocks"));
			expect(await under.at(expiry, () => claim(under.store, wanted))).toEqual({
				claimed: true,
				record: nextDay("old-blocks"),
			});
		});

		it("is replaced by one of 20 claims at once, in batches of three", async () => {
			const ids = ["old-a", "old-b", "old-c"];
			await under.store.claimMany(ids.map((id) => firstClaim(id)));
			const batches = await under.at(expiry, () =>
				Promise.all(
					Array.from({ length: 20 }, (_, index) =>
						under.store.claimMany(
							ids.map((id) => ({
								record: { ...nextDay(id), fence: fence(`n-${index}`) },
								expect: { kind: "absent" } as const,
							})),
						),
					),
				),
			);
			for (const index of ids.keys()) {
				expect(batches.filter((results) => claimedIn(results[index]))).toHaveLength(1);
			}
		});

		it("is no run that waits for a retry", async () => {
			await settledRun(under.store, "old-retry", retry);
			const wanted = { record: nextDay("old-retry"), expect: { kind: "retry", generation: 1, attempts: 1 } } as const;
			expect(await under.at(expiry, () => claim(under.store, wanted))).toEqual({ claimed: false });
		});
	});

	describe("lists runs by their first start", () => {
		const run = (id: string, startedAt: EpochMs, job = "send_invoice") =>
			firstClaim(id, { startedAt, createdAt: startedAt, job });
		const listed = (listing: readonly { readonly id: string }[]) => listing.map(({ id }) => id);

		it("latest first, over midnight, filtered and in pages without gaps", async () => {
			const fresh = await under.openEmpty();
			expect(await fresh.listRecent({ limit: 10 })).toEqual([]);
			await fresh.claimMany([
				run("c-yesterday", later(-10 * hourMs)),
				run("d-midnight", epochMs(1_795_132_800_000), "nightly_report"),
				run("b-evening", later(-9 * hourMs - 1)),
				...Array.from({ length: 30 }, (_, index) => run(`e-${String(index).padStart(2, "0")}`, nine)),
				run("a-latest", later(1), "nightly_report"),
			]);
			expect(await fresh.listRecent({ limit: 2 })).toEqual([
				{ id: "a-latest", job: "nightly_report", firstStartedAt: later(1) },
				{ id: "e-29", job: "send_invoice", firstStartedAt: nine },
			]);
			const all = await fresh.listRecent({ limit: 100 });
			expect(listed(all)).toEqual([
				"a-latest",
				...Array.from({ length: 30 }, (_, index) => `e-${String(29 - index).padStart(2, "0")}`),
				"d-midnight",
				"b-evening",
				"c-yesterday",
			]);
			expect(listed(await fresh.listRecent({ limit: 3, before: nine }))).toEqual([
				"d-midnight",
				"b-evening",
				"c-yesterday",
			]);
			expect(listed(await fresh.listRecent({ limit: 3, before: nine, beforeId: runId("e-02") }))).toEqual([
				"e-01",
				"e-00",
				"d-midnight",
			]);
			expect(await fresh.listRecent({ limit: 5, job: "nightly_report" })).toEqual([
				{ id: "a-latest", job: "nightly_report", firstStartedAt: later(1) },
				{ id: "d-midnight", job: "nightly_report", firstStartedAt: epochMs(1_795_132_800_000) },
			]);
			expect(await fresh.listRecent({ limit: 0 })).toEqual([]);
		});

		it("keeps a run's place when it is retried, settled or taken over", async () => {
			const fresh = await under.openEmpty();
			await settledRun(fresh, "kept", retry);
			await claim(fresh, {
				record: attempt("kept", { attempts: 2, startedAt: later(hourMs), fence: fence("2") }),
				expect: { kind: "retry", generation: 1, attempts: 1 },
			});
			expect(await fresh.listRecent({ limit: 10 })).toEqual([
				{ id: "kept", job: "send_invoice", firstStartedAt: nine },
			]);
		});
	});
}
