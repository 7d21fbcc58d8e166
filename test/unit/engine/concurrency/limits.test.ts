/** Runs under a concurrency limit, in the whole engine: who performs when, who waits at what price, who is skipped. */
import { describe, expect, it } from "vitest";
import { singleton } from "../../../../shared/job/index.ts";
import type { MillraceError } from "../../../../shared/kernel/errors.ts";
import { createSlotFleet, type FleetOptions, mostAtOnce } from "../../../support/slot-fleet.ts";

const fleetOf = (options: Partial<FleetOptions>) =>
	createSlotFleet({ seed: 1, invocationsMax: 2, perform: (_, clock) => clock.sleep(100), ...options });
type Fleet = ReturnType<typeof fleetOf>;
const deferrals = (fleet: Fleet): number =>
	fleet.telemetry.events.filter(({ event }) => event === "run.deferred").length;

describe("a run without a limit", () => {
	it("asks for no slot", async () => {
		const fleet = fleetOf({});
		for (let n = 0; n < 10; n++) await fleet.send("one", `r${n}`);
		await fleet.drain();
		expect(fleet.requests.slots).toBe(0);
		expect(mostAtOnce(fleet.performances)).toBe(10);
	});
});

describe("a batch under a limit", () => {
	it.each([
		{
			concurrencyMax: 10,
			most: 10,
			calls: { take: 1, extend: 0, release: 1, note: 0, look: 0, lineUp: 0, call: 0, offer: 0 },
		},
		{
			concurrencyMax: 1,
			most: 1,
			calls: { take: 1, extend: 0, release: 1, note: 1, look: 1, lineUp: 0, call: 0, offer: 0 },
		},
	])(
		"of $concurrencyMax takes its slots in one update and gives them back in one, with a look a second at who else waits",
		async ({ concurrencyMax, most, calls }) => {
			const fleet = fleetOf({ concurrencyMax, invocationsMax: 1 });
			for (let n = 0; n < 10; n++) await fleet.send("one", `r${n}`);
			await fleet.drain();
			expect(fleet.slots.calls).toEqual(calls);
			expect(mostAtOnce(fleet.performances)).toBe(most);
			expect(deferrals(fleet)).toBe(0);
		},
	);

	it("tells how many of a capped group perform, and nothing of a job's limit", async () => {
		const fleet = fleetOf({ concurrencyMax: 3, concurrency: { max: 2 }, invocationsMax: 1 });
		for (let n = 0; n < 5; n++) await fleet.send("one", `r${n}`);
		await fleet.drain();
		const told = fleet.telemetry.events.filter(({ event }) => event === "places.taken");
		expect(told[0]).toEqual({ event: "places.taken", group: "workers", performing: 2 });
		expect(told.every((event) => "group" in event && event.group === "workers")).toBe(true);
		const none = fleetOf({ concurrency: { max: 2 } });
		await none.send("one", "r");
		await none.drain();
		expect(none.telemetry.events.filter(({ event }) => event === "places.taken")).toEqual([]);
	});

	it("leaves an entry of the pool for nobody when it is done", async () => {
		const fleet = fleetOf({ concurrencyMax: 2, concurrency: { max: 1, per: "input.key" } });
		for (let n = 0; n < 10; n++) await fleet.send("one", `r${n}`, `key ${n % 4}`);
		await fleet.drain();
		expect([...fleet.slots.pools.keys()].sort()).toEqual([
			"group/workers",
			"shared#key 0",
			"shared#key 1",
			"shared#key 2",
			"shared#key 3",
		]);
		expect([...fleet.slots.pools.values()].flatMap(({ holders }) => holders)).toEqual([]);
	});
});

describe("a limit for each key", () => {
	it("holds one key's runs back and no other's, over the jobs that share it", async () => {
		const fleet = fleetOf({ concurrency: { max: 2, per: "input.key" } });
		for (let n = 0; n < 12; n++) await fleet.send(n % 2 === 0 ? "one" : "two", `r${n}`, n < 6 ? "red" : "blue");
		await fleet.drain();
		expect(mostAtOnce(fleet.performances, "red")).toBe(2);
		expect(mostAtOnce(fleet.performances, "blue")).toBe(2);
		expect(mostAtOnce(fleet.performances)).toBe(4);
		expect(fleet.performances).toHaveLength(12);
	});
});

describe("waiting", () => {
	it("spends no attempt and about one message, however many wait", async () => {
		const fleet = fleetOf({ concurrency: { max: 1 }, perform: (_, clock) => clock.sleep(4_000) });
		for (let n = 0; n < 60; n++) await fleet.send("one", `r${n}`);
		const tookMs = await fleet.drain();
		expect(mostAtOnce(fleet.performances)).toBe(1);
		expect(fleet.performances.map(({ attempt }) => attempt)).toEqual(Array(60).fill(1));
		expect(deferrals(fleet) / 60).toBeLessThan(2);
		expect(deferrals(fleet)).toBeGreaterThan(30);
		// Each still stands for the message that it came with: that one may have been delivered twice (INV-01).
		for (let n = 0; n < 60; n++) expect(fleet.row(`r${n}`)?.carrier).toBe(`message-${n + 1}`);
		// 240 s of work.
		expect(tookMs).toBeLessThan(290_000);
	});

	it("does not begin at all after the message's expiry", async () => {
		const fleet = fleetOf({ concurrency: { max: 1 }, perform: (_, clock) => clock.sleep(50_000) });
		await fleet.send("one", "r0");
		await fleet.send("one", "r1", "k", { expiresAt: "2026-11-20T09:00:30Z" });
		await fleet.drain();
		expect(fleet.row("r1")).toMatchObject({ state: "REVOKED", reason: "expired", attempts: 0 });
		expect(fleet.performances).toHaveLength(1);
	});
});

describe("a limit that skips", () => {
	const skipping = { max: 1, whenBusy: "skip" } as const;

	it("ends the second run SKIPPED with the id of the first", async () => {
		const fleet = fleetOf({ concurrency: skipping });
		for (const id of ["r0", "r1", "r2"]) await fleet.send("one", id);
		await fleet.drain();
		expect(fleet.row("r0")?.state).toBe("SUCCESS");
		for (const id of ["r1", "r2"])
			expect(fleet.row(id)).toMatchObject({ state: "SKIPPED", reason: "already_running: r0", attempts: 0 });
		expect(fleet.performances).toHaveLength(1);
		expect(deferrals(fleet)).toBe(0);
	});

	it("skips over workers too, and nobody once the first has ended", async () => {
		const fleet = fleetOf({ concurrency: skipping, perform: (_, clock) => clock.sleep(2_000) });
		await fleet.send("one", "r0");
		await fleet.send("two", "r1");
		await fleet.drain();
		expect([fleet.row("r0")?.state, fleet.row("r1")?.state].sort()).toEqual(["SKIPPED", "SUCCESS"]);
		await fleet.send("two", "r2");
		await fleet.drain();
		expect(fleet.row("r2")?.state).toBe("SUCCESS");
	});

	it("does not skip a run because of itself, delivered twice or come back from a dead worker", async () => {
		for (let seed = 1; seed <= 20; seed++) {
			const fleet = fleetOf({ seed, concurrency: skipping, faultRate: 0.1, doubleRate: 1 });
			await fleet.send("one", "r0");
			await fleet.drain(300_000);
			expect(fleet.row("r0")?.state, `seed ${seed}`).toBe("SUCCESS");
		}
	});

	it("skips nobody because of a run that waits for a place in its group itself", async () => {
		const fleet = fleetOf({
			concurrency: { ...skipping, per: "input.key" },
			concurrencyMax: 1,
			timeoutSeconds: 120,
			perform: (context, clock) => clock.sleep(context.runId === "long" ? 50_000 : 100),
		});
		await fleet.send("one", "long", "other");
		// The first of them waits for the group in a worker when the second comes, and is in the line when the third does.
		for (const [n, delaySeconds] of [2, 3, 9].entries()) await fleet.send("two", `r${n}`, "k", {}, delaySeconds);
		await fleet.drain();
		const ends = ["r0", "r1", "r2"].map((id) => fleet.row(id));
		const skips = ends.flatMap((row) => (row?.state === "SKIPPED" ? [row] : []));
		const atWork = (at: number) => fleet.performances.filter(({ from, until }) => from <= at && at <= until);
		for (const { id, reason, endedAt } of skips) {
			const others = atWork(endedAt).map(({ runId }) => `already_running: ${runId}`);
			expect(others, id).toContain(reason);
		}
		expect(ends.filter((row) => row?.state === "SUCCESS").length + skips.length).toBe(3);
	});

	it("skips at once who finds a run of its key at work, however full the group is", async () => {
		const fleet = fleetOf({
			concurrency: skipping,
			concurrencyMax: 1,
			timeoutSeconds: 120,
			perform: (_, clock) => clock.sleep(30_000),
		});
		await fleet.send("one", "r0");
		for (let n = 1; n < 4; n++) await fleet.send("one", `r${n}`, "k", {}, n);
		await fleet.drain();
		for (let n = 1; n < 4; n++)
			expect(fleet.row(`r${n}`)).toMatchObject({ state: "SKIPPED", reason: "already_running: r0" });
		expect(fleet.performances).toHaveLength(1);
		expect(deferrals(fleet)).toBe(0);
	});

	it("skips all of a batch but one in a full group", async () => {
		const fleet = fleetOf({ concurrency: skipping, concurrencyMax: 1 });
		for (let n = 0; n < 10; n++) await fleet.send("one", `r${n}`);
		await fleet.drain();
		expect(fleet.performances).toHaveLength(1);
	});

	it("skips a retry that finds another run at work", async () => {
		const fleet = fleetOf({
			concurrency: skipping,
			async perform(context, clock) {
				if (context.runId === "r0") throw new Error("database");
				await clock.sleep(5_000);
			},
		});
		await fleet.send("one", "r0");
		await fleet.clock.advance(0);
		const draining = fleet.drain();
		await fleet.send("one", "r1", "k", undefined, 1);
		await draining;
		expect(fleet.row("r1")?.state).toBe("SUCCESS");
		expect(fleet.row("r0")).toMatchObject({ state: "SKIPPED", reason: "already_running: r1" });
	});
});

describe("an attempt of several legs", () => {
	it("keeps its slot from leg to leg, and nobody performs in between", async () => {
		const fleet = fleetOf({
			concurrency: { max: 1 },
			async perform(context, clock) {
				if (context.runId !== "long") return clock.sleep(100);
				for (let step = Number(context.cursor ?? 0); step < 30; step++) {
					await clock.sleep(5_000);
					await context.checkpoint(step + 1);
				}
			},
		});
		await fleet.send("one", "long");
		for (let n = 0; n < 5; n++) await fleet.send("two", `r${n}`, "k", undefined, 2);
		await fleet.drain();
		const legs = fleet.performances.filter(({ runId }) => runId === "long");
		expect(legs.map(({ attempt, leg }) => [attempt, leg])).toEqual([
			[1, 1],
			[1, 2],
			[1, 3],
			[1, 4],
		]);
		const others = fleet.performances.filter(({ runId }) => runId !== "long");
		const [first, last] = [legs[0]?.from ?? 0, legs[3]?.until ?? 0];
		expect(others).toHaveLength(5);
		expect(others.filter(({ from }) => from > first && from < last)).toEqual([]);
		expect(fleet.slots.pools.get("shared")?.holders).toEqual([]);
	});

	it("takes another slot of its group for each leg, and goes on where it was when it had to wait", async () => {
		const fleet = fleetOf({
			concurrencyMax: 1,
			// So that somebody else is faster than its next message.
			stallMs: (worker, called) => (worker === 1 && called === "sendMany" ? 20_000 : 0),
			async perform(context, clock) {
				if (context.runId !== "long") return clock.sleep(20_000);
				for (let step = Number(context.cursor ?? 0); step < 15; step++) {
					await clock.sleep(5_000);
					await context.checkpoint(step + 1);
				}
			},
		});
		await fleet.send("one", "long");
		for (let n = 0; n < 6; n++) await fleet.send("two", `r${n}`, "k", undefined, 2);
		await fleet.drain();
		const legs = fleet.performances.filter(({ runId }) => runId === "long");
		expect(legs.map(({ attempt, leg }) => [attempt, leg])).toEqual([
			[1, 1],
			[1, 2],
		]);
		expect(fleet.row("long")?.state).toBe("SUCCESS");
		const [first, second] = legs;
		const between = fleet.performances.filter(({ from }) => from > (first?.until ?? 0) && from < (second?.from ?? 0));
		expect(between.length).toBeGreaterThan(0);
		expect(mostAtOnce(fleet.performances)).toBe(1);
	});
});

describe("a worker that can't extend its slot", () => {
	const stalled = (method: string) => (worker: number, called: string) =>
		worker === 1 && (called === "extend" || called === method) ? 100_000 : 0;

	it("tells its run to stop before another performs, and the run is retried", async () => {
		const told: string[] = [];
		const fleet = fleetOf({
			concurrency: singleton(),
			timeoutSeconds: 300,
			stallMs: stalled("extend"),
			async perform(context, clock) {
				await clock.sleep(context.runId === "r0" && context.attempt === 1 ? 90_000 : 100, context.signal);
				if (context.signal.aborted) told.push((context.signal.reason as MillraceError).code);
				context.signal.throwIfAborted();
			},
		});
		await fleet.send("one", "r0");
		await fleet.send("two", "r1", "k", undefined, 1);
		await fleet.drain();
		expect(told).toEqual(["slot-lost"]);
		expect(mostAtOnce(fleet.performances)).toBe(1);
		expect(fleet.performances.map(({ runId, attempt }) => `${runId} ${attempt}`).sort()).toEqual([
			"r0 1",
			"r0 2",
			"r1 1",
		]);
		expect([fleet.row("r0")?.state, fleet.row("r1")?.state]).toEqual(["SUCCESS", "SUCCESS"]);
	});

	it("gives a run back that has been claimed meanwhile, which spends no attempt (INV-06)", async () => {
		const fleet = fleetOf({
			concurrency: singleton(),
			timeoutSeconds: 300,
			stallMs: stalled("claimMany"),
			perform: (context, clock) => clock.sleep(context.runId === "r1" ? 60_000 : 100),
		});
		await fleet.send("one", "r0");
		await fleet.send("two", "r1", "k", undefined, 1);
		await fleet.drain();
		expect(fleet.performances.map(({ runId, attempt }) => `${runId} ${attempt}`)).toEqual(["r1 1", "r0 1"]);
		expect(mostAtOnce(fleet.performances)).toBe(1);
		expect(fleet.row("r0")).toMatchObject({ state: "SUCCESS", attempts: 1 });
	});
});
