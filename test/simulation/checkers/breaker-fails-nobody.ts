/** Circuit breakers: no run suffers from it that its class's breaker can't be asked. That those that are held back lose nothing and spend nothing, the other checkers see. */
import { breakersFailed } from "../fault-points.ts";
import type { CheckerKind } from "./checker.ts";

export const breakerFailsNobody: CheckerKind = {
	promise: "breaker",
	create(_world, broken) {
		return {
			observe(seen) {
				if (seen.kind === "message kept" && seen.why.includes(breakersFailed))
					broken(seen.messageId, `${seen.worker} keeps ${seen.messageId} because a breaker could not be asked`);
			},
		};
	},
};
