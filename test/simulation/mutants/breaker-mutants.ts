/** Faults in circuit breakers: what becomes of the runs that they hold back. */
import type { Mutant } from "./mutant.ts";

export const breakerMutants: readonly Mutant[] = [
	{
		name: "held-back-and-forgotten",
		what: "a run that a breaker holds back is acknowledged, and not sent on",
		file: "shared/engine/breaker/hold-back.ts",
		find: 'await sendLater(scene, carried, "breaker", { attempt: of.attempt, notBefore }, { breaker });',
		replace: "",
	},
	{
		name: "held-back-spends-an-attempt",
		what: "a run that a breaker holds back comes again as its next attempt",
		file: "shared/engine/breaker/hold-back.ts",
		find: "{ attempt: of.attempt, notBefore }",
		replace: "{ attempt: of.attempt + 1, notBefore }",
	},
	{
		name: "breaker-fails-runs",
		what: "a run is kept in its queue when the breaker's item can't be reached",
		file: "shared/engine/breaker/breaker.ts",
		find: "failed(error);\n",
		replace: "throw error;\n",
	},
];
