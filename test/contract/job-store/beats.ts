/** The job-store contract, beats: leases, progress, checkpoints and the wish to revoke, each only for who holds the fence. */
import { describe, expect, it } from "vitest";
import { fence, runId } from "../../../shared/kernel/ids.ts";
import type { Beat, BeatResult, PerformingRun, Settlement } from "../../../shared/ports/job-store.ts";
import { attempt, claim, firstClaim, later, read, retry, settle, settledRun, settleOf, success } from "./cases.ts";
import type { StoreUnderTest } from "./store-under-test.ts";

const cursor = { kind: "inline", json: '{"page":7}' } as const;
const leg: Settlement = { state: "LEG", endedAt: later(1_500), nextLeg: 2 };

export function describeBeats(under: StoreUnderTest): void {
	async function beat(run: PerformingRun, more: Partial<Beat> = {}): Promise<BeatResult> {
		const [result] = await under.store.beatMany([
			{ id: run.id, fence: run.fence, leaseUntil: run.leaseUntil, ...more },
		]);
		if (result === undefined || "failed" in result) throw new Error("one beat, one result");
		return result;
	}
	async function started(id: string): Promise<PerformingRun> {
		await claim(under.store, firstClaim(id));
		return attempt(id);
	}

	describe("beats", () => {
		it("extend the lease and leave the rest", async () => {
			const run = await started("living");
			expect(await beat(run, { leaseUntil: later(80_000) })).toEqual({ held: true });
			expect(await read(under.store, "living")).toEqual({ ...run, leaseUntil: later(80_000) });
		});

		it("record the latest progress, which shows until the run settles", async () => {
			const run = await started("progressing");
			await beat(run, { progress: { status: "Reading", progress: 10 } });
			await beat(run, { progress: { status: "Writing 😀" } });
			const progressing = { ...run, state: "PROGRESS", progress: { status: "Writing 😀" } };
			expect(await read(under.store, "progressing")).toEqual(progressing);
			// One without progress leaves it.
			await beat(run);
			expect(await read(under.store, "progressing")).toEqual(progressing);
			// Its own claim is still its own.
			expect(await claim(under.store, firstClaim("progressing"))).toEqual({ claimed: true, record: progressing });
			expect(await settle(under.store, settleOf(run, retry))).toEqual({ settled: true });
			expect(await read(under.store, "progressing")).toMatchObject({
				state: "RETRY",
				settledBy: "fence-of-progressing",
			});
		});

		it("of a lost fence change nothing and say so", async () => {
			const settled = await settledRun(under.store, "no-beat", success("1"));
			await started("other-beat");
			const more = { leaseUntil: later(1), progress: { progress: 1 }, cursor };
			expect(
				await under.store.beatMany([
					{ id: runId("no-beat"), fence: fence("fence-of-no-beat"), ...more },
					{ id: runId("other-beat"), fence: fence("zombie"), ...more },
					{ id: runId("none-at-all"), fence: fence("zombie"), ...more },
				]),
			).toEqual([{ held: false }, { held: false }, { held: false }]);
			expect(await under.store.getMany(["no-beat", "other-beat", "none-at-all"].map(runId))).toEqual([
				settled,
				attempt("other-beat"),
				undefined,
			]);
		});
	});

	describe("a checkpoint", () => {
		it("stays over a retry, for the next attempt", async () => {
			const run = await started("checkpointed");
			await beat(run, { cursor });
			await settle(under.store, settleOf(run, retry));
			const again = attempt("checkpointed", { attempts: 2, fence: fence("second") });
			expect(
				await claim(under.store, { record: again, expect: { kind: "retry", generation: 1, attempts: 1 } }),
			).toEqual({ claimed: true, record: { ...again, cursor } });
			expect(await read(under.store, "checkpointed")).toEqual({ ...again, cursor });
		});

		it("goes with the settle of a leg, which exactly the next leg takes", async () => {
			const run = await started("in-legs");
			expect(await settle(under.store, { ...settleOf(run, leg), cursor })).toEqual({ settled: true });
			const { state: _, fence: settledBy, leaseUntil: __, ...base } = run;
			const between = { ...base, settledBy, cursor, ...leg };
			expect(await read(under.store, "in-legs")).toEqual(between);
			const second = attempt("in-legs", { leg: 2, fence: fence("second") });
			const expectLeg = (number: number) => ({ kind: "leg", generation: 1, attempts: 1, leg: number }) as const;
			expect(await claim(under.store, { record: second, expect: expectLeg(3) })).toEqual({
				claimed: false,
				blocker: between,
			});
			expect(
				await claim(under.store, { record: second, expect: { kind: "retry", generation: 1, attempts: 1 } }),
			).toEqual({ claimed: false, blocker: between });
			expect(await claim(under.store, { record: second, expect: expectLeg(2) })).toEqual({
				claimed: true,
				record: { ...second, cursor },
			});
			expect(await settle(under.store, settleOf(second, success("1")))).toEqual({ settled: true });
		});

		it("is forgotten by the next generation, and the wish to revoke with it", async () => {
			const run = await started("redriven");
			await beat(run, { cursor });
			expect(await under.store.requestRevoke(run, "by mistake")).toBe(true);
			await settle(under.store, settleOf(run, retry));
			const seen = await read(under.store, "redriven");
			if (seen === undefined) throw new Error("it was settled");
			const next = attempt("redriven", { generation: 2, fence: fence("next") });
			expect(await claim(under.store, { record: next, expect: { kind: "seen", record: seen } })).toEqual({
				claimed: true,
				record: next,
			});
			expect(await read(under.store, "redriven")).toEqual(next);
		});
	});

	describe("a wish to revoke", () => {
		it("reaches the attempt with its next beat, and its settle still counts", async () => {
			const run = await started("revoked");
			expect(await under.store.requestRevoke(run, "wrong customer")).toBe(true);
			expect(await beat(run)).toEqual({ held: true, revoke: "wrong customer" });
			expect(await read(under.store, "revoked")).toEqual({ ...run, revoke: "wrong customer" });
			expect(await settle(under.store, settleOf(run, success("1")))).toEqual({ settled: true });
		});

		it("reaches the next attempt with its claim", async () => {
			const run = await started("revoked-late");
			await under.store.requestRevoke(run, "too late");
			await settle(under.store, settleOf(run, retry));
			const again = attempt("revoked-late", { attempts: 2, fence: fence("second") });
			expect(
				await claim(under.store, { record: again, expect: { kind: "retry", generation: 1, attempts: 1 } }),
			).toEqual({ claimed: true, record: { ...again, revoke: "too late" } });
		});

		it("misses a run that has settled or was taken over", async () => {
			await settledRun(under.store, "revoke-ended", success("1"));
			expect(await under.store.requestRevoke(attempt("revoke-ended"), "x")).toBe(false);
			await started("revoke-other");
			expect(await under.store.requestRevoke(attempt("revoke-other", { fence: fence("before") }), "x")).toBe(false);
			expect(await read(under.store, "revoke-other")).toEqual(attempt("revoke-other"));
		});
	});
}
