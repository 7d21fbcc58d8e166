/**
 * What the runs of one worker process share: a connection pool, an HTTP client, a model in memory. It is started when it is first asked for and
 * stopped when the process is told to end, the latest first.
 *
 * States: (absent) → starting → started → (absent). All who ask while it is starting get the same value, or the same error; after an error
 * the next one who asks starts it again.
 */
import { type ErrorClass, JobError } from "./error-class.ts";

export interface Resource<Value> {
	readonly name: string;
	/** The value; starts it where nobody has. @throws what `start` threw if that is a JobError, else one that is retried, of the resource's `errorClass` */
	get(): Promise<Value>;
}

export interface ResourceOptions<Value> {
	/** For logs and errors. */
	readonly name: string;
	/** At most one call at a time in a process. It may ask other resources, which are then stopped after this one. */
	readonly start: () => Value | Promise<Value>;
	/** Called once for each value that was started, when no batch is under way any more. What it throws is logged. Default: nothing. */
	readonly stop?: (value: Value) => void | Promise<void>;
	/** Of the error that an attempt has when it can't be started. Default `system`. */
	readonly errorClass?: ErrorClass;
}

interface Started {
	readonly name: string;
	readonly stop: () => Promise<void>;
}

/** Of this process, in the order in which they were ready. */
const started: Started[] = [];
const starting = new Set<Promise<unknown>>();
let watcher: (() => void) | undefined;
const replacements = new Map<Resource<unknown>, { readonly value: unknown }>();

/** Starts nothing yet. */
export function defineResource<Value>(options: ResourceOptions<Value>): Resource<Value> {
	const { name } = options;
	let current: Promise<Value> | undefined;

	async function start(): Promise<Value> {
		try {
			const value = await options.start();
			const stop = async (): Promise<void> => {
				current = undefined;
				await options.stop?.(value);
			};
			started.push({ name, stop });
			return value;
		} catch (error) {
			throw error instanceof JobError ? error : cannotStart(options, error);
		}
	}
	function begin(): Promise<Value> {
		watcher?.();
		const begun = start();
		starting.add(begun);
		const done = (): void => void starting.delete(begun);
		// Before any of those who wait for it goes on.
		begun.then(done, () => {
			done();
			current = undefined;
		});
		return begun;
	}

	const resource: Resource<Value> = {
		name,
		async get() {
			const replacement = replacements.get(resource);
			if (replacement !== undefined) return replacement.value as Value;
			current ??= begin();
			return current;
		},
	};
	return resource;
}

const cannotStart = (
	{ name, errorClass = "system" }: Pick<ResourceOptions<unknown>, "name" | "errorClass">,
	cause: unknown,
): JobError =>
	new JobError(
		errorClass,
		`Resource "${name}" could not be started: ${cause instanceof Error ? cause.message : String(cause)}`,
		{ cause, retryable: true },
	);

/** For tests: `get` answers this value, and nothing is started, until the returned function is called. */
export function replaceResource<Value>(resource: Resource<Value>, value: Value): () => void {
	const before = replacements.get(resource);
	replacements.set(resource, { value });
	return () => {
		if (before === undefined) replacements.delete(resource);
		else replacements.set(resource, before);
	};
}

/** Is called with each start of a resource of this process, before it. */
export function whenResourceStarts(tell: () => void): void {
	watcher = tell;
	if (started.length > 0 || starting.size > 0) tell();
}

/** Stops all that were started, the latest first, each when the one before is stopped. Never rejects. */
export async function stopResources(failed: (name: string, error: unknown) => void): Promise<void> {
	await Promise.allSettled(starting);
	for (let one = started.pop(); one !== undefined; one = started.pop()) {
		try {
			await one.stop();
		} catch (error) {
			failed(one.name, error);
		}
	}
}
