/**
 * What one worker knows of a class's breaker. Nothing is asked while runs succeed: a worker learns that the breaker is open from the answer
 * to its own first failure, or asks once because a message says that something was wrong before. What it knows it trusts until the next
 * probe is due.
 * No failure of the store fails a run: where nothing was known the breaker counts as closed.
 */
import type { BreakerPolicy } from "../../job/breaker.ts";
import { type EpochMs, epochMs, plusSeconds } from "../../kernel/time.ts";
import type { BreakerState, BreakerStore, Circuit, OpenCircuit } from "../../ports/breaker-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Random } from "../../ports/random.ts";
import type { Telemetry } from "../../ports/telemetry.ts";
import type { AttemptOutcome } from "../normalise-outcome.ts";
import { type BreakerEvent, comeBackAt, isProbeDue, nextCircuit, unusedCircuit, windowOf } from "./circuit.ts";
import { outageIn } from "./outage-in.ts";
import { createRecentEnds } from "./recent-ends.ts";

/** An operator may have closed it meanwhile. */
const FRESH_MS = 30_000;
/** A probe under way is over in a moment, mostly. */
const FRESH_PROBING_MS = 1_000;
/** Each lost race means that somebody else changed the circuit. */
const ROUNDS_MAX = 5;

/** The right of one run to perform while the breaker is open. Whatever becomes of the run, it must end. */
export interface Probe {
	/** Only the first call counts. */
	end(how: "passed" | "failed" | "unused", because?: string): void;
}

export type Pass = { readonly go: true; readonly probe?: Probe } | { readonly go: false; readonly comeBackAt: EpochMs };

export interface Waiting {
	/** Its message says that something was wrong before: it was held back, or an attempt of it failed. */
	readonly warned: boolean;
	/** Its policy allows no attempt after this one. */
	readonly lastAttempt: boolean;
}

export interface Breaker {
	/** Whether a run may go on to its claim. `undefined`: nothing is known to be wrong. Never rejects. */
	pass(run: Waiting): Promise<Pass> | undefined;
	/** An attempt has performed, perhaps as a probe. */
	note(outcome: AttemptOutcome, probe: Probe | undefined): void;
	/** Done when all that was to be told has been; `undefined` when it has. Never rejects. */
	told(): Promise<unknown> | undefined;
}

export interface BreakerParts {
	readonly store: BreakerStore;
	readonly clock: Pick<Clock, "now">;
	readonly random: Pick<Random, "unit">;
	readonly telemetry: Telemetry;
}

export function createBreaker(
	{ store, clock, random, telemetry }: BreakerParts,
	queueClass: string,
	policy: BreakerPolicy,
): Breaker {
	const ends = createRecentEnds(policy);
	const telling = new Set<Promise<void>>();
	/** `undefined`: never asked. */
	let known: Circuit | undefined;
	let learntAt = epochMs(0);
	let trial: Trial | undefined;
	let asking: Promise<void> | undefined;
	let reporting = false;

	function learn({ circuit = unusedCircuit }: BreakerState): void {
		known = circuit;
		learntAt = clock.now();
	}
	const failed = (error: unknown): void =>
		telemetry.emit({ event: "breaker.failed", queueClass, why: (error as Error).message });

	/** What it became by this; `undefined` when it changes nothing, as it stands by now. @throws MillraceError `store-failed` */
	async function change(event: BreakerEvent): Promise<Circuit | undefined> {
		for (let round = 0; round < ROUNDS_MAX; round++) {
			const before = known ?? unusedCircuit;
			const next = nextCircuit(before, event, policy, clock.now());
			if (next === undefined) return undefined;
			const { changed, state } = await store.change(queueClass, next);
			learn(state);
			if (!changed) continue;
			tell(before, next, event);
			return next;
		}
		return undefined;
	}

	function tell(before: Circuit, next: Circuit, { kind }: BreakerEvent): void {
		if (next.open && !before.open) {
			const { because, openSeconds } = next;
			telemetry.emit({ event: "breaker.opened", queueClass, because, openSeconds });
		}
		if (kind === "probe-passed" || kind === "probe-failed") {
			const passed = kind === "probe-passed";
			telemetry.emit({
				event: "breaker.probed",
				queueClass,
				passed,
				nextProbeSeconds: passed ? 0 : next.openSeconds,
			});
		}
		if (before.open && !next.open) {
			telemetry.emit({ event: "breaker.closed", queueClass, openMs: next.since - before.since });
		}
	}

	function tellLater(work: () => Promise<unknown>): void {
		const told = work()
			.then(() => {}, failed)
			.finally(() => telling.delete(told));
		telling.add(told);
	}

	/** Takes the probe that is due, or reads how things stand. */
	async function ask(run: Waiting): Promise<void> {
		try {
			if (known?.open !== true || !isProbeDue(known, run, clock.now())) return learn(await store.look(queueClass));
			const taken = await change({ kind: "probe-wanted" });
			if (taken?.open === true) trial = createTrial(taken, run.lastAttempt, conclude);
		} catch (error) {
			failed(error);
			const overdue = known?.open === true && clock.now() > plusSeconds(known.nextProbeAt, policy.openSecondsMax);
			if (known === undefined || overdue) known = unusedCircuit;
		}
	}

	async function decide(run: Waiting): Promise<Pass> {
		for (let asked = 0; ; asked++) {
			const now = clock.now();
			const probe = trial?.take(run, now);
			if (probe !== undefined) return { go: true, probe };
			if (known?.open === false) return { go: true };
			if (known !== undefined && (asked === 2 || !isWorthAsking(known, run, now))) {
				return { go: false, comeBackAt: comeBackAt(known, policy, now, random.unit()) };
			}
			asking ??= ask(run).finally(() => {
				asking = undefined;
			});
			await asking;
		}
	}

	const isWorthAsking = (circuit: OpenCircuit, run: Waiting, now: EpochMs): boolean =>
		isProbeDue(circuit, run, now) || now - learntAt >= (circuit.probing ? FRESH_PROBING_MS : FRESH_MS);

	function conclude(event: BreakerEvent): void {
		tellLater(() => change(event));
	}

	async function report(because: string): Promise<void> {
		if (reporting) return;
		reporting = true;
		try {
			do {
				const now = clock.now();
				const state = await store.report(queueClass, { window: windowOf(policy, now), ...ends.take(now) });
				learn(state);
				await change({ kind: "counted", counts: state.counts, because });
			} while (known?.open === false && ends.isNews(clock.now()));
		} finally {
			reporting = false;
		}
	}

	return {
		pass: (run) => ((known === undefined ? run.warned : known.open) ? decide(run) : undefined),
		note(outcome, probe) {
			// Stopped from outside: it says nothing, and a probe is free again.
			if (outcome.kind === "revoked") return;
			const because = outageIn(outcome, policy);
			if (probe !== undefined) return probe.end(because === undefined ? "passed" : "failed", because);
			// It began before the breaker opened, or goes on with a leg.
			if (known?.open === true) return;
			if (because === undefined) return ends.succeeded();
			const now = clock.now();
			ends.failed(now);
			if (!reporting && ends.isNews(now)) tellLater(() => report(because));
		},
		told: () => (telling.size === 0 ? undefined : Promise.all(telling)),
	};
}

/** Of one probe, which may be of several runs of this worker. */
interface Trial {
	take(run: Waiting, now: EpochMs): Probe | undefined;
}

function createTrial(
	{ since, probes, nextProbeAt }: OpenCircuit,
	takenByLast: boolean,
	conclude: (event: BreakerEvent) => void,
): Trial {
	let taken = 0;
	let performing = 0;
	let passed = false;
	let over = false;

	function end(how: Parameters<Probe["end"]>[0], because: string): void {
		performing--;
		passed ||= how === "passed";
		if (over || (how !== "failed" && performing > 0)) return;
		over = true;
		if (how === "failed") conclude({ kind: "probe-failed", since, because });
		else conclude({ kind: passed ? "probe-passed" : "probe-unused", since });
	}
	return {
		take({ lastAttempt }, now) {
			// Later somebody else may try.
			if (over || taken === probes || now >= nextProbeAt) return undefined;
			if (lastAttempt && !takenByLast && probes === 1) return undefined;
			taken++;
			performing++;
			let ended = false;
			return {
				end(how, because = "") {
					if (ended) return;
					ended = true;
					end(how, because);
				},
			};
		},
	};
}
