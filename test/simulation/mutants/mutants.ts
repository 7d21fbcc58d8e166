/** All planted faults. One that can't be planted any more, because the code changed, is planted anew where the same mistake could be made today. */
import { breakerMutants } from "./breaker-mutants.ts";
import { claimMutants } from "./claim-mutants.ts";
import { featureMutants } from "./feature-mutants.ts";
import { gatheringMutants } from "./gathering-mutants.ts";
import { limitMutants } from "./limit-mutants.ts";
import { messageMutants } from "./message-mutants.ts";
import type { Mutant } from "./mutant.ts";
import { outcomeMutants } from "./outcome-mutants.ts";
import { refusalMutants } from "./refusal-mutants.ts";
import { scheduleMutants } from "./schedule-mutants.ts";

export const mutants: readonly Mutant[] = [
	...claimMutants,
	...outcomeMutants,
	...messageMutants,
	...limitMutants,
	...breakerMutants,
	...featureMutants,
	...gatheringMutants,
	...refusalMutants,
	...scheduleMutants,
];
