/** Checks, packs and sends runs. Nothing leaves before every item has passed; nothing that stays unsent goes unnamed. */
import { buildEnqueue } from "../engine/enqueue.ts";
import type { EnqueueOptions } from "../engine/enqueue-options.ts";
import { type PackedMessage, packMessage } from "../engine/pack-message.ts";
import type { JobDefinition } from "../job/define-job.ts";
import { type ErrorCode, invariant, MillraceError } from "../kernel/errors.ts";
import { type RunId, runId } from "../kernel/ids.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { OutgoingMessage, SendResult } from "../ports/queue.ts";
import type { JobMessage } from "../wire/job-message.ts";
import type { ClientParts, Enqueued } from "./client-parts.ts";

type SendParts = Omit<ClientParts, "store">;

export interface RunToSend {
	readonly input: unknown;
	readonly options: EnqueueOptions;
	/** The tick of a schedule that it stands for. */
	readonly schedule?: JobMessage["schedule"];
}

interface ReadyRun {
	readonly id: RunId;
	readonly queueClass: string;
	readonly packed: PackedMessage;
	readonly outgoing: OutgoingMessage;
}

export async function sendRun(parts: SendParts, job: string | JobDefinition, run: RunToSend): Promise<Enqueued> {
	return deliver(parts, [makeReady(parts, job, run)]).then(firstOf);
}

export async function sendRuns(
	parts: SendParts,
	job: string | JobDefinition,
	runs: readonly RunToSend[],
): Promise<readonly Enqueued[]> {
	return deliver(parts, makeAllReady(parts, job, runs));
}

function makeReady(parts: SendParts, job: string | JobDefinition, { input, options, schedule }: RunToSend): ReadyRun {
	const built = buildEnqueue({
		catalogue: parts.catalogue,
		now: parts.clock.now(),
		job,
		input,
		options,
		schedule,
		// With a letter first: an id that begins with "-" would be taken for an option on a command line.
		fallbackId: runId(`r-${parts.random.token()}`),
	});
	const packed = packMessage(built);
	return {
		id: built.message.id,
		queueClass: built.queueClass,
		packed,
		outgoing: {
			body: packed.body,
			delaySeconds: built.delaySeconds,
			...(packed.messageGroupId === undefined ? {} : { messageGroupId: packed.messageGroupId }),
		},
	};
}

/** All of them, or one error that names every bad one (the first ten in words). */
function makeAllReady(parts: SendParts, job: string | JobDefinition, runs: readonly RunToSend[]): readonly ReadyRun[] {
	const ready: ReadyRun[] = [];
	const refused: { readonly index: number; readonly code: ErrorCode; readonly message: string }[] = [];
	for (const [index, run] of runs.entries()) {
		try {
			ready.push(makeReady(parts, job, run));
		} catch (error) {
			if (!(error instanceof MillraceError) || error.code === "unknown-job") throw error;
			refused.push({ index, code: error.code, message: error.message });
		}
	}
	const [first] = refused;
	if (first === undefined) return ready;
	const named = refused.slice(0, 10).map(({ index, message }) => `item ${index}: ${message}`);
	const more = refused.length > named.length ? `\nand ${refused.length - named.length} more items` : "";
	throw new MillraceError(
		first.code,
		`${refused.length} of ${runs.length} items were refused and nothing was sent.\n${named.join("\n")}${more}`,
		{ details: { items: refused } },
	);
}

async function deliver(parts: SendParts, runs: readonly ReadyRun[]): Promise<readonly Enqueued[]> {
	const [first] = runs;
	if (first === undefined) return [];
	await putBlobs(parts.blobs, runs);
	// All runs of one call are of one job, and so of one queue class.
	const results = await parts.queue.sendMany(
		{ queueClass: first.queueClass, queue: "main" },
		runs.map((run) => run.outgoing),
	);
	throwUnsent(runs, results);
	return runs.map(({ id }) => ({ id }));
}

const BLOBS_AT_ONCE = 4;

/** Before the messages: a message that refers to a blob never arrives ahead of it. Equal inputs are put once. */
async function putBlobs(blobs: BlobStore, runs: readonly ReadyRun[]): Promise<void> {
	const byKey = new Map(
		runs.flatMap(({ packed }) => (packed.blob === undefined ? [] : [[packed.blob.key, packed.blob]])),
	);
	const waiting = [...byKey.values()];
	const putRest = async (): Promise<void> => {
		for (let blob = waiting.pop(); blob !== undefined; blob = waiting.pop()) await blobs.put(blob.key, blob.text);
	};
	await Promise.all(Array.from({ length: Math.min(BLOBS_AT_ONCE, waiting.length) }, putRest));
}

function throwUnsent(runs: readonly ReadyRun[], results: readonly SendResult[]): void {
	invariant(results.length === runs.length, "the queue answers once for each message");
	const outcomes = runs.map(({ id }, index) => ({ index, id, result: results[index] }));
	const failed = outcomes.flatMap(({ index, id, result }) =>
		result?.sent === false ? [{ index, id, error: result.error }] : [],
	);
	const [first] = failed;
	if (first === undefined) return;
	const sent = outcomes.flatMap(({ index, id, result }) => (result?.sent === true ? [{ index, id }] : []));
	throw new MillraceError(
		"send-failed",
		`${failed.length} of ${runs.length} messages were not confirmed by SQS; the first: ${first.error}. Send those again under the ids in details.failed: one that did arrive is then the same run.`,
		{ details: { sent, failed } },
	);
}

function firstOf(enqueued: readonly Enqueued[]): Enqueued {
	const [first] = enqueued;
	invariant(first !== undefined, "one run was sent");
	return first;
}
