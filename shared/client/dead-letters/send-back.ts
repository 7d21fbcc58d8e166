/** One page of dead letters back into the queues of their jobs: each body as it is, or with an edited input. Leaves to others: which, how fast, and deleting them. */
import type { Catalogue } from "../../catalogue/define-catalogue.ts";
import { checkAgain } from "../../engine/enqueue-again.ts";
import { editMessage } from "../../engine/enqueue-edited.ts";
import { packMessage } from "../../engine/pack-message.ts";
import { siblingsOf } from "../../job/route-run.ts";
import { MillraceError } from "../../kernel/errors.ts";
import { runIdFromKey, runIdOfTick } from "../../kernel/ids.ts";
import { toMessageText } from "../../kernel/json.ts";
import { parseIso } from "../../kernel/time.ts";
import type { Platform } from "../../ports/platform.ts";
import type { OutgoingMessage } from "../../ports/queue.ts";
import { messageGroupOf } from "../../wire/message-group.ts";
import { type Letter, parseFields, RECEIVE_LIMIT, referenceOf } from "./letter.ts";

/**
 * Gives the input to send instead of the one that failed, `{}` where the message had none, `undefined` where it is no longer in the bucket.
 * May throw a MillraceError: its letter then stays where it is.
 */
export type EditInput = (input: unknown) => unknown;

export interface SendBackParts {
	readonly platform: Pick<Platform, "queue" | "blobs" | "address" | "clock">;
	readonly catalogue: Pick<Catalogue, "jobs" | "findJob" | "workerGroups">;
	/** In whose dead-letter queue the letters lie. */
	readonly queueClass: string;
	/** Default: inputs stay as they are. */
	readonly edit: EditInput | undefined;
}

export interface SentBack {
	readonly letter: Letter;
	readonly queueClass: string;
	/** Why it was not sent. */
	readonly error?: {
		readonly message: string /** It can't be sent as it is: trying again won't help. */;
		readonly refused: boolean;
	};
}

interface Ready {
	readonly letter: Letter;
	readonly queueClass: string;
	readonly message: OutgoingMessage;
}

export async function sendBack(parts: SendBackParts, letters: readonly Letter[]): Promise<readonly SentBack[]> {
	const outcomes: SentBack[] = [];
	const ready: Ready[] = [];
	for (const letter of letters) {
		try {
			ready.push(await makeReady(parts, letter));
		} catch (error) {
			if (!(error instanceof MillraceError)) throw error;
			outcomes.push({
				letter,
				queueClass: homeOf(parts, letter),
				error: { message: `${error.code}: ${error.message}`, refused: true },
			});
		}
	}
	for (const [queueClass, group] of Map.groupBy(ready, (one) => one.queueClass)) {
		const messages = group.map(({ message }) => message);
		const results = await parts.platform.queue.sendMany({ queueClass, queue: "main" }, messages);
		for (const [index, { letter }] of group.entries()) {
			const result = results[index];
			if (result?.sent === true) outcomes.push({ letter, queueClass });
			else
				outcomes.push({
					letter,
					queueClass,
					error: { message: result?.error ?? "SQS gave no answer for it", refused: false },
				});
		}
	}
	return outcomes;
}

async function makeReady(parts: SendBackParts, letter: Letter): Promise<Ready> {
	const { blobs, clock } = parts.platform;
	const body = await originalBody(blobs, letter);
	if (parts.edit === undefined) {
		checkAgain(parts.catalogue, body, clock.now());
		return { letter, queueClass: homeOf(parts, letter), message: { body, ...fairGroup(letter) } };
	}
	const fields = parseFields(body);
	if (fields === undefined) {
		throw new MillraceError(
			"message-not-an-object",
			"Its body is no JSON object, so it has no input that could be edited.",
		);
	}
	const was = await inputIn(blobs, fields);
	const pinned = { ...fields, id: fields["id"] ?? letter.runId ?? nameOf(parts, letter, fields) };
	const edited = editMessage({ catalogue: parts.catalogue, fields: pinned, was, input: parts.edit(was) });
	const packed = packMessage(edited);
	checkAgain(parts.catalogue, packed.body, clock.now());
	for (const blob of [edited.original, packed.blob]) if (blob !== undefined) await blobs.put(blob.key, blob.text);
	return { letter, queueClass: homeOf(parts, letter), message: { body: packed.body, ...fairGroup(letter) } };
}

async function inputIn(blobs: Platform["blobs"], fields: Readonly<Record<string, unknown>>): Promise<unknown> {
	const reference = referenceOf(fields["inputRef"]);
	if (reference === undefined) return fields["input"] ?? {};
	const text = await blobs.get(reference.key);
	return text === undefined ? undefined : JSON.parse(text);
}

/** A run stays in its class, as long as that feeds the workers of its job; else it goes to the job's own. What names no known job stays where it is. */
function homeOf({ catalogue, platform, queueClass }: SendBackParts, letter: Letter): string {
	const job = letter.job === undefined ? undefined : catalogue.findJob(letter.job);
	if (job === undefined || siblingsOf(catalogue, job.queueClass).some(({ name }) => name === queueClass))
		return queueClass;
	return job.queueClass.name in platform.address.queues ? job.queueClass.name : queueClass;
}

/** The tenant's share stays the tenant's. */
function fairGroup(letter: Letter): Pick<OutgoingMessage, "messageGroupId"> {
	const { tenant } = letter.fields;
	return typeof tenant === "string" && tenant !== "" ? { messageGroupId: messageGroupOf(tenant) } : {};
}

/** Which run a letter is about that SQS moved here as it was sent: the worker that it never reached would have called it so. */
function nameOf({ catalogue }: SendBackParts, letter: Letter, fields: Readonly<Record<string, unknown>>): string {
	const { key, schedule } = fields;
	const job = catalogue.findJob(typeof fields["job"] === "string" ? fields["job"] : "");
	if (job !== undefined && typeof key === "string") return runIdFromKey(job.name, key);
	const { name, at } = (schedule ?? {}) as Readonly<Record<string, unknown>>;
	const tickAt = typeof at === "string" ? parseIso(at) : undefined;
	return typeof name === "string" && tickAt !== undefined ? runIdOfTick(name, tickAt) : letter.messageId;
}

/**
 * SQS itself moved this one here, as it was sent: if its id was to be the SQS message's, another message must say so to be the same run. And
 * whoever redrives a run wants it done, however late: no deadline of its producer ends it then.
 */
function asSent(letter: Letter): string {
	const { expiresAt, ...fields } = letter.fields;
	const { id, key, schedule, job } = fields;
	const isNamed = job === undefined || [id, key, schedule].some((name) => name !== undefined);
	if (letter.reason === RECEIVE_LIMIT && !isNamed) return toMessageText({ ...fields, id: letter.messageId });
	return expiresAt === undefined ? letter.body : toMessageText(fields);
}

/** The body as it was before it was moved out of the letter, if it was. @throws MillraceError `input-reference-missing` */
async function originalBody(blobs: Platform["blobs"], letter: Letter): Promise<string> {
	if (letter.movedTo === undefined) return asSent(letter);
	const text = await blobs.get(letter.movedTo);
	if (text !== undefined) return text;
	throw new MillraceError(
		"input-reference-missing",
		`The body of letter ${letter.messageId} is no longer in the bucket under ${letter.movedTo}. Purge the letter, and send the message anew.`,
		{ details: { key: letter.movedTo } },
	);
}
