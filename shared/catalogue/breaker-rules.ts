/** The rules of circuit breakers. */
import type { BreakerPolicy } from "../job/breaker.ts";
import { errorClasses } from "../job/error-class.ts";
import type { QueueClassDefinition } from "../job/queue-class.ts";
import { BREAKER_OPEN_SECONDS_MAX } from "../kernel/limits.ts";
import { type Rule, range } from "./rule.ts";

const unknownIn = ({ errorClasses: given }: BreakerPolicy): readonly string[] =>
	given.filter((name) => !errorClasses.includes(name));

/** Holds for a class without one. */
const ofBreaker = (rule: Rule<BreakerPolicy>): Rule<QueueClassDefinition> => ({
	holds: ({ breaker }, lists) => breaker === false || rule.holds(breaker, lists),
	problem: ({ breaker }, lists) => (breaker === false ? "" : rule.problem(breaker, lists)),
});

const rules: readonly Rule<BreakerPolicy>[] = [
	range("breaker.failuresMin", ({ failuresMin }) => failuresMin, 1, 10_000),
	{
		holds: ({ ratio }) => ratio > 0 && ratio <= 1,
		problem: ({ ratio }) => `breaker.ratio must be above 0 and at most 1; got ${ratio}`,
	},
	range("breaker.windowSeconds", ({ windowSeconds }) => windowSeconds, 1, 3600),
	range("breaker.openSeconds", ({ openSeconds }) => openSeconds, 1, BREAKER_OPEN_SECONDS_MAX),
	{
		holds: ({ openSeconds, openSecondsMax: most }) =>
			Number.isInteger(most) && most >= openSeconds && most <= BREAKER_OPEN_SECONDS_MAX,
		problem: ({ openSeconds, openSecondsMax }) =>
			`breaker.openSecondsMax must be a whole number from breaker.openSeconds (${openSeconds}) to ${BREAKER_OPEN_SECONDS_MAX}; got ${openSecondsMax}`,
	},
	{
		holds: (breaker) => breaker.errorClasses.length > 0 && unknownIn(breaker).length === 0,
		problem: (breaker) =>
			`breaker.errorClasses must be at least one of ${errorClasses.join(", ")}; got ${breaker.errorClasses.length === 0 ? "none" : unknownIn(breaker).join(", ")}`,
	},
];

export const breakerRules: readonly Rule<QueueClassDefinition>[] = rules.map(ofBreaker);
