/** The job-store contract, settles and progress: what comes back, and under which fence. */
import { describe, expect, it } from "vitest";
import { fence } from "../../../shared/kernel/ids.ts";
import { NOBODY, type RunRecord, type Settlement } from "../../../shared/ports/job-store.ts";
import {
	attempt,
	claim,
	failure,
	firstClaim,
	later,
	nine,
	read,
	retry,
	settle,
	settledRun,
	settleOf,
	success,
} from "./cases.ts";
import type { StoreUnderTest } from "./store-under-test.ts";

export function describeSettles(under: StoreUnderTest): void {
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
			{
				state: "SKIPPED",
				endedAt: later(1),
				reason: "lost",
				found: { state: "PROGRESS", since: later(2), seenAt: later(3) },
			},
		];

		it.each(settlements.map((settlement, index) => [settlement.state, index, settlement] as const))(
			"as %s (%i) and gives back what was written",
			async (_state, index, settlement) => {
				const { state: _, fence: settledBy, leaseUntil: __, ...base } = attempt(`settled-${index}`);
				expect(await settledRun(under.store, `settled-${index}`, settlement)).toEqual({
					...base,
					settledBy,
					...settlement,
				});
			},
		);

		it.each(settlements.map((settlement, index) => [settlement.state, index, settlement] as const))(
			"as %s (%i), and takes another carrier for it that changes nothing else",
			async (_state, index, settlement) => {
				const id = `uncarried-${index}`;
				const settled = (await settledRun(under.store, id, settlement)) as RunRecord;
				const uncarried = { ...settled, carrier: NOBODY };
				expect(await claim(under.store, { record: uncarried, expect: { kind: "seen", record: settled } })).toEqual({
					claimed: true,
					record: uncarried,
				});
				expect(await read(under.store, id)).toEqual(uncarried);
				const refused = { ...uncarried, settledBy: fence("refused") } as RunRecord;
				const asSeen = { kind: "seen", record: uncarried } as const;
				expect(await claim(under.store, { record: refused, expect: asSeen })).toMatchObject({ claimed: true });
				const taken = attempt(id, { generation: 2 });
				expect(await claim(under.store, { record: taken, expect: asSeen })).toEqual({
					claimed: false,
					blocker: refused,
				});
			},
		);
		it("a result of 8 KiB, and follow-ups of 64 KiB", async () => {
			const json = JSON.stringify("ß".repeat(4_095));
			const record = await settledRun(under.store, "large", {
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
			await claim(under.store, firstClaim("settled-twice"));
			expect(await settle(under.store, settleOf(run, success("1")))).toEqual({ settled: true });
			expect(await settle(under.store, settleOf(run, success("2")))).toEqual({ settled: true });
			expect(await read(under.store, "settled-twice")).toMatchObject({ result: { kind: "inline", json: "1" } });
		});

		it("only under the fence of the claim (INV-02)", async () => {
			await claim(under.store, firstClaim("fenced"));
			const zombie = settleOf(attempt("fenced", { fence: fence("zombie") }), failure);
			expect(await settle(under.store, zombie)).toEqual({ settled: false, blocker: attempt("fenced") });
			expect(await read(under.store, "fenced")).toEqual(attempt("fenced"));
		});

		it("not over another attempt's settle", async () => {
			const settled = await settledRun(under.store, "settled-by-other", success("1"));
			const zombie = settleOf(attempt("settled-by-other", { fence: fence("zombie") }), failure);
			expect(await settle(under.store, zombie)).toEqual({ settled: false, blocker: settled });
		});

		it("nothing where there is no row", async () => {
			expect(await settle(under.store, settleOf(attempt("unknown"), failure))).toEqual({ settled: false });
			expect(await read(under.store, "unknown")).toBeUndefined();
		});

		it("once among 20 different settles of one fence at once", async () => {
			await claim(under.store, firstClaim("settle-raced"));
			await Promise.all(
				Array.from({ length: 20 }, (_, index) =>
					settle(under.store, settleOf(attempt("settle-raced"), success(String(index)))),
				),
			);
			const first = await read(under.store, "settle-raced");
			await settle(under.store, settleOf(attempt("settle-raced"), success("late")));
			expect(await read(under.store, "settle-raced")).toEqual(first);
		});
	});
}
