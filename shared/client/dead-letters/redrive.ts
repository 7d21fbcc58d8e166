/**
 * Sends dead letters back to work, or deletes them: those selected, page by page, as fast as the operator allows. A letter is deleted only
 * after its message was sent. Killed in between, a letter is sent twice, which is one run: its body says its run's id and next generation.
 */
import type { Catalogue } from "../../catalogue/define-catalogue.ts";
import type { RateLimit } from "../../job/rate-limit.ts";
import type { Platform } from "../../ports/platform.ts";
import { type HeldLetters, LETTERS_PER_PAGE, type PageOptions, withLetters } from "./hold-letters.ts";
import type { Letter } from "./letter.ts";
import { checkSelection, isAllFound, isSelected, type LetterSelection } from "./selection.ts";
import { type EditInput, type SentBack, sendBack } from "./send-back.ts";
import { tellApart } from "./tell-apart.ts";

export interface RedriveOptions extends LetterSelection {
	/** No more than this many per time, to spare what the jobs call; the pages that are sent in a go are at most a second's worth, and at most ten. Default: as fast as SQS takes them. */
	readonly rate?: Pick<RateLimit, "count" | "periodSeconds">;
	/** Stops after this many. Default: all that are selected. */
	readonly limit?: number;
	/** Changes each input before it is sent; what does not fit its job's schema stays where it is. Default: inputs stay as they are. */
	readonly edit?: EditInput;
	/** Stops after the page at hand. */
	readonly signal?: AbortSignal;
	/** Told after each page how many were redriven so far, and how many could not be. */
	readonly onProgress?: (redriven: number, failed: number) => void;
}

export interface RedriveReport {
	readonly redriven: readonly { readonly messageId: string; readonly runId?: string; readonly queueClass: string }[];
	/** Left where they are. `refused`: it can't be sent as it is, or as it was edited; trying again won't help. */
	readonly failed: readonly { readonly messageId: string; readonly error: string; readonly refused: boolean }[];
	/** Letters of runs that were redriven in this call and failed again meanwhile: left where they are. */
	readonly cameBack: number;
	/** Ids that were asked for and not found; the group's, where no letter is of it. */
	readonly missing: readonly string[];
	/** Letters that wait until all are seen, beyond those that one call takes: left where they are. */
	readonly left: number;
}

/**
 * A letter whose body names no run can't be recognised when it comes back, and one that was asked for by its run may not be the only one of
 * it: these go last, and no more than this many in one call.
 */
const LAST_MAX = 1_000;

export interface RedriveParts {
	readonly platform: Pick<Platform, "operator" | "queue" | "blobs" | "address" | "clock">;
	readonly catalogue: Pick<Catalogue, "jobs" | "findJob" | "workerGroups">;
}

/** @throws MillraceError `queue-failed`, `blob-failed`, `queue-class-not-found`, `usage` for what is no group */
export async function redriveLetters(
	{ platform, catalogue }: RedriveParts,
	queueClass: string,
	options: RedriveOptions,
): Promise<RedriveReport> {
	checkSelection(options);
	const { ids, limit = Number.POSITIVE_INFINITY, signal = new AbortController().signal } = options;
	const outcomes: SentBack[] = [];
	const sentRuns = new Set<string>();
	const found = new Set<string>();
	const foundMessages = new Set<string>();
	const last: Letter[] = [];
	const pace = createPace(platform.clock, options.rate, signal);
	let cameBack = 0;
	let left = 0;

	const send = async (held: HeldLetters, letters: readonly Letter[]): Promise<void> => {
		if (letters.length === 0 || !(await pace.turn(letters.length))) return;
		const sendings = await sendBack({ platform, catalogue, queueClass, edit: options.edit }, letters);
		await held.remove(sendings.filter(({ error }) => error === undefined).map(({ letter }) => letter));
		outcomes.push(...sendings);
		const failed = outcomes.filter(({ error }) => error !== undefined).length;
		options.onProgress?.(outcomes.length - failed, failed);
	};
	const room = (): number => limit - outcomes.length;

	await withLetters(platform.operator, queueClass, signal, async (held) => {
		for await (const page of held.pages(pace.page)) {
			const fresh: Letter[] = [];
			for (const letter of page.filter((candidate) => isSelected(candidate, options))) {
				found.add(letter.messageId).add(letter.runId ?? letter.messageId);
				foundMessages.add(letter.messageId);
				const isOneOfRun = ids?.includes(letter.messageId) === false;
				if (letter.runId === undefined || !letter.pinned || isOneOfRun) {
					if (last.length < LAST_MAX) last.push(letter);
					else left++;
				} else if (sentRuns.has(letter.runId)) cameBack++;
				else if (fresh.length < room()) fresh.push(letter);
			}
			for (const { runId } of fresh) if (runId !== undefined) sentRuns.add(runId);
			await send(held, fresh);
			if (room() <= 0 || isAllFound(options, foundMessages)) break;
		}
		const step = pace.page.max;
		const { sendable, unclear } = tellApart(queueClass, last, options);
		outcomes.push(...unclear);
		const rest = sendable.slice(0, Math.max(0, Math.min(sendable.length, room())));
		for (let at = 0; at < rest.length; at += step) await send(held, rest.slice(at, at + step));
	});
	return {
		redriven: outcomes.flatMap(({ letter: { messageId, runId }, queueClass: home, error }) =>
			error === undefined ? [{ messageId, ...(runId === undefined ? {} : { runId }), queueClass: home }] : [],
		),
		failed: outcomes.flatMap(({ letter: { messageId }, error }) =>
			error === undefined ? [] : [{ messageId, error: error.message, refused: error.refused }],
		),
		cameBack,
		// Who asked for a few of them was not looking for all.
		missing: room() > 0 ? missingOf(options, found) : [],
		left,
	};
}

function missingOf({ ids, group }: LetterSelection, found: ReadonlySet<string>): readonly string[] {
	if (ids !== undefined) return ids.filter((id) => !found.has(id));
	return group !== undefined && found.size === 0 ? [group] : [];
}

interface Pace {
	readonly page: PageOptions & { readonly max: number };
	/** Waits until so many may go. `false` when the signal aborted: then none may. */
	turn(count: number): Promise<boolean>;
}

function createPace(clock: Platform["clock"], rate: RedriveOptions["rate"], signal: AbortSignal): Pace {
	if (rate === undefined) return { page: { max: LETTERS_PER_PAGE }, turn: async () => !signal.aborted };
	const perSecond = rate.count / rate.periodSeconds;
	const max = Math.max(1, Math.min(LETTERS_PER_PAGE, Math.floor(perSecond)));
	let freeAtMs = 0;
	return {
		page: { max, waitSeconds: max / perSecond },
		async turn(count) {
			const now = clock.now();
			if (freeAtMs > now) await clock.sleep(freeAtMs - now, signal);
			freeAtMs = Math.max(now, freeAtMs) + (count / perSecond) * 1000;
			return !signal.aborted;
		},
	};
}

export interface DiscardReport {
	readonly discarded: number;
	/** Ids that were asked for and not found; the group's, where no letter is of it. */
	readonly missing: readonly string[];
}

/** Deletes the selected letters for good. @throws MillraceError `queue-failed`, `queue-class-not-found`, `usage` for what is no group */
export async function discardLetters(
	operator: Platform["operator"],
	queueClass: string,
	selection: LetterSelection,
	signal: AbortSignal,
): Promise<DiscardReport> {
	checkSelection(selection);
	const found = new Set<string>();
	const foundMessages = new Set<string>();
	const discarded = await withLetters(operator, queueClass, signal, async (held) => {
		let count = 0;
		for await (const page of held.pages()) {
			const selected = page.filter((letter) => isSelected(letter, selection));
			for (const { messageId, runId } of selected) {
				found.add(messageId).add(runId ?? messageId);
				foundMessages.add(messageId);
			}
			await held.remove(selected);
			count += selected.length;
			if (isAllFound(selection, foundMessages)) break;
		}
		return count;
	});
	return { discarded, missing: missingOf(selection, found) };
}
