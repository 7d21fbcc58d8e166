/**
 * Three queue classes of one capped group on a virtual clock: a large backlog in one keeps nobody else from their work, and goes on itself.
 * Prints what docs/guides/concurrency.md tells: `npx vitest run --project simulation test/simulation/fairness.test.ts`.
 */
import { expect, it } from "vitest";
import { createSlotFleet, type FleetPerformance } from "../support/slot-fleet.ts";

const classes = ["critical", "default", "bulk"] as const;

const highest = (values: readonly number[], share: number): number =>
	[...values].sort((one, other) => one - other)[Math.ceil(values.length * share) - 1] ?? Number.NaN;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

it.each([
	{ cap: 3, workMs: 1_000, bulk: 5_000, criticalEveryMs: 10_000, defaultEveryMs: 4_000, timeoutSeconds: 60 },
	{ cap: 1, workMs: 1_000, bulk: 1_000, criticalEveryMs: 10_000, defaultEveryMs: 8_000, timeoutSeconds: 60 },
	{ cap: 3, workMs: 50, bulk: 2_000, criticalEveryMs: 2_000, defaultEveryMs: 1_000, timeoutSeconds: 60 },
	{ cap: 3, workMs: 20_000, bulk: 300, criticalEveryMs: 60_000, defaultEveryMs: 60_000, timeoutSeconds: 300 },
])("nobody waits long behind a backlog: cap $cap, runs of about $workMs ms", async (at) => {
	const { cap, workMs, timeoutSeconds } = at;
	const fleet = createSlotFleet({
		seed: 11,
		classes,
		concurrencyMax: cap,
		invocationsMax: cap + 1,
		timeoutSeconds,
		perform: (_, clock, unit) => clock.sleep(workMs * (0.5 + unit)),
	});
	const from = fleet.clock.now();
	for (let n = 0; n < at.bulk; n++) await fleet.send("bulk", `bulk-${n}`);
	const sentAt = new Map<string, number>();
	/** For as long as the backlog lasts at the least. */
	async function sendOn(queueClass: string, everyMs: number): Promise<void> {
		for (let n = 0; n * everyMs < (at.bulk * workMs) / cap; n++) {
			await fleet.clock.sleep(everyMs);
			sentAt.set(`${queueClass}-${n}`, fleet.clock.now());
			await fleet.send(queueClass, `${queueClass}-${n}`);
		}
	}
	void sendOn("critical", at.criticalEveryMs);
	void sendOn("default", at.defaultEveryMs);
	await fleet.drain();

	const of = (queueClass: string): readonly FleetPerformance[] =>
		fleet.performances.filter((one) => one.queueClass === queueClass);
	const waitsOf = (queueClass: string) => of(queueClass).map((one) => one.from - (sentAt.get(one.runId) ?? 0));
	const bulkStarts = of("bulk").map((one) => one.from as number);
	// The last of a backlog come back one by one.
	const gaps = bulkStarts.slice(0, at.bulk * 0.8).map((start, index) => start - (bulkStarts[index - 1] ?? from));
	console.log(
		[
			`cap ${cap}, runs of about ${workMs} ms`,
			...["critical", "default"].map((queueClass) => {
				const waits = waitsOf(queueClass);
				return `${queueClass} (${waits.length}): half wait ${seconds(highest(waits, 0.5))}, the longest ${seconds(Math.max(...waits))}`;
			}),
			`bulk never stands still for longer than ${seconds(Math.max(...gaps))}`,
			`${(fleet.requests.slots / fleet.performances.length).toFixed(1)} slot requests a run`,
		].join("; "),
	);
	expect(fleet.performances).toHaveLength(at.bulk + sentAt.size);
	// A turn of each other class, as far as they don't have one at the same time (the last run of a turn begins before its second is over, and
	// takes half as long again as the average), and the moments until who waits sees the slot.
	const boundMs = (1_000 + 1.5 * workMs) * Math.ceil(2 / cap) + 3_000;
	expect(Math.max(...waitsOf("critical"))).toBeLessThan(boundMs);
	expect(Math.max(...waitsOf("default"))).toBeLessThan(boundMs);
	// Those of the backlog come back when they were told to, which was an estimate.
	expect(Math.max(...gaps)).toBeLessThan(2 * boundMs);
});

it("shares the slots alike when every class has a backlog", async () => {
	const fleet = createSlotFleet({
		seed: 12,
		classes,
		concurrencyMax: 3,
		invocationsMax: 4,
		perform: (_, clock, unit) => clock.sleep(500 + 1_000 * unit),
	});
	for (let n = 0; n < 600; n++) for (const queueClass of classes) await fleet.send(queueClass, `${queueClass}-${n}`);
	await fleet.drain();
	const first = fleet.performances.slice(0, 900);
	const shares = classes.map((name) => first.filter(({ queueClass }) => queueClass === name).length / first.length);
	console.log(
		`of the first half: ${classes.map((name, index) => `${name} ${((shares[index] ?? 0) * 100).toFixed(0)} %`).join(", ")}`,
	);
	for (const share of shares) expect(share).toBeGreaterThan(0.25);
});

it("holds no tenant back behind another's backlog in the same class", async () => {
	const fleet = createSlotFleet({
		seed: 13,
		classes: ["standard"],
		concurrencyMax: 3,
		invocationsMax: 4,
		perform: (_, clock, unit) => clock.sleep(500 + 1_000 * unit),
	});
	for (let n = 0; n < 1_500; n++) await fleet.send("standard", `noisy-${n}`, "k", { tenant: "noisy" });
	const sentAt = new Map<string, number>();
	async function sendOn(tenant: string): Promise<void> {
		for (let n = 0; n < 40; n++) {
			await fleet.clock.sleep(10_000);
			sentAt.set(`${tenant}-${n}`, fleet.clock.now());
			await fleet.send("standard", `${tenant}-${n}`, "k", { tenant });
		}
	}
	for (const tenant of ["acme", "globex"]) void sendOn(tenant);
	await fleet.drain();
	const quiet = fleet.performances.filter(({ runId }) => !runId.startsWith("noisy"));
	const waits = quiet.map(({ runId, from }) => from - (sentAt.get(runId) ?? 0));
	console.log(`quiet tenants: half wait ${seconds(highest(waits, 0.5))}, the longest ${seconds(Math.max(...waits))}`);
	expect(waits).toHaveLength(80);
	expect(Math.max(...waits)).toBeLessThan(6_000);
	expect(fleet.performances).toHaveLength(1_580);
});
