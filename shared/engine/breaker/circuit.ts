/**
 * What becomes of a class's breaker, in one table; and when a run that it holds back comes again. Pure.
 *
 * | circuit | what happens                          | becomes                                                                  |
 * |---------|---------------------------------------|--------------------------------------------------------------------------|
 * | closed  | enough of what was counted failed     | open: the first probe after openSeconds, after double the last wait where it has only just closed |
 * | open    | a probe is due and a worker wants it  | probing: the next one is due after openSeconds, should this one never be heard of again |
 * | open    | a run of a probe failed               | the wait doubles, up to openSecondsMax, and the next probe is one run      |
 * | open    | a probe passed                        | the next one at once, of twice as many runs; after one of 8: closed        |
 * | open    | nothing came of a probe               | the next one at once                                                       |
 * | any     | an operator opens or closes it        | open until then, or closed                                               |
 *
 * All else changes nothing. What a probe of an earlier time of trouble brings, changes nothing either.
 */
import type { BreakerPolicy } from "../../job/breaker.ts";
import { assertNever } from "../../kernel/errors.ts";
import { type EpochMs, epochMs, plusMs, plusSeconds } from "../../kernel/time.ts";
import type { BreakerCounts, Circuit, OpenCircuit } from "../../ports/breaker-store.ts";

/** The last probe before a class goes on in full. */
const PROBES_MAX = 8;

/** Of a breaker that was never used. */
export const unusedCircuit: Circuit = { open: false, revision: 0, since: epochMs(0), openSeconds: 0 };

export type BreakerEvent =
	| { readonly kind: "counted"; readonly counts: BreakerCounts; readonly because: string }
	| { readonly kind: "probe-wanted" }
	/** `since`: of the circuit when the probe was taken. */
	| { readonly kind: "probe-failed"; readonly since: EpochMs; readonly because: string }
	| { readonly kind: "probe-passed" | "probe-unused"; readonly since: EpochMs }
	| { readonly kind: "opened-by-hand"; readonly seconds: number; readonly because: string }
	| { readonly kind: "closed-by-hand" };

/** @returns `undefined` where nothing changes. */
export function nextCircuit(
	circuit: Circuit,
	event: BreakerEvent,
	policy: BreakerPolicy,
	now: EpochMs,
): Circuit | undefined {
	const revision = circuit.revision + 1;
	const closed = (openSeconds: number): Circuit => ({ open: false, revision, since: now, openSeconds });
	const opened = (openSeconds: number, seconds: number, because: string): Circuit => ({
		...{ open: true, revision, since: now, because, openSeconds },
		...{ nextProbeAt: plusSeconds(now, seconds), probes: 1, probing: false },
	});
	switch (event.kind) {
		case "counted": {
			if (circuit.open || !isOutage(event.counts, policy)) return undefined;
			const seconds = firstWait(circuit, policy, now);
			return opened(seconds, seconds, event.because);
		}
		case "probe-wanted":
			return circuit.open && circuit.nextProbeAt <= now
				? { ...circuit, revision, nextProbeAt: plusSeconds(now, circuit.openSeconds), probing: true }
				: undefined;
		case "probe-failed": {
			if (!circuit.open || circuit.since !== event.since) return undefined;
			const openSeconds = doubled(circuit.openSeconds, policy);
			const { because } = event;
			const nextProbeAt = plusSeconds(now, openSeconds);
			return { ...circuit, revision, because, openSeconds, nextProbeAt, probes: 1, probing: false };
		}
		case "probe-passed":
			if (!circuit.open || circuit.since !== event.since) return undefined;
			return circuit.probes >= PROBES_MAX
				? closed(circuit.openSeconds)
				: { ...circuit, revision, nextProbeAt: now, probes: circuit.probes * 2, probing: false };
		case "probe-unused":
			if (!circuit.open || circuit.since !== event.since) return undefined;
			return { ...circuit, revision, nextProbeAt: now, probing: false };
		case "opened-by-hand":
			return opened(policy.openSeconds, event.seconds, event.because);
		case "closed-by-hand":
			return circuit.open ? closed(0) : undefined;
		default:
			return assertNever(event);
	}
}

/**
 * Whether a run may ask for the probe. One that would end in the dead-letter queue by it leaves it to others for as long again: a run is
 * spent on trying only where no other has come. After a first success there is little to fear.
 */
export function isProbeDue(
	{ nextProbeAt, openSeconds, probes }: OpenCircuit,
	{ lastAttempt }: { readonly lastAttempt: boolean },
	now: EpochMs,
): boolean {
	return (lastAttempt && probes === 1 ? plusSeconds(nextProbeAt, openSeconds) : nextProbeAt) <= now;
}

/** The window that an instant lies in. */
export const windowOf = ({ windowSeconds }: BreakerPolicy, now: EpochMs): number =>
	Math.floor(now / (windowSeconds * 1000));

/**
 * When a run comes again that is held back: some time in the wait that follows the next probe, so that those who wait come back evenly and
 * one after another, however many they are. While a probe is under way, in the wait that begins now: it may be over in a moment. Once one
 * has passed, in the shortest wait: it is all but over, and those who come meanwhile are few.
 * @param unit evenly in [0, 1)
 */
export function comeBackAt(circuit: OpenCircuit, policy: BreakerPolicy, now: EpochMs, unit: number): EpochMs {
	const soonest = circuit.probing ? now : Math.max(now, circuit.nextProbeAt);
	// Closing by hand reaches everybody as soon, whatever an operator asked for before.
	const from = Math.min(soonest, plusSeconds(now, policy.openSecondsMax));
	const spreadSeconds = circuit.probes > 1 ? policy.openSeconds : circuit.openSeconds;
	return epochMs(Math.round(from + unit * spreadSeconds * 1000));
}

const isOutage = ({ failures, successes }: BreakerCounts, { failuresMin, ratio }: BreakerPolicy): boolean =>
	failures >= failuresMin && failures >= ratio * (failures + successes);

const doubled = (openSeconds: number, policy: BreakerPolicy): number =>
	Math.min(Math.max(openSeconds * 2, policy.openSeconds), policy.openSecondsMax);

/** What fails again as soon as it is used in full has not recovered. */
const firstWait = ({ since, openSeconds }: Circuit, policy: BreakerPolicy, now: EpochMs): number =>
	openSeconds > 0 && now < plusMs(since, policy.openSecondsMax * 1000)
		? doubled(openSeconds, policy)
		: policy.openSeconds;
