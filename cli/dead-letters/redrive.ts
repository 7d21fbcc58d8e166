/**
 * Sends dead letters back to work: each to its own job's queue, its body as it is (the engine has pinned the run's id and raised its
 * generation), and deletes a letter only after its message was sent. Killed in between, a letter is sent twice, which is one run.
 */
import type { Catalogue } from "../../shared/catalogue/define-catalogue.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { toMessageText } from "../../shared/kernel/json.ts";
import type { Platform } from "../../shared/ports/platform.ts";
import type { OutgoingMessage } from "../../shared/ports/queue.ts";
import { messageGroupOf } from "../../shared/wire/message-group.ts";
import { type HeldLetters, withLetters } from "./hold-letters.ts";
import { isNamed, type Letter, RECEIVE_LIMIT } from "./letter.ts";

export interface RedriveRequest {
	readonly platform: Pick<Platform, "operator" | "queue" | "blobs" | "address">;
	readonly catalogue: Pick<Catalogue, "findJob">;
	readonly queueClass: string;
	/** Message or run ids; `undefined` for all. */
	readonly ids: readonly string[] | undefined;
	readonly signal: AbortSignal;
	/** Told after each page how many were redriven so far. */
	readonly onProgress: (count: number) => void;
}

export interface RedriveReport {
	readonly redriven: readonly { readonly messageId: string; readonly runId?: string; readonly queueClass: string }[];
	readonly failed: readonly { readonly messageId: string; readonly error: string }[];
	/** Letters of runs that were redriven in this call and failed again meanwhile: left where they are. */
	readonly cameBack: number;
	/** Ids that were asked for and not found. */
	readonly missing: readonly string[];
	/** Letters whose body names no run, beyond those that one call takes: left where they are. */
	readonly left: number;
}

/** A letter whose body names no run can't be recognised when it comes back, so these go last, and no more than this many in one call. */
const NAMELESS_MAX = 1_000;

export async function redrive(request: RedriveRequest): Promise<RedriveReport> {
	const { platform, ids } = request;
	const outcomes: Outcome[] = [];
	const sentRuns = new Set<string>();
	const found = new Set<string>();
	const nameless: Letter[] = [];
	let cameBack = 0;
	let left = 0;

	const send = async (held: HeldLetters, letters: readonly Letter[]): Promise<void> => {
		const sendings = await sendBack(request, letters);
		await held.remove(sendings.filter(({ error }) => error === undefined).map(({ letter }) => letter));
		outcomes.push(...sendings);
		request.onProgress(outcomes.filter(({ error }) => error === undefined).length);
	};

	await withLetters(platform.operator, request.queueClass, request.signal, async (held) => {
		for await (const page of held.pages()) {
			const chosen = ids === undefined ? page : page.filter((letter) => isNamed(letter, ids));
			const fresh: Letter[] = [];
			for (const letter of chosen) {
				found.add(letter.messageId).add(letter.runId ?? letter.messageId);
				if (letter.runId === undefined || !letter.pinned) {
					if (nameless.length < NAMELESS_MAX) nameless.push(letter);
					else left++;
				} else if (sentRuns.has(letter.runId)) cameBack++;
				else fresh.push(letter);
			}
			for (const { runId } of fresh) if (runId !== undefined) sentRuns.add(runId);
			await send(held, fresh);
			if (ids?.every((id) => found.has(id)) === true) break;
		}
		for (let at = 0; at < nameless.length; at += 10) await send(held, nameless.slice(at, at + 10));
	});
	return {
		redriven: outcomes.flatMap(({ letter: { messageId, runId }, queueClass, error }) =>
			error === undefined ? [{ messageId, ...(runId === undefined ? {} : { runId }), queueClass }] : [],
		),
		failed: outcomes.flatMap(({ letter: { messageId }, error }) => (error === undefined ? [] : [{ messageId, error }])),
		cameBack,
		missing: (ids ?? []).filter((id) => !found.has(id)),
		left,
	};
}

interface Outcome {
	readonly letter: Letter;
	readonly queueClass: string;
	readonly error: string | undefined;
}

/** Where a letter's job is performed now; what names no known job goes back to where it came from. */
function homeOf({ catalogue, platform, queueClass }: RedriveRequest, letter: Letter): string {
	const home = letter.job === undefined ? undefined : catalogue.findJob(letter.job)?.queueClass.name;
	return home !== undefined && home in platform.address.queues ? home : queueClass;
}

async function sendBack(request: RedriveRequest, letters: readonly Letter[]): Promise<readonly Outcome[]> {
	const outcomes: Outcome[] = [];
	const byClass = Map.groupBy(letters, (letter) => homeOf(request, letter));
	for (const [queueClass, group] of byClass) {
		const ready: { readonly letter: Letter; readonly message: OutgoingMessage }[] = [];
		for (const letter of group) {
			try {
				const body = await originalBody(request.platform.blobs, letter);
				ready.push({ letter, message: { body, ...fairGroup(letter) } });
			} catch (error) {
				if (!(error instanceof MillraceError)) throw error;
				outcomes.push({ letter, queueClass, error: error.message });
			}
		}
		const results = await request.platform.queue.sendMany(
			{ queueClass, queue: "main" },
			ready.map(({ message }) => message),
		);
		for (const [index, { letter }] of ready.entries()) {
			const result = results[index];
			const error = result?.sent === true ? undefined : (result?.error ?? "SQS gave no answer for it");
			outcomes.push({ letter, queueClass, error });
		}
	}
	return outcomes;
}

/** The tenant's share stays the tenant's. */
function fairGroup(letter: Letter): Pick<OutgoingMessage, "messageGroupId"> {
	const { tenant } = letter.fields;
	return typeof tenant === "string" && tenant !== "" ? { messageGroupId: messageGroupOf(tenant) } : {};
}

/** SQS itself moved this one here, as it was sent: if its id was to be the SQS message's, another message must say so to be the same run. */
function withRunId(letter: Letter): string {
	const { id, key, job } = letter.fields;
	if (letter.reason !== RECEIVE_LIMIT || job === undefined || id !== undefined || key !== undefined) return letter.body;
	return toMessageText({ ...letter.fields, id: letter.messageId });
}

/** The body as it was before it was moved out of the letter, if it was. @throws MillraceError `input-reference-missing` */
export async function originalBody(blobs: Platform["blobs"], letter: Letter): Promise<string> {
	if (letter.movedTo === undefined) return withRunId(letter);
	const text = await blobs.get(letter.movedTo);
	if (text !== undefined) return text;
	throw new MillraceError(
		"input-reference-missing",
		`The body of letter ${letter.messageId} is no longer in the bucket under ${letter.movedTo}. Purge the letter, and send the message anew.`,
		{ details: { key: letter.movedTo } },
	);
}
