/**
 * A class with a long queue whose downstream is out for half an hour, from the first run on, through the whole engine on a clock that a
 * test moves. `MILLRACE_OUTAGE_RUNS=100000 npx vitest run test/simulation/outage.test.ts` is the whole measurement of
 * docs/guides/circuit-breaker.md; it prints what it counted.
 */
import { expect, it } from "vitest";
import { createOutageFleet } from "../support/outage-fleet.ts";

const RUNS = Number(process.env["MILLRACE_OUTAGE_RUNS"] ?? 3_000);
const WORKERS = 10;
const OUTAGE_SECONDS = 1800;

/** All runs are queued when the outage begins. */
async function outage(runs: number, breaker: boolean) {
	const fleet = createOutageFleet({ workers: WORKERS, breaker });
	fleet.send(runs);
	fleet.downstream.out = true;
	fleet.start();
	await fleet.clock.advance(OUTAGE_SECONDS * 1000);
	const during = { ...fleet.counts };
	const duringLetters = fleet.letters.length;
	fleet.downstream.out = false;
	const endedAt = fleet.clock.now();
	const since = () => (fleet.clock.now() - endedAt) / 1000;
	await fleet.until(() => !fleet.isOpen());
	const closedAfterSeconds = since();
	await fleet.until(() => fleet.counts.succeeded + fleet.letters.length >= runs);
	const drainedAfterSeconds = since();
	// Copies that came twice are acknowledged.
	await fleet.until(() => fleet.waiting() === 0);
	return {
		fleet,
		duringLetters,
		attemptsInOutage: during.begun,
		attemptsWhileOpen: fleet.counts.begunWhileOpen,
		/** Of SQS, for each run that waits. */
		requestsPerRun: (during.sent + during.received + during.removed) / runs,
		closedAfterSeconds,
		drainedAfterSeconds,
	};
}

it("loses nothing, dead-letters nothing and tries next to nothing while its downstream is out, and goes on by itself", {
	timeout: 300_000,
}, async () => {
	const { fleet, ...seen } = await outage(RUNS, true);
	const breakerCalls = Object.values(fleet.breakers.calls).reduce((sum, calls) => sum + calls, 0);
	const probes = fleet.events.filter(({ event }) => event === "breaker.probed");
	const rows = [...fleet.store.rows.values()];
	const mostAttempts = rows.reduce((most, { attempts }) => Math.max(most, attempts), 0);
	console.log(
		JSON.stringify({
			runs: RUNS,
			cold: fleet.counts.cold,
			...seen,
			mostAttempts,
			heldBackPerRun: fleet.counts.heldBack / RUNS,
			breakerCalls,
			probes: probes.length,
		}),
	);

	expect(rows.filter(({ state }) => state === "SUCCESS")).toHaveLength(RUNS);
	expect(fleet.letters).toEqual([]);
	// A batch or two of each worker when it begins, a run for each probe, and a batch of each cold worker that is handed fresh messages.
	const most = WORKERS * 20 + RUNS / 400;
	expect(seen.attemptsInOutage).toBeLessThan(most);
	expect(seen.attemptsWhileOpen).toBeLessThan(most + 40);
	expect(seen.closedAfterSeconds).toBeLessThanOrEqual(130);
	expect(seen.drainedAfterSeconds).toBeLessThanOrEqual(300);
	expect(fleet.events.filter(({ event }) => event === "breaker.opened")).toHaveLength(1);
	expect(breakerCalls).toBeLessThan(2_000);
});

it("would have spent every run's attempts without it", { timeout: 300_000 }, async () => {
	const runs = 1_500;
	const { fleet, ...seen } = await outage(runs, false);
	expect(seen.duringLetters).toBeGreaterThan(runs * 0.9);
	expect(seen.attemptsInOutage).toBeGreaterThan(runs * 3.5);
	expect(fleet.breakers.calls).toEqual({ report: 0, look: 0, change: 0 });
});
