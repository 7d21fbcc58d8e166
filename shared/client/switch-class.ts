/** Pauses or resumes a queue class, and waits until AWS has done it. */
import type { Feeding } from "../ports/mapping-operator.ts";
import type { Platform } from "../ports/platform.ts";

export interface SwitchOptions {
	/** Kept with the pause, for whoever finds it. Default: none. */
	readonly reason?: string;
	/** How long to wait until it is done. 0 doesn't wait. Default 120. */
	readonly waitSeconds?: number;
	/** Stops waiting: the order stands. */
	readonly signal?: AbortSignal;
}

const ASK_AGAIN_MS = 1_000;
const WAIT_SECONDS_DEFAULT = 120;

export interface Switched extends Feeding {
	/** Why the class was paused before, where another reason has taken its place. */
	readonly replaced?: string;
}

/**
 * Pausing what is paused keeps its reason unless another is given.
 * @returns how the class stands: `changing` when it was not done in time. @throws MillraceError as `MappingOperator` does
 */
export async function switchClass(
	{ mappings, clock }: Pick<Platform, "mappings" | "clock">,
	queueClass: string,
	wanted: "paused" | "active",
	{ reason, waitSeconds = WAIT_SECONDS_DEFAULT, signal }: SwitchOptions = {},
): Promise<Switched> {
	const before = wanted === "paused" ? await mappings.read(queueClass) : undefined;
	const earlier = before?.reason;
	// Pausing it once more would say that it is paused since now.
	if (before?.state === "paused" && (reason === undefined || reason === earlier)) return before;
	await (wanted === "paused" ? mappings.pause(queueClass, reason ?? earlier) : mappings.resume(queueClass));
	const replaced = earlier === undefined || reason === undefined || reason === earlier ? {} : { replaced: earlier };
	const endMs = clock.now() + waitSeconds * 1000;
	for (;;) {
		const feeding = await mappings.read(queueClass);
		if (feeding.state === wanted || clock.now() >= endMs || signal?.aborted === true)
			return { ...feeding, ...replaced };
		await clock.sleep(ASK_AGAIN_MS, signal);
	}
}
