/** Faults in circuit breakers: what becomes of the runs that they hold back. */
import type { Mutant } from "./mutant.ts";

export const breakerMutants: readonly Mutant[] = [
	{
		name: "held-back-and-forgotten",
		what: "a run that a breaker holds back is acknowledged, and not sent on",
		file: "shared/engine/breaker/hold-back.ts",
		find: "await sendNext(parts, calls.send, [{ ...next, message: { ...next.message, breaker } }]);",
		replace: "",
	},
	{
		name: "held-back-spends-an-attempt",
		what: "a run that a breaker holds back comes again as its next attempt",
		file: "shared/engine/breaker/hold-back.ts",
		find: "\t\tattempt: of.attempt,\n\t\tgeneration",
		replace: "\t\tattempt: of.attempt + 1,\n\t\tgeneration",
	},
	{
		name: "breaker-fails-runs",
		what: "a run is kept in its queue when the breaker's item can't be reached",
		file: "shared/engine/breaker/breaker.ts",
		find: "failed(error);\n",
		replace: "throw error;\n",
	},
];
