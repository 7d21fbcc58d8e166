/**
 * What an operator does with a platform, for a program of the team's own (a dashboard's button, a runbook) and for the command line:
 * see how the queues are, pause and resume a class, open and close its circuit breaker, look at dead letters, send them back or delete them. Needs the rights of
 * `JobPlatform.grantOperate`. Revoking runs is the client's.
 */
import type { Catalogue } from "../catalogue/define-catalogue.ts";
import type { Feeding } from "../ports/mapping-operator.ts";
import type { Platform } from "../ports/platform.ts";
import type { QueueDepth } from "../ports/queue-operator.ts";
import { type BreakerView, closeBreaker, type OpenOptions, openBreaker, readBreaker } from "./breaker.ts";
import { groupLetters, type LetterGroup, type LetterGrouping } from "./dead-letters/group-letters.ts";
import type { Letter } from "./dead-letters/letter.ts";
import { findLetter, inputOf, listLetters, originalInputOf } from "./dead-letters/list-letters.ts";
import {
	type DiscardReport,
	discardLetters,
	type RedriveOptions,
	type RedriveReport,
	redriveLetters,
} from "./dead-letters/redrive.ts";
import type { LetterSelection } from "./dead-letters/selection.ts";
import { type Switched, type SwitchOptions, switchClass } from "./switch-class.ts";

export type {
	BreakerView,
	DiscardReport,
	Feeding,
	Letter,
	LetterGroup,
	LetterSelection,
	OpenOptions,
	RedriveOptions,
	RedriveReport,
	Switched,
	SwitchOptions,
};

/** The catalogue and the ports of a platform; `connectPlatform` of shared/aws makes all but the catalogue. */
export interface OperatorParts
	extends Pick<Platform, "breakers" | "operator" | "mappings" | "queue" | "blobs" | "clock" | "address"> {
	readonly catalogue: Pick<Catalogue, "jobs" | "findJob" | "workerGroups">;
}

export interface LetterWithInputs {
	readonly letter: Letter;
	/** What failed; `undefined` when it can't be read. */
	readonly input: unknown;
	/** What the run was first sent with, where a redrive changed it. */
	readonly originalInput: unknown;
}

/** Every method throws MillraceError `queue-class-not-found` for a class that the platform does not have, and `queue-failed` where SQS refuses. */
export interface Operator {
	/** SQS's approximate numbers. */
	depth(queueClass: string): Promise<{ readonly main: QueueDepth; readonly deadLetters: QueueDepth }>;
	/** @throws MillraceError `mapping-failed`, `configuration-invalid` */
	feeding(queueClass: string): Promise<Feeding>;
	/**
	 * Workers get no more messages of the class; what they have they finish, and messages keep coming in. Resolves when AWS has done it,
	 * with how the class stands. A class that is paused already keeps its reason unless another is given, and the answer then has both.
	 * @throws MillraceError `mapping-failed`, `configuration-invalid`, `message-invalid-field` for a reason that is too long
	 */
	pause(queueClass: string, options?: SwitchOptions): Promise<Switched>;
	/** @throws MillraceError `mapping-failed`, `configuration-invalid` */
	resume(queueClass: string, options?: Omit<SwitchOptions, "reason">): Promise<Feeding>;
	/** How the class's circuit breaker stands. @throws MillraceError `store-failed` */
	breaker(queueClass: string): Promise<BreakerView>;
	/**
	 * Runs that come to a worker wait, and none is tried before its time. A worker hears of it with its first run that fails: while none
	 * does, nothing waits; `pause` stops a class whatever it does.
	 * @throws MillraceError `store-failed`, `usage`, `message-invalid-field`
	 */
	openBreaker(queueClass: string, options?: OpenOptions): Promise<BreakerView>;
	/** The class goes on in full. Workers hear of it within half a minute. @throws MillraceError `store-failed`, `usage` */
	closeBreaker(queueClass: string): Promise<BreakerView>;
	/** Deletes every message of the class for good, those in flight and delayed too. SQS takes up to 60 s and refuses a second purge in that time. */
	purge(queueClass: string): Promise<void>;
	/** All dead letters of the class in groups, by default of one error; they stay where they are. */
	letters(
		queueClass: string,
		options?: { readonly by?: LetterGrouping; readonly signal?: AbortSignal },
	): Promise<readonly LetterGroup[]>;
	/** One dead letter, by its message id or its run's id. @throws MillraceError `run-not-found`, `blob-failed` */
	letter(queueClass: string, id: string, signal?: AbortSignal): Promise<LetterWithInputs>;
	/** Sends dead letters back to their jobs' queues: the same runs, with fresh attempts. @throws MillraceError `usage`, `blob-failed` */
	redrive(queueClass: string, options?: RedriveOptions): Promise<RedriveReport>;
	/** Deletes dead letters for good, one by one. @throws MillraceError `usage` */
	discard(queueClass: string, selection: LetterSelection, signal?: AbortSignal): Promise<DiscardReport>;
	/** Deletes all dead letters of the class for good in one request, as `purge` does. */
	purgeLetters(queueClass: string): Promise<void>;
}

export function createOperator(parts: OperatorParts): Operator {
	const { operator, mappings, blobs, catalogue } = parts;
	const never = new AbortController().signal;
	const main = (queueClass: string) => ({ queueClass, queue: "main" }) as const;
	const dead = (queueClass: string) => ({ queueClass, queue: "dead-letter" }) as const;
	return {
		async depth(queueClass) {
			const [inMain, deadLetters] = await Promise.all([
				operator.depth(main(queueClass)),
				operator.depth(dead(queueClass)),
			]);
			return { main: inMain, deadLetters };
		},
		feeding: (queueClass) => mappings.read(queueClass),
		pause: (queueClass, options) => switchClass(parts, queueClass, "paused", options),
		resume: (queueClass, options) => switchClass(parts, queueClass, "active", options),
		breaker: (queueClass) => readBreaker(parts, queueClass),
		openBreaker: (queueClass, options) => openBreaker(parts, queueClass, options),
		closeBreaker: (queueClass) => closeBreaker(parts, queueClass),
		purge: (queueClass) => operator.purge(main(queueClass)),
		letters: async (queueClass, { by, signal = never } = {}) =>
			groupLetters(await listLetters(operator, queueClass, signal), by),
		async letter(queueClass, id, signal = never) {
			const letter = await findLetter(operator, queueClass, id, signal);
			const [input, originalInput] = await Promise.all([inputOf(blobs, letter), originalInputOf(blobs, letter)]);
			return { letter, input, originalInput };
		},
		redrive: (queueClass, options = {}) => redriveLetters({ platform: parts, catalogue }, queueClass, options),
		discard: (queueClass, selection, signal = never) => discardLetters(operator, queueClass, selection, signal),
		purgeLetters: (queueClass) => operator.purge(dead(queueClass)),
	};
}
