/** What every job store keeps, whatever it is made of. Run on memory and on each emulator by job-store.test.ts. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fence, runId } from "../../shared/kernel/ids.ts";
import { type EpochMs, epochMs, epochSeconds } from "../../shared/kernel/time.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { ClaimExpectation, JobStore, Settlement } from "../../shared/ports/job-store.ts";
import {
	attempt,
	claim,
	failure,
	firstClaim,
	hourMs,
	later,
	nine,
	read,
	retry,
	settle,
	settledRun,
	settleOf,
	success,
	tomorrow,
} from "./job-store-cases.ts";

export interface JobStoreWorld {
	/** A new, empty store. */
	open(clock: Clock): Promise<JobStore>;
	stop(): Promise<void>;
}

export function describeJobStore(name: string, start: () => Promise<JobStoreWorld>): void {
	describe(`job store on ${name}`, () => {
		let world: JobStoreWorld;
		let store: JobStore;
		let now: EpochMs = nine;
		const clock: Clock = { now: () => now, sleep: () => Promise.resolve() };

		beforeAll(async () => {
			world = await start();
			store = await world.open(clock);
		});
		afterAll(async () => {
			await world.stop();
		});
		const at = async <Result>(instant: EpochMs, perform: () => Promise<Result>): Promise<Result> => {
			now = instant;
			try {
				return await perform();
			} finally {
				now = nine;
			}
		};

		describe("claims a run that is not there", () => {
			it("writes the row as asked", async () => {
				const wanted = firstClaim("new", { tenant: "acme" });
				expect(await claim(store, wanted)).toEqual({ claimed: true, record: wanted.record });
				expect(await read(store, "new")).toEqual({
					id: "new",
					job: "send_invoice",
					generation: 1,
					attempts: 1,
					carrier: "message-of-new",
					retriesMax: 3,
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
				await claim(store, firstClaim("taken"));
				const second = await claim(store, firstClaim("taken", { fence: fence("second") }));
				expect(second).toEqual({ claimed: false, blocker: attempt("taken") });
			});

			it("recognises its own claim, repeated because the answer was lost", async () => {
				const wanted = firstClaim("repeated");
				await claim(store, wanted);
				expect(await claim(store, wanted)).toEqual({ claimed: true, record: attempt("repeated") });
			});

			it("does not recognise it any more once the attempt has been settled", async () => {
				const settled = await settledRun(store, "repeated-late", success("1"));
				expect(await claim(store, firstClaim("repeated-late"))).toEqual({ claimed: false, blocker: settled });
			});

			it("can write a run that ends without performing", async () => {
				const { state: _, fence: __, leaseUntil: ___, ...base } = attempt("expired-message", { attempts: 0 });
				const record = { ...base, state: "REVOKED", settledBy: fence("f"), endedAt: nine, reason: "expired" } as const;
				const wanted = { record, expect: { kind: "absent" } } as const;
				expect(await claim(store, wanted)).toEqual({ claimed: true, record });
				expect(await claim(store, wanted)).toEqual({ claimed: true, record });
				expect(await read(store, "expired-message")).toEqual(record);
			});

			it("has one winner among 20 at once", async () => {
				const results = await Promise.all(
					Array.from({ length: 20 }, (_, index) => claim(store, firstClaim("raced", { fence: fence(`f-${index}`) }))),
				);
				const winners = results.filter(({ claimed }) => claimed);
				expect(winners).toHaveLength(1);
				const record = await read(store, "raced");
				expect(winners).toEqual([{ claimed: true, record }]);
				for (const result of results.filter(({ claimed }) => !claimed)) {
					expect(result).toEqual({ claimed: false, blocker: record });
				}
			});

			it("has one winner among 20 batches of ten, for each of the ten", async () => {
				const batches = await Promise.all(
					Array.from({ length: 20 }, (_, batch) =>
						store.claimMany(
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
			const expectRetry = { kind: "retry", generation: 1, attempts: 1 } as const;

			it("takes a run that waits for it, and keeps when it was created", async () => {
				await settledRun(store, "waits", retry);
				const taken = { ...second("waits"), createdAt: nine };
				expect(await claim(store, { record: second("waits"), expect: expectRetry })).toEqual({
					claimed: true,
					record: taken,
				});
				expect(await read(store, "waits")).toEqual(taken);
			});

			it("recognises its own claim, repeated because the answer was lost", async () => {
				await settledRun(store, "waits-repeated", retry);
				const wanted = { record: second("waits-repeated"), expect: expectRetry };
				const first = await claim(store, wanted);
				expect(await claim(store, wanted)).toEqual(first);
			});

			it.each<[string, { readonly record?: { readonly job: string }; readonly expect?: ClaimExpectation }]>([
				["another attempt number", { expect: { ...expectRetry, attempts: 2 } }],
				["another generation", { expect: { ...expectRetry, generation: 2 } }],
				["another job", { record: { job: "nightly_report" } }],
			])("is refused for %s", async (what, change) => {
				const id = `waits-not-${what.replaceAll(" ", "-")}`;
				const blocker = await settledRun(store, id, retry);
				const record = { ...second(id), ...change.record };
				expect(await claim(store, { record, expect: change.expect ?? expectRetry })).toEqual({
					claimed: false,
					blocker,
				});
				expect(await read(store, id)).toEqual(blocker);
			});

			it("is refused by a run that performs or has ended, and told which", async () => {
				await claim(store, firstClaim("performs"));
				const ended = await settledRun(store, "ended", success("null"));
				const results = await store.claimMany([
					{ record: second("performs"), expect: expectRetry },
					{ record: second("ended"), expect: expectRetry },
				]);
				expect(results).toEqual([
					{ claimed: false, blocker: attempt("performs") },
					{ claimed: false, blocker: ended },
				]);
			});

			it("makes no row where there is none", async () => {
				expect(await claim(store, { record: second("nowhere"), expect: expectRetry })).toEqual({ claimed: false });
				expect(
					await store.claimMany(["none-1", "none-2"].map((id) => ({ record: second(id), expect: expectRetry }))),
				).toEqual([{ claimed: false }, { claimed: false }]);
				expect(await read(store, "nowhere")).toBeUndefined();
				expect(await read(store, "none-1")).toBeUndefined();
			});
		});

		describe("claims a run over exactly what was seen", () => {
			const takeOver = (id: string) => attempt(id, { attempts: 2, fence: fence("taker"), createdAt: later(hourMs) });

			it("takes it while it is still so", async () => {
				const seen = attempt("seen");
				await claim(store, firstClaim("seen"));
				const result = await claim(store, { record: takeOver("seen"), expect: { kind: "seen", record: seen } });
				expect(result).toEqual({ claimed: true, record: { ...takeOver("seen"), createdAt: nine } });
				expect(await read(store, "seen")).toEqual({ ...takeOver("seen"), createdAt: nine });
			});

			it("takes a settled run for a new generation, and drops its result", async () => {
				const seen = await settledRun(store, "seen-settled", success('{"pages":3}'));
				const record = attempt("seen-settled", { generation: 2, fence: fence("redriven") });
				expect(await claim(store, { record, expect: { kind: "seen", record: seen } })).toEqual({
					claimed: true,
					record,
				});
				expect(await read(store, "seen-settled")).toEqual(record);
			});

			it("recognises its own claim, repeated because the answer was lost", async () => {
				await claim(store, firstClaim("seen-twice"));
				const wanted = {
					record: takeOver("seen-twice"),
					expect: { kind: "seen", record: attempt("seen-twice") },
				} as const;
				const first = await claim(store, wanted);
				expect(await claim(store, wanted)).toEqual(first);
			});

			it.each([
				["an older fence", { fence: fence("older") }],
				["an older lease", { leaseUntil: later(59_999) }],
				["fewer attempts", { attempts: 0 }],
				["an older generation", { generation: 0 }],
				["an earlier state", { state: "PROGRESS", progress: {} } as const],
			])("is refused when it saw %s", async (what, seen) => {
				const id = `stale-${what.replaceAll(" ", "-")}`;
				await claim(store, firstClaim(id));
				const wanted = { record: takeOver(id), expect: { kind: "seen", record: { ...attempt(id), ...seen } } } as const;
				expect(await claim(store, wanted)).toEqual({ claimed: false, blocker: attempt(id) });
			});

			it("is refused without a blocker when the row has vanished", async () => {
				const wanted = { record: takeOver("vanished"), expect: { kind: "seen", record: attempt("vanished") } } as const;
				expect(await claim(store, wanted)).toEqual({ claimed: false });
				expect(await read(store, "vanished")).toBeUndefined();
			});

			it("has one winner among 20 at once", async () => {
				await claim(store, firstClaim("seen-raced"));
				const results = await Promise.all(
					Array.from({ length: 20 }, (_, index) =>
						claim(store, {
							record: { ...takeOver("seen-raced"), fence: fence(`t-${index}`) },
							expect: { kind: "seen", record: attempt("seen-raced") },
						}),
					),
				);
				expect(results.filter(({ claimed }) => claimed)).toHaveLength(1);
			});
		});

		describe("settles", () => {
			const settlements: readonly Settlement[] = [
				retry,
				success('{"text":"naïve 😀 \\u0000 \u2028 ￾","empty":""}'),
				success('""'),
				{
					state: "SUCCESS",
					endedAt: later(2_000),
					result: { kind: "blob", key: "results/x/1.json", bytes: 9_000 },
					followUps: [
						{
							queueClass: "lineage",
							delaySeconds: 5,
							message: { v: 1, job: "rebuild", id: "f-1", input: { deep: [1, { "": "ключ" }] }, headers: { a: "b" } },
						},
					],
					progress: { status: "Done…", current_step: "", progress: 99.5, stage: "UPLOADING", step: 3, total: 3 },
				},
				failure,
				{ state: "REVOKED", endedAt: later(1), reason: "expired" },
				{ state: "SKIPPED", endedAt: later(1), reason: "nothing to do" },
			];

			it.each(settlements.map((settlement, index) => [settlement.state, index, settlement] as const))(
				"as %s (%i) and gives back what was written",
				async (_state, index, settlement) => {
					const { state: _, fence: settledBy, leaseUntil: __, ...base } = attempt(`settled-${index}`);
					expect(await settledRun(store, `settled-${index}`, settlement)).toEqual({
						...base,
						settledBy,
						...settlement,
					});
				},
			);

			it("a result of 8 KiB, and follow-ups of 64 KiB", async () => {
				const json = JSON.stringify("ß".repeat(4_095));
				const record = await settledRun(store, "large", {
					state: "SUCCESS",
					endedAt: nine,
					result: { kind: "inline", json },
					followUps: Array.from({ length: 100 }, (_, index) => ({
						queueClass: "lineage",
						delaySeconds: 0,
						message: { job: "rebuild", id: `f-${index}`, input: "x".repeat(600) },
					})),
				});
				expect(Buffer.byteLength(json)).toBe(8_192);
				expect(record).toMatchObject({ result: { kind: "inline", json } });
				expect(record).toHaveProperty("followUps.99.message", { job: "rebuild", id: "f-99", input: "x".repeat(600) });
			});

			it("once: a repeated settle is told so, and changes nothing", async () => {
				const run = attempt("settled-twice");
				await claim(store, firstClaim("settled-twice"));
				expect(await settle(store, settleOf(run, success("1")))).toEqual({ settled: true });
				expect(await settle(store, settleOf(run, success("2")))).toEqual({ settled: true });
				expect(await read(store, "settled-twice")).toMatchObject({ result: { kind: "inline", json: "1" } });
			});

			it("only under the fence of the claim (INV-02)", async () => {
				await claim(store, firstClaim("fenced"));
				const zombie = settleOf(attempt("fenced", { fence: fence("zombie") }), failure);
				expect(await settle(store, zombie)).toEqual({ settled: false, blocker: attempt("fenced") });
				expect(await read(store, "fenced")).toEqual(attempt("fenced"));
			});

			it("not over another attempt's settle", async () => {
				const settled = await settledRun(store, "settled-by-other", success("1"));
				const zombie = settleOf(attempt("settled-by-other", { fence: fence("zombie") }), failure);
				expect(await settle(store, zombie)).toEqual({ settled: false, blocker: settled });
			});

			it("nothing where there is no row", async () => {
				expect(await settle(store, settleOf(attempt("unknown"), failure))).toEqual({ settled: false });
				expect(await read(store, "unknown")).toBeUndefined();
			});

			it("once among 20 different settles of one fence at once", async () => {
				await claim(store, firstClaim("settle-raced"));
				await Promise.all(
					Array.from({ length: 20 }, (_, index) =>
						settle(store, settleOf(attempt("settle-raced"), success(String(index)))),
					),
				);
				const first = await read(store, "settle-raced");
				await settle(store, settleOf(attempt("settle-raced"), success("late")));
				expect(await read(store, "settle-raced")).toEqual(first);
			});
		});

		describe("records progress", () => {
			it("the latest, which shows until the run settles", async () => {
				const run = attempt("progressing");
				await claim(store, firstClaim("progressing"));
				const { id, fence: held } = run;
				await store.recordProgressMany([{ id, fence: held, progress: { status: "Reading", progress: 10 } }]);
				await store.recordProgressMany([{ id, fence: held, progress: { status: "Writing 😀" } }]);
				const progressing = { ...run, state: "PROGRESS", progress: { status: "Writing 😀" } };
				expect(await read(store, "progressing")).toEqual(progressing);
				// Its own claim is still its own.
				expect(await claim(store, firstClaim("progressing"))).toEqual({ claimed: true, record: progressing });
				expect(await settle(store, settleOf(run, retry))).toEqual({ settled: true });
				expect(await read(store, "progressing")).toMatchObject({ state: "RETRY", settledBy: "fence-of-progressing" });
			});

			it("of a lost fence nowhere", async () => {
				const settled = await settledRun(store, "no-progress", success("1"));
				await claim(store, firstClaim("other-progress"));
				await store.recordProgressMany([
					{ id: runId("no-progress"), fence: fence("fence-of-no-progress"), progress: { progress: 1 } },
					{ id: runId("other-progress"), fence: fence("zombie"), progress: { progress: 1 } },
					{ id: runId("none-at-all"), fence: fence("zombie"), progress: { progress: 1 } },
				]);
				expect(await store.getMany(["no-progress", "other-progress", "none-at-all"].map(runId))).toEqual([
					settled,
					attempt("other-progress"),
					undefined,
				]);
			});
		});

		describe("works on many at once", () => {
			it.each([0, 1, 2, 25, 26, 60])("%i claims, settles and reads, in order", async (count) => {
				const ids = Array.from({ length: count }, (_, index) => `many-${count}-${index}`);
				const claims = ids.map((id) => firstClaim(id));
				expect(await store.claimMany(claims)).toEqual(claims.map(({ record }) => ({ claimed: true, record })));
				const settles = ids.map((id) => settleOf(attempt(id), success(JSON.stringify(id))));
				expect(await store.settleMany(settles)).toEqual(ids.map(() => ({ settled: true })));
				const records = await store.getMany([...ids].reverse().map(runId));
				expect(records.map((record) => record && "result" in record && record.result)).toEqual(
					[...ids].reverse().map((id) => ({ kind: "inline", json: `"${id}"` })),
				);
			});

			it("each with its own condition and its own answer", async () => {
				await claim(store, firstClaim("mixed-taken"));
				await settledRun(store, "mixed-retry", retry);
				await claim(store, firstClaim("mixed-seen"));
				const next = (id: string) => attempt(id, { attempts: 2, fence: fence("next") });
				const results = await store.claimMany([
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
				await store.claimMany(ids.map((id) => firstClaim(id)));
				const records = await store.getMany([...ids, "read-none", "read-0"].map(runId));
				expect(records.map((record) => record?.id)).toEqual([...ids, undefined, "read-0"]);
			});
		});

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
				await claim(store, firstClaim("old"));
				expect(await at(lastMoment, () => read(store, "old"))).toEqual(attempt("old"));
				expect(await at(expiry, () => read(store, "old"))).toBeUndefined();
			});

			it("blocks a first claim until then and no longer", async () => {
				await claim(store, firstClaim("old-blocks"));
				const wanted = { record: nextDay("old-blocks"), expect: { kind: "absent" } } as const;
				expect(await at(lastMoment, () => claim(store, wanted))).toEqual({
					claimed: false,
					blocker: attempt("old-blocks"),
				});
				expect(await at(expiry, () => claim(store, wanted))).toEqual({ claimed: true, record: nextDay("old-blocks") });
				expect(await at(expiry, () => read(store, "old-blocks"))).toEqual(nextDay("old-blocks"));
				expect(await at(expiry, () => claim(store, wanted))).toEqual({ claimed: true, record: nextDay("old-blocks") });
			});

			it("is replaced by one of 20 claims at once, in batches of three", async () => {
				const ids = ["old-a", "old-b", "old-c"];
				await store.claimMany(ids.map((id) => firstClaim(id)));
				const batches = await at(expiry, () =>
					Promise.all(
						Array.from({ length: 20 }, (_, index) =>
							store.claimMany(
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
				await settledRun(store, "old-retry", retry);
				const wanted = { record: nextDay("old-retry"), expect: { kind: "retry", generation: 1, attempts: 1 } } as const;
				expect(await at(expiry, () => claim(store, wanted))).toEqual({ claimed: false });
			});
		});

		describe("lists runs by their first start", () => {
			const run = (id: string, startedAt: EpochMs, job = "send_invoice") =>
				firstClaim(id, { startedAt, createdAt: startedAt, job });
			const listed = (listing: readonly { readonly id: string }[]) => listing.map(({ id }) => id);

			it("latest first, over midnight, filtered and in pages without gaps", async () => {
				const fresh = await world.open(clock);
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
				const fresh = await world.open(clock);
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
	});
}

const claimedIn = (result: object | undefined): boolean =>
	result !== undefined && "claimed" in result && result.claimed === true;
