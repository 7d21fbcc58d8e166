/** The circuit breaker of a queue class, as an operator sees it, opens and closes it. */
import type { Catalogue } from "../catalogue/define-catalogue.ts";
import { type BreakerEvent, nextCircuit, unusedCircuit } from "../engine/breaker/circuit.ts";
import { type BreakerPolicy, defaultBreaker } from "../job/breaker.ts";
import { MillraceError } from "../kernel/errors.ts";
import { toIso } from "../kernel/time.ts";
import type { BreakerState } from "../ports/breaker-store.ts";
import type { Platform } from "../ports/platform.ts";

/** A breaker as it stands. Names as they are printed as JSON. */
export interface BreakerView {
	readonly queue: string;
	/** `off`: the class's definition has none. */
	readonly state: "closed" | "open" | "off";
	/** Since when it is open, the error seen last or an operator's reason, and when the next run is tried; else null. */
	readonly openSince: string | null;
	readonly because: string | null;
	readonly nextProbeAt: string | null;
}

export interface OpenOptions {
	/** No run is tried before. Default 600, at most a day. */
	readonly seconds?: number;
	/** For whoever looks. */
	readonly reason?: string;
}

type Parts = Pick<Platform, "breakers" | "clock"> & { readonly catalogue: Pick<Catalogue, "workerGroups"> };

const OPEN_SECONDS_DEFAULT = 600;
export const OPEN_SECONDS_MAX = 86_400;
const REASON_CHARACTERS_MAX = 256;
/** Workers change it only while runs fail. */
const ROUNDS_MAX = 5;

/** @throws MillraceError `store-failed` */
export async function readBreaker(parts: Parts, queueClass: string): Promise<BreakerView> {
	const policy = policyOf(parts, queueClass);
	if (policy === false) return { queue: queueClass, state: "off", openSince: null, because: null, nextProbeAt: null };
	return viewOf(queueClass, await parts.breakers.look(queueClass));
}

/** @throws MillraceError `store-failed`; `usage` for a class without one; `message-invalid-field` for a time or reason that is too long */
export async function openBreaker(
	parts: Parts,
	queueClass: string,
	{ seconds = OPEN_SECONDS_DEFAULT, reason = "opened by an operator" }: OpenOptions = {},
): Promise<BreakerView> {
	if (!Number.isInteger(seconds) || seconds < 1 || seconds > OPEN_SECONDS_MAX) {
		throw invalid(`A breaker is opened for a whole number of seconds from 1 to ${OPEN_SECONDS_MAX}; got ${seconds}.`);
	}
	if (reason.length > REASON_CHARACTERS_MAX) {
		throw invalid(`A reason has at most ${REASON_CHARACTERS_MAX} characters; got ${reason.length}.`);
	}
	return changeByHand(parts, queueClass, { kind: "opened-by-hand", seconds, because: reason });
}

/** @throws MillraceError `store-failed`; `usage` for a class without one */
export const closeBreaker = (parts: Parts, queueClass: string): Promise<BreakerView> =>
	changeByHand(parts, queueClass, { kind: "closed-by-hand" });

async function changeByHand(parts: Parts, queueClass: string, event: BreakerEvent): Promise<BreakerView> {
	const policy = policyOf(parts, queueClass);
	if (policy === false) {
		throw new MillraceError(
			"usage",
			`The class ${queueClass} has no breaker: its definition says \`breaker: false\`. \`millrace pause ${queueClass}\` stops it.`,
		);
	}
	let state = await parts.breakers.look(queueClass);
	for (let round = 0; round < ROUNDS_MAX; round++) {
		const next = nextCircuit(state.circuit ?? unusedCircuit, event, policy, parts.clock.now());
		if (next === undefined) return viewOf(queueClass, state);
		const answer = await parts.breakers.change(queueClass, next);
		state = answer.state;
		if (answer.changed) return viewOf(queueClass, state);
	}
	throw new MillraceError(
		"store-failed",
		`The breaker of ${queueClass} changed ${ROUNDS_MAX} times meanwhile. Try again.`,
	);
}

/** One that the catalogue at hand does not know may yet be deployed. */
function policyOf({ catalogue }: Parts, queueClass: string): BreakerPolicy | false {
	const classes = catalogue.workerGroups.flatMap((group) => [...group.queueClasses]);
	return classes.find(({ name }) => name === queueClass)?.breaker ?? defaultBreaker;
}

function viewOf(queue: string, { circuit }: BreakerState): BreakerView {
	if (circuit?.open !== true) return { queue, state: "closed", openSince: null, because: null, nextProbeAt: null };
	const { since, because, nextProbeAt } = circuit;
	return { queue, state: "open", openSince: toIso(since), because, nextProbeAt: toIso(nextProbeAt) };
}

const invalid = (message: string): MillraceError => new MillraceError("message-invalid-field", message);
