/** The table of circuit.ts, case by case. */
import { describe, expect, it } from "vitest";
import { comeBackAt, nextCircuit, unusedCircuit, windowOf } from "../../../../shared/engine/breaker/circuit.ts";
import { defaultBreaker } from "../../../../shared/job/breaker.ts";
import { epochMs } from "../../../../shared/kernel/time.ts";
import type { Circuit, OpenCircuit } from "../../../../shared/ports/breaker-store.ts";

/** 2026-11-20T09:00:00.000Z */
const NINE = 1_795_165_200_000;
const at = (seconds: number) => epochMs(NINE + seconds * 1000);
const policy = { ...defaultBreaker, failuresMin: 10, ratio: 0.5, openSeconds: 30, openSecondsMax: 120 };
const counted = (failures: number, successes: number) =>
	({ kind: "counted", counts: { window: 1, failures, successes }, because: "ApiError: 503" }) as const;
const open = (more: Partial<OpenCircuit> = {}): OpenCircuit => ({
	open: true,
	revision: 4,
	since: at(0),
	because: "ApiError: 503",
	openSeconds: 30,
	nextProbeAt: at(30),
	probes: 1,
	probing: false,
	...more,
});
const closed = (more: Partial<Circuit> = {}): Circuit =>
	({ open: false, revision: 4, since: at(0), openSeconds: 30, ...more }) as Circuit;

describe("a closed circuit", () => {
	it.each([
		[9, 0],
		[10, 11],
		[1000, 1001],
	])("stays closed with %i failures and %i successes", (failures, successes) => {
		expect(nextCircuit(unusedCircuit, counted(failures, successes), policy, at(0))).toBeUndefined();
	});

	it.each([
		[10, 0],
		[10, 10],
		[1000, 1000],
	])("opens with %i failures and %i successes", (failures, successes) => {
		expect(nextCircuit(unusedCircuit, counted(failures, successes), policy, at(0))).toEqual({
			open: true,
			revision: 1,
			since: at(0),
			because: "ApiError: 503",
			openSeconds: 30,
			nextProbeAt: at(30),
			probes: 1,
			probing: false,
		});
	});

	it("waits double as long where it has only just closed, up to the most", () => {
		const again = (openSeconds: number, now: number) => {
			const next = nextCircuit(closed({ openSeconds }), counted(10, 0), policy, at(now));
			return next?.open === true ? [next.openSeconds, next.nextProbeAt - at(now)] : undefined;
		};
		expect(again(30, 119)).toEqual([60, 60_000]);
		expect(again(60, 10)).toEqual([120, 120_000]);
		expect(again(120, 10)).toEqual([120, 120_000]);
		expect(again(120, 120)).toEqual([30, 30_000]);
		// An operator closed it.
		expect(again(0, 1)).toEqual([30, 30_000]);
	});

	it.each([
		{ kind: "probe-wanted" },
		{ kind: "probe-passed", since: at(0) },
		{ kind: "probe-failed", since: at(0), because: "late" },
		{ kind: "probe-unused", since: at(0) },
		{ kind: "closed-by-hand" },
	] as const)("is not changed by $kind", (event) => {
		expect(nextCircuit(closed(), event, policy, at(1000))).toBeUndefined();
	});
});

describe("an open circuit", () => {
	it("gives its probe to one worker when it is due, and to another when that one is silent", () => {
		const wanted = { kind: "probe-wanted" } as const;
		expect(nextCircuit(open(), wanted, policy, at(29))).toBeUndefined();
		const probing = nextCircuit(open(), wanted, policy, at(31)) as OpenCircuit;
		expect(probing).toEqual(open({ revision: 5, nextProbeAt: at(61), probing: true }));
		expect(nextCircuit(probing, wanted, policy, at(60))).toBeUndefined();
		expect(nextCircuit(probing, wanted, policy, at(61))).toEqual({ ...probing, revision: 6, nextProbeAt: at(91) });
	});

	it("waits double as long after a probe that failed, up to the most, and then lets one run through", () => {
		const failed = { kind: "probe-failed", since: at(0), because: "TimeoutError: 30 s" } as const;
		const again = nextCircuit(open({ probes: 4, probing: true }), failed, policy, at(40)) as OpenCircuit;
		expect(again).toEqual(
			open({ revision: 5, because: "TimeoutError: 30 s", openSeconds: 60, nextProbeAt: at(100), probes: 1 }),
		);
		const third = nextCircuit(again, failed, policy, at(101)) as OpenCircuit;
		expect([third.openSeconds, third.nextProbeAt]).toEqual([120, at(221)]);
		expect((nextCircuit(third, failed, policy, at(222)) as OpenCircuit).openSeconds).toBe(120);
	});

	it("lets 1, 2, 4 and 8 runs through one after another, and closes", () => {
		let circuit: Circuit = open();
		const through: number[] = [];
		for (let second = 31; circuit.open; second++) {
			through.push(circuit.probes);
			expect(nextCircuit(circuit, { kind: "probe-wanted" }, policy, at(second))).toBeDefined();
			const next = nextCircuit(circuit, { kind: "probe-passed", since: at(0) }, policy, at(second));
			if (next === undefined) throw new Error("it did not change");
			circuit = next;
		}
		expect(through).toEqual([1, 2, 4, 8]);
		expect(circuit).toEqual({ open: false, revision: 8, since: at(34), openSeconds: 30 });
	});

	it("is free for another probe at once when nothing came of one", () => {
		const unused = { kind: "probe-unused", since: at(0) } as const;
		expect(nextCircuit(open({ nextProbeAt: at(61), probing: true, probes: 2 }), unused, policy, at(32))).toEqual(
			open({ revision: 5, nextProbeAt: at(32), probes: 2 }),
		);
	});

	it.each([
		counted(1000, 0),
		{ kind: "probe-passed", since: at(-100) },
		{ kind: "probe-failed", since: at(-100), because: "of an earlier time of trouble" },
		{ kind: "probe-unused", since: at(-100) },
	] as const)("is not changed by $kind of before", (event) => {
		expect(nextCircuit(open(), event, policy, at(31))).toBeUndefined();
	});
});

it("obeys an operator, and forgets then what was being tried", () => {
	const byHand = { kind: "opened-by-hand", seconds: 3600, because: "until 10:00" } as const;
	expect(nextCircuit(open({ openSeconds: 120, probes: 4 }), byHand, policy, at(5))).toEqual(
		open({ revision: 5, since: at(5), because: "until 10:00", nextProbeAt: at(3605) }),
	);
	expect(nextCircuit(unusedCircuit, byHand, policy, at(5))).toMatchObject({ open: true, revision: 1 });
	expect(nextCircuit(open(), { kind: "closed-by-hand" }, policy, at(5))).toEqual({
		open: false,
		revision: 5,
		since: at(5),
		openSeconds: 0,
	});
});

it("spreads those who wait over the wait that follows the next probe", () => {
	const soonest = (circuit: OpenCircuit, now: number) => comeBackAt(circuit, policy, at(now), 0) - at(0);
	const latest = (circuit: OpenCircuit, now: number) => comeBackAt(circuit, policy, at(now), 0.999_999) - at(0);
	expect([soonest(open(), 10), latest(open(), 10)]).toEqual([30_000, 60_000]);
	expect([soonest(open(), 45), latest(open(), 45)]).toEqual([45_000, 75_000]);
	const probing = open({ probing: true, nextProbeAt: at(61) });
	expect([soonest(probing, 31), latest(probing, 31)]).toEqual([31_000, 61_000]);
	const passing = open({ openSeconds: 120, probes: 2, probing: true, nextProbeAt: at(150) });
	expect([soonest(passing, 31), latest(passing, 31)]).toEqual([31_000, 61_000]);
	// By hand, for hours: closing it by hand is felt within minutes.
	expect(soonest(open({ nextProbeAt: at(7200) }), 10)).toBe(130_000);
});

it("counts within whole windows", () => {
	expect(windowOf(policy, epochMs(119_999))).toBe(1);
	expect(windowOf(policy, epochMs(120_000))).toBe(2);
});
