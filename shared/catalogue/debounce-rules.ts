/** The rules of debounced jobs. */
import { DEBOUNCE_SECONDS_MAX, DEBOUNCE_TOTAL_SECONDS_MAX } from "../job/debounce.ts";
import type { JobDefinition } from "../job/define-job.ts";
import { hasField, type Rule, range } from "./rule.ts";

export const debounceRules: readonly Rule<JobDefinition>[] = [
	range("debounce.seconds", ({ debounce }) => debounce?.seconds ?? 1, 1, DEBOUNCE_SECONDS_MAX),
	{
		holds: ({ debounce }) =>
			debounce?.maxSeconds === undefined ||
			(Number.isInteger(debounce.maxSeconds) &&
				debounce.maxSeconds >= debounce.seconds &&
				debounce.maxSeconds <= DEBOUNCE_TOTAL_SECONDS_MAX),
		problem: ({ debounce }) =>
			`debounce.maxSeconds must be a whole number from debounce.seconds (${debounce?.seconds}) to ${DEBOUNCE_TOTAL_SECONDS_MAX}; got ${debounce?.maxSeconds}`,
	},
	{
		holds: ({ debounce, input }) =>
			debounce?.per === undefined || debounce.per === "tenant" || hasField(input, debounce.per),
		problem: ({ debounce }) =>
			`debounce.per must be "tenant" or "input.<field>" with a field of the input schema; got "${debounce?.per}"`,
	},
];
