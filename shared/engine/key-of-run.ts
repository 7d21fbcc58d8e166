/** What a run is counted under where limits are counted apart: its tenant, or a field of its input. Pure. */
import type { RateLimitKey } from "../job/rate-limit.ts";

/** `undefined` for a run without it. @param input as the job's schema has read it. */
export function keyOfRun(
	per: RateLimitKey,
	message: { readonly tenant?: string | undefined },
	input: unknown,
): unknown {
	if (per === "tenant") return message.tenant;
	const field = per.slice("input.".length);
	return typeof input === "object" && input !== null
		? Object.entries(input).find(([name]) => name === field)?.[1]
		: undefined;
}
