/**
 * The checkpoints of one leg: kept in memory, stored at most once a second, the last one when the leg or the attempt ends. A checkpoint
 * close to the end of the leg ends it, by throwing through the implementation.
 */
import { MillraceError } from "../kernel/errors.ts";
import { INLINE_CURSOR_BYTES_MAX, MESSAGE_DEPTH_MAX } from "../kernel/limits.ts";
import type { EpochMs } from "../kernel/time.ts";
import { toJson } from "../kernel/to-json.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { FollowUp, StoredResult } from "../ports/job-store.ts";
import type { CachePlace } from "./cache/look-up.ts";
import type { FollowUpCollector } from "./collect-follow-ups.ts";
import { storeJson } from "./store-result.ts";

const intervalMs = 1000;

/** Thrown by `ctx.checkpoint` when the attempt shall go on in another leg. Not an Error: a job that handles errors should let it through. */
export const nextLeg = Symbol("millrace: the attempt goes on in its next leg");

/** What a checkpoint holds. */
export interface Checkpoint {
	readonly cursor: unknown;
	readonly followUps?: readonly FollowUp[];
	/** Under what the result may be cached, of an attempt that goes on from here: the one that is known from before any of its work. */
	readonly cachePlace?: CachePlace;
}

export interface Checkpoints {
	/** @throws nextLeg; MillraceError `undeclared-checkpoint`, `checkpoint-invalid`; what `write` throws. */
	save(cursor: unknown): Promise<void>;
	/** The latest of this leg, put where it can be stored. `undefined` when there was none. @throws MillraceError `blob-failed` */
	latest(): Promise<StoredResult | undefined>;
	/** Whether this leg made one. */
	made(): boolean;
}

export function createCheckpoints(options: {
	readonly job: { readonly name: string; readonly checkpoints: boolean };
	readonly clock: Clock;
	readonly blobs: BlobStore;
	/** A checkpoint from here on ends the leg. */
	readonly shortFrom: EpochMs;
	readonly write: (cursor: StoredResult) => Promise<void>;
	/** What the attempt has enqueued so far: it goes with the checkpoint, since the work that enqueued it is not done again. */
	readonly collected: () => ReturnType<FollowUpCollector["collected"]>;
	readonly cachePlace: () => CachePlace | undefined;
}): Checkpoints {
	const { job, clock, blobs, shortFrom, write, collected, cachePlace } = options;
	let json: string | undefined;
	let writtenAt: EpochMs | undefined;
	async function store(cursorJson: string): Promise<StoredResult> {
		const { followUps, blobs: inputs } = collected();
		await Promise.all(inputs.map(({ key, text }) => blobs.put(key, text)));
		const more = followUps.length === 0 ? "" : `,"followUps":${JSON.stringify(followUps)}`;
		const place = cachePlace();
		const where = place === undefined ? "" : `,"cachePlace":${JSON.stringify(place)}`;
		return storeJson(blobs, "checkpoints", `{"cursor":${cursorJson}${more}${where}}`, INLINE_CURSOR_BYTES_MAX);
	}

	return {
		async save(cursor) {
			json = toCursorJson(job, cursor);
			const now = clock.now();
			if (now >= shortFrom) throw nextLeg;
			if (writtenAt !== undefined && now - writtenAt < intervalMs) return;
			writtenAt = now;
			await write(await store(json));
		},
		latest: async () => (json === undefined ? undefined : store(json)),
		made: () => json !== undefined,
	};
}

function toCursorJson(job: { readonly name: string; readonly checkpoints: boolean }, cursor: unknown): string {
	if (!job.checkpoints) {
		throw new MillraceError(
			"undeclared-checkpoint",
			`${job.name} calls ctx.checkpoint, and its definition does not say \`checkpoints: true\`; add it, so that its time limits may span several legs.`,
		);
	}
	const copied = toJson(cursor, MESSAGE_DEPTH_MAX);
	const text = copied.ok ? JSON.stringify(copied.json) : undefined;
	if (text !== undefined) return text;
	const problem = copied.ok ? "it is no JSON value" : copied.flaw.kind;
	throw new MillraceError(
		"checkpoint-invalid",
		`The checkpoint of ${job.name} can't be stored: ${problem}. Give a plain JSON value.`,
	);
}
