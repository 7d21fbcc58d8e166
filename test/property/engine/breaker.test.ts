/**
 * A class's breaker for any policy: whatever happens to its circuit, and for any fleet of workers whose runs fail as the case says, whose
 * answers come in any order and whose calls fail now and then.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Breaker, createBreaker } from "../../../shared/engine/breaker/breaker.ts";
import { type BreakerEvent, comeBackAt, nextCircuit, unusedCircuit } from "../../../shared/engine/breaker/circuit.ts";
import type { AttemptOutcome } from "../../../shared/engine/normalise-outcome.ts";
import type { BreakerPolicy } from "../../../shared/job/breaker.ts";
import { MillraceError } from "../../../shared/kernel/errors.ts";
import { epochMs } from "../../../shared/kernel/time.ts";
import type { BreakerStore, Circuit } from "../../../shared/ports/breaker-store.ts";
import { createMemoryBreakerStore } from "../../support/memory-breaker-store.ts";

const START = 1_795_165_200_000;
const policies: fc.Arbitrary<BreakerPolicy> = fc
	.record({
		failuresMin: fc.integer({ min: 1, max: 50 }),
		ratio: fc.double({ min: 0.05, max: 1, noNaN: true }),
		windowSeconds: fc.integer({ min: 1, max: 600 }),
		openSeconds: fc.integer({ min: 1, max: 450 }),
		longer: fc.integer({ min: 0, max: 449 }),
	})
	.map(({ longer, ...policy }) => ({
		...policy,
		openSecondsMax: Math.min(450, policy.openSeconds + longer),
		errorClasses: ["api"],
	}));

type Told = Exclude<BreakerEvent["kind"], "counted" | "opened-by-hand"> | "failing" | "opened-by-hand";
const kinds: readonly Told[] = [
	...(["failing", "probe-wanted", "probe-wanted", "probe-failed", "probe-passed"] as const),
	...(["probe-passed", "probe-unused", "opened-by-hand", "closed-by-hand"] as const),
];

it("keeps a circuit's numbers in their ranges, and hands out one probe in a wait unless the one before is over", () => {
	const steps = fc.array(fc.record({ kind: fc.constantFrom(...kinds), waitMs: fc.integer({ min: 0, max: 200_000 }) }), {
		maxLength: 60,
	});
	fc.assert(
		fc.property(policies, steps, fc.double({ min: 0, max: 0.999, noNaN: true }), (policy, given, unit) => {
			let now = epochMs(START);
			let circuit: Circuit = unusedCircuit;
			let takenAt: number | undefined;
			for (const { kind, waitMs } of given) {
				now = epochMs(now + waitMs);
				const next = nextCircuit(circuit, eventOf(kind, circuit), policy, now);
				if (next === undefined) continue;
				expect(next.revision).toBe(circuit.revision + 1);
				if (kind === "probe-wanted") {
					if (takenAt !== undefined && circuit.open)
						expect(now - takenAt).toBeGreaterThanOrEqual(circuit.openSeconds * 1000);
					takenAt = now;
				} else takenAt = undefined;
				if (next.open) {
					expect(next.openSeconds).toBeGreaterThanOrEqual(policy.openSeconds);
					expect(next.openSeconds).toBeLessThanOrEqual(policy.openSecondsMax);
					expect([1, 2, 4, 8]).toContain(next.probes);
					const waits = comeBackAt(next, policy, now, unit) - now;
					expect(waits).toBeGreaterThanOrEqual(0);
					expect(waits).toBeLessThanOrEqual(900_000);
					if (!next.probing)
						expect(now + waits).toBeGreaterThanOrEqual(Math.min(next.nextProbeAt, now + policy.openSecondsMax * 1000));
				}
				circuit = next;
			}
		}),
		{ numRuns: 500 },
	);
});

function eventOf(kind: Told, { since }: Circuit): BreakerEvent {
	switch (kind) {
		case "failing":
			return { kind: "counted", counts: { window: 1, failures: 1000, successes: 0 }, because: "ApiError" };
		case "probe-failed":
			return { kind, since, because: "ApiError" };
		case "probe-passed":
		case "probe-unused":
			return { kind, since };
		case "opened-by-hand":
			return { kind, seconds: 600, because: "by hand" };
		default:
			return { kind };
	}
}

const failure: AttemptOutcome = {
	kind: "error",
	error: { excType: "ApiError", excMessage: "503", errorClass: "api" },
	retryable: true,
	transient: true,
};
const success: AttemptOutcome = { kind: "success", resultJson: "1" };

/** Calls fail, and answers take some turns, as the case says. */
function troubled(store: BreakerStore, turns: readonly number[], failRate: () => number): BreakerStore {
	let call = 0;
	async function through<Answer>(make: () => Promise<Answer>): Promise<Answer> {
		const nth = call++;
		for (let turn = turns[nth % turns.length] ?? 0; turn > 0; turn--) await Promise.resolve();
		const fate = ((nth * 7919) % 100) / 100;
		if (fate < failRate() / 2) throw new MillraceError("store-failed", "refused");
		const answer = await make();
		for (let turn = turns[(nth + 1) % turns.length] ?? 0; turn > 0; turn--) await Promise.resolve();
		if (fate < failRate()) throw new MillraceError("store-failed", "answer lost");
		return answer;
	}
	return {
		report: (...given) => through(() => store.report(...given)),
		look: (...given) => through(() => store.look(...given)),
		change: (...given) => through(() => store.change(...given)),
	};
}

it("stops a fleet soon after an outage begins, tries one run at a time while it lasts, and lets all go on soon after it", async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.record({
				policy: policies.map((policy) => ({ ...policy, ratio: Math.min(policy.ratio, 0.9) })),
				workers: fc.integer({ min: 1, max: 4 }),
				batch: fc.integer({ min: 1, max: 4 }),
				turns: fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 7 }),
				failRate: fc.constantFrom(0, 0, 0.1),
				outageSeconds: fc.integer({ min: 60, max: 600 }),
			}),
			async ({ policy, workers, batch, turns, failRate, outageSeconds }) => {
				// Too few attempts end in one window otherwise.
				fc.pre(workers * batch * policy.windowSeconds >= 2 * policy.failuresMin);
				let now = START;
				const memory = createMemoryBreakerStore();
				let calls: "trouble" | "well" = "trouble";
				const store = troubled(memory, turns, () => (calls === "trouble" ? failRate : 0));
				const clock = { now: () => epochMs(now) };
				let draws = 0;
				const random = { unit: () => (draws++ * 0.618) % 1 };
				const telemetry = { emit: () => {} };
				const fleet = Array.from({ length: workers }, () =>
					createBreaker({ store, clock, random, telemetry }, "standard", policy),
				);
				let performed = 0;
				const perform = async (breaker: Breaker, outcome: AttemptOutcome): Promise<void> => {
					const pass = await breaker.pass({ warned: false, lastAttempt: false });
					if (pass?.go === false) {
						expect(pass.comeBackAt).toBeGreaterThanOrEqual(now);
						expect(pass.comeBackAt - now).toBeLessThanOrEqual(2 * policy.openSecondsMax * 1000);
						return;
					}
					performed++;
					for (let turn = turns[performed % turns.length] ?? 0; turn > 0; turn--) await Promise.resolve();
					breaker.note(outcome, pass?.probe);
					pass?.probe?.end("unused");
				};
				/** Every worker takes a batch each second. */
				const second = async (outcome: AttemptOutcome): Promise<void> => {
					await Promise.all(
						fleet.map(async (breaker) => {
							await Promise.all(Array.from({ length: batch }, () => perform(breaker, outcome)));
							await breaker.told();
						}),
					);
					now += 1000;
				};
				const isOpen = () => memory.states.get("standard")?.circuit?.open === true;

				for (let passed = 0; passed < 30; passed++) await second(success);
				expect(memory.states.get("standard")).toBeUndefined();
				let opensAfter = 0;
				while (!isOpen() && opensAfter++ < 600) await second(failure);
				expect(isOpen()).toBe(true);
				// Workers that have not heard of it yet hear it with their next failure.
				for (let passed = 0; passed < 3; passed++) await second(failure);
				const before = performed;
				for (let passed = 0; passed < outageSeconds; passed++) await second(failure);
				const waits = outageSeconds / policy.openSeconds + 2;
				if (failRate === 0) expect(performed - before).toBeLessThanOrEqual(waits);

				// Each call that fails may cost a whole wait, so how long it takes while they fail is luck.
				for (let passed = 0; isOpen() && passed < 120 && failRate > 0; passed++) await second(success);
				calls = "well";
				let closesAfter = 0;
				while (isOpen() && closesAfter++ < 2000) await second(success);
				expect(closesAfter).toBeLessThanOrEqual(policy.openSecondsMax + 10);
			},
		),
		{ numRuns: 30 },
	);
});
