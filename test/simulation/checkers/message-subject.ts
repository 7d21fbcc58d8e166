/** What a message is about, read as the contract says and without the engine: the checkers' own idea of it. */
import { createHash } from "node:crypto";

interface Told {
	readonly body: string;
	readonly messageId: string;
}

export interface Subject {
	/** Of the run that it names, by id, key or its own message id. */
	readonly runId: string;
	readonly generation: number;
	readonly attempt: number;
	/** The wish that it came from, and its number: what tells one input from another. `undefined` when it holds no such input. */
	readonly request: string | undefined;
	readonly body: Readonly<Record<string, unknown>>;
}

/** Of a world: where large inputs are. */
interface Bucket {
	readonly blobs: { readonly blobs: ReadonlyMap<string, string> };
}

/** A message is asked about many times, and stays as it is. */
const known = new WeakMap<Bucket, Map<string, Subject | undefined>>();

/** `undefined` for what can't be read. */
export function subjectOf(world: Bucket, told: Told): Subject | undefined {
	const ofWorld = known.get(world) ?? new Map<string, Subject | undefined>();
	known.set(world, ofWorld);
	if (!ofWorld.has(told.messageId)) ofWorld.set(told.messageId, read(world, told));
	return ofWorld.get(told.messageId);
}

function read({ blobs }: Bucket, { body, messageId }: Told): Subject | undefined {
	let value: unknown;
	try {
		value = JSON.parse(body);
	} catch {
		return undefined;
	}
	if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
	const fields = value as Readonly<Record<string, unknown>> & { readonly inputRef?: { readonly key: unknown } };
	const { id, key, job, generation, attempt, input, inputRef } = fields;
	const tick = tickIn(fields);
	const named = tick === undefined ? messageId : tickRunId(tick.name, tick.at);
	return {
		runId: typeof id === "string" ? id : typeof key === "string" ? keyedRunId(String(job), key) : named,
		generation: typeof generation === "number" ? generation : 1,
		attempt: typeof attempt === "number" ? attempt : 1,
		request: requestOf(inputRef === undefined ? input : JSON.parse(blobs.blobs.get(String(inputRef.key)) ?? "null")),
		body: fields,
	};
}

/** `12 #3`: wish and number. */
export const requestOf = (input: unknown): string | undefined =>
	typeof input === "object" && input !== null && "request" in input && "n" in input
		? `${input.request} #${input.n}`
		: undefined;

export const keyedRunId = (job: string, key: string): string =>
	`k-${createHash("sha256")
		.update(JSON.stringify([job, key]))
		.digest("hex")
		.slice(0, 40)}`;

export interface ToldTick {
	readonly name: string;
	/** Epoch milliseconds of the time that it is scheduled for. */
	readonly at: number;
	readonly backfill: boolean;
	/** Its policies have been asked. */
	readonly admitted: boolean;
}

export function tickIn({ schedule }: Readonly<Record<string, unknown>>): ToldTick | undefined {
	if (typeof schedule !== "object" || schedule === null) return undefined;
	const { name, at, backfill, admitted } = schedule as Readonly<Record<string, unknown>>;
	return { name: String(name), at: Date.parse(String(at)), backfill: backfill === true, admitted: admitted === true };
}

export const tickRunId = (name: string, at: number): string =>
	`s-${createHash("sha256")
		.update(JSON.stringify([name, at]))
		.digest("hex")
		.slice(0, 40)}`;

const poisonMark = /<poison [^>]*>/;
/** The mark that a poisonous message carries. */
export const poisonIn = (body: string): string | undefined => poisonMark.exec(body)?.[0];
/** In the mark of what is refused only because its time is over. */
export const lateMark = ", too late";
