/** The job-store contract, claims: each of the three expectations, won, refused, repeated and raced for. */
import { describe, expect, it } from "vitest";
import { fence } from "../../../shared/kernel/ids.ts";
import { epochMs } from "../../../shared/kernel/time.ts";
import type { ClaimExpectation } from "../../../shared/ports/job-store.ts";
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
	success,
} from "./cases.ts";
import type { StoreUnderTest } from "./store-under-test.ts";

export function describeClaims(under: StoreUnderTest): void {
	describe("claims a run that is not there", () => {
		it("writes the row as asked", async () => {
			const wanted = firstClaim("new", { tenant: "acme", queueClass: "low" });
			expect(await claim(under.store, wanted)).toEqual({ claimed: true, record: wanted.record });
			expect(await read(under.store, "new")).toEqual({
				id: "new",
				job: "send_invoice",
				generation: 1,
				attempts: 1,
				carrier: "message-of-new",
				retriesMax: 3,
				queueClass: "low",
				tenant: "acme",
				createdAt: 1_795_165_200_000,
				startedAt: 1_795_165_200_000,
				expiresAt: 1_795_251_600,
				state: "STARTED",
				fence: "fence-of-new",
				leaseUntil: 1_795_165_260_000,
			});
		});

		it("gives a second claim the row that stands in its way", async () => {
			await claim(under.store, firstClaim("taken"));
			const second = await claim(under.store, firstClaim("taken", { fence: fence("second") }));
			expect(second).toEqual({ claimed: false, blocker: attempt("taken") });
		});

		it("recognises its own claim, repeated because the answer was lost", async () => {
			const wanted = firstClaim("repeated");
			await claim(under.store, wanted);
			expect(await claim(under.store, wanted)).toEqual({ claimed: true, record: attempt("repeated") });
		});

		it("does not recognise it any more once the attempt has been settled", async () => {
			const settled = await settledRun(under.store, "repeated-late", success("1"));
			expect(await claim(under.store, firstClaim("repeated-late"))).toEqual({ claimed: false, blocker: settled });
		});

		it("can write a run that ends without performing", async () => {
			const { state: _, fence: __, leaseUntil: ___, ...base } = attempt("expired-message", { attempts: 0 });
			const record = { ...base, state: "REVOKED", settledBy: fence("f"), endedAt: nine, reason: "expired" } as const;
			const wanted = { record, expect: { kind: "absent" } } as const;
			expect(await claim(under.store, wanted)).toEqual({ claimed: true, record });
			expect(await claim(under.store, wanted)).toEqual({ claimed: true, record });
			expect(await read(under.store, "expired-message")).toEqual(record);
		});

		it("has one winner among 20 at once", async () => {
			const results = await Promise.all(
				Array.from({ length: 20 }, (_, index) =>
					claim(under.store, firstClaim("raced", { fence: fence(`f-${index}`) })),
				),
			);
			const winners = results.filter(({ claimed }) => claimed);
			expect(winners).toHaveLength(1);
			const record = await read(under.store, "raced");
			expect(winners).toEqual([{ claimed: true, record }]);
			for (const result of results.filter(({ claimed }) => !claimed)) {
				expect(result).toEqual({ claimed: false, blocker: record });
			}
		});

		it("has one winner among 20 batches of ten, for each of the ten", async () => {
			const batches = await Promise.all(
				Array.from({ length: 20 }, (_, batch) =>
					under.store.claimMany(
						Array.from({ length: 10 }, (_run, index) => firstClaim(`raced-${index}`, { fence: fence(`b-${batch}`) })),
					),
				),
			);
			for (let index = 0; index < 10; index++) {
				expect(batches.filter((results) => claimedIn(results[index]))).toHaveLength(1);
			}
		});
	});

	describe("claims a run for its next attempt", () => {
		const second = (id: string) =>
			attempt(id, {
				attempts: 2,
				carrier: "retry-message",
				fence: fence("second"),
				createdAt: later(hourMs),
				startedAt: later(hourMs),
				leaseUntil: later(hourMs + 60_000),
				tenant: "acme",
			});
		const retryAt = later(61_500);
		const expectRetry = { kind: "retry", generation: 1, attempts: 1 } as const;

		it("takes a run that waits for it, and keeps when it was created", async () => {
			await settledRun(under.store, "waits", retry);
			const taken = { ...second("waits"), createdAt: nine };
			expect(await claim(under.store, { record: second("waits"), expect: expectRetry })).toEqual({
				claimed: true,
				record: taken,
			});
			expect(await read(under.store, "waits")).toEqual(taken);
		});

		it("takes it no sooner than asked", async () => {
			const blocker = await settledRun(under.store, "waits-longer", retry);
			const dueBy = (at: number) => ({
				record: second("waits-longer"),
				expect: { ...expectRetry, dueBy: epochMs(at) },
			});
			const early = dueBy(retryAt - 1);
			expect(await claim(under.store, early)).toEqual({ claimed: false, blocker });
			// In a batch it is another request.
			expect(await under.store.claimMany([early, firstClaim("beside-it")])).toMatchObject([
				{ claimed: false, blocker },
				{ claimed: true },
			]);
			expect(await claim(under.store, dueBy(retryAt))).toMatchObject({ claimed: true });
		});

		it("takes it in a batch when its time has come", async () => {
			await settledRun(under.store, "waits-in-batch", retry);
			const wanted = { record: second("waits-in-batch"), expect: { ...expectRetry, dueBy: retryAt } };
			expect(await under.store.claimMany([wanted, firstClaim("beside-that")])).toMatchObject([
				{ claimed: true },
				{ claimed: true },
			]);
		});

		it("recognises its own claim, repeated because the answer was lost", async () => {
			await settledRun(under.store, "waits-repeated", retry);
			const wanted = { record: second("waits-repeated"), expect: expectRetry };
			const first = await claim(under.store, wanted);
			expect(await claim(under.store, wanted)).toEqual(first);
		});

		it.each<[string, { readonly record?: { readonly job: string }; readonly expect?: ClaimExpectation }]>([
			["another attempt number", { expect: { ...expectRetry, attempts: 2 } }],
			["another generation", { expect: { ...expectRetry, generation: 2 } }],
			["another job", { record: { job: "nightly_report" } }],
		])("is refused for %s", async (what, change) => {
			const id = `waits-not-${what.replaceAll(" ", "-")}`;
			const blocker = await settledRun(under.store, id, retry);
			const record = { ...second(id), ...change.record };
			expect(await claim(under.store, { record, expect: change.expect ?? expectRetry })).toEqual({
				claimed: false,
				blocker,
			});
			expect(await read(under.store, id)).toEqual(blocker);
		});

		it("is refused by a run that performs or has ended, and told which", async () => {
			await claim(under.store, firstClaim("performs"));
			const ended = await settledRun(under.store, "ended", success("null"));
			const results = await under.store.claimMany([
				{ record: second("performs"), expect: expectRetry },
				{ record: second("ended"), expect: expectRetry },
			]);
			expect(results).toEqual([
				{ claimed: false, blocker: attempt("performs") },
				{ claimed: false, blocker: ended },
			]);
		});

		it("makes no row where there is none", async () => {
			expect(await claim(under.store, { record: second("nowhere"), expect: expectRetry })).toEqual({ claimed: false });
			expect(
				await under.store.claimMany(["none-1", "none-2"].map((id) => ({ record: second(id), expect: expectRetry }))),
			).toEqual([{ claimed: false }, { claimed: false }]);
			expect(await read(under.store, "nowhere")).toBeUndefined();
			expect(await read(under.store, "none-1")).toBeUndefined();
		});
	});

	describe("claims a run over exactly what was seen", () => {
		const takeOver = (id: string) => attempt(id, { attempts: 2, fence: fence("taker"), createdAt: later(hourMs) });

		it("takes it while it is still so", async () => {
			const seen = attempt("seen");
			await claim(under.store, firstClaim("seen"));
			const result = await claim(under.store, { record: takeOver("seen"), expect: { kind: "seen", record: seen } });
			expect(result).toEqual({ claimed: true, record: { ...takeOver("seen"), createdAt: nine } });
			expect(await read(under.store, "seen")).toEqual({ ...takeOver("seen"), createdAt: nine });
		});

		it("takes a settled run for a new generation, and drops its result", async () => {
			const seen = await settledRun(under.store, "seen-settled", success('{"pages":3}'));
			const record = attempt("seen-settled", { generation: 2, fence: fence("redriven") });
			expect(await claim(under.store, { record, expect: { kind: "seen", record: seen } })).toEqual({
				claimed: true,
				record,
			});
			expect(await read(under.store, "seen-settled")).toEqual(record);
		});

		it("recognises its own claim, repeated because the answer was lost", async () => {
			await claim(under.store, firstClaim("seen-twice"));
			const wanted = {
				record: takeOver("seen-twice"),
				expect: { kind: "seen", record: attempt("seen-twice") },
			} as const;
			const first = await claim(under.store, wanted);
			expect(await claim(under.store, wanted)).toEqual(first);
		});

		it.each([
			["an older fence", { fence: fence("older") }],
			["an older lease", { leaseUntil: later(59_999) }],
			["fewer attempts", { attempts: 0 }],
			["an older generation", { generation: 0 }],
			["an earlier state", { state: "PROGRESS", progress: {} } as const],
		])("is refused when it saw %s", async (what, seen) => {
			const id = `stale-${what.replaceAll(" ", "-")}`;
			await claim(under.store, firstClaim(id));
			const wanted = { record: takeOver(id), expect: { kind: "seen", record: { ...attempt(id), ...seen } } } as const;
			expect(await claim(under.store, wanted)).toEqual({ claimed: false, blocker: attempt(id) });
		});

		it("is refused without a blocker when the row has vanished", async () => {
			const wanted = { record: takeOver("vanished"), expect: { kind: "seen", record: attempt("vanished") } } as const;
			expect(await claim(under.store, wanted)).toEqual({ claimed: false });
			expect(await read(under.store, "vanished")).toBeUndefined();
		});

		it("has one winner among 20 at once", async () => {
			await claim(under.store, firstClaim("seen-raced"));
			const results = await Promise.all(
				Array.from({ length: 20 }, (_, index) =>
					claim(under.store, {
						record: { ...takeOver("seen-raced"), fence: fence(`t-${index}`) },
						expect: { kind: "seen", record: attempt("seen-raced") },
					}),
				),
			);
			expect(results.filter(({ claimed }) => claimed)).toHaveLength(1);
		});
	});
}
