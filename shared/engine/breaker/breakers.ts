/** The breakers that one worker knows, each made when a message of its class comes first. They outlive invocations: what a worker knows spares it asking. */
import type { QueueClassDefinition } from "../../job/queue-class.ts";
import { type Breaker, type BreakerParts, createBreaker } from "./breaker.ts";

export interface Breakers {
	/** `undefined` for a class without one. */
	of(queueClass: string): Breaker | undefined;
}

export function createBreakers(
	parts: BreakerParts,
	catalogue: { findQueueClass(name: string): Pick<QueueClassDefinition, "breaker"> | undefined },
): Breakers {
	const known = new Map<string, Breaker | undefined>();
	return {
		of(queueClass) {
			const policy = catalogue.findQueueClass(queueClass)?.breaker;
			if (policy === undefined || policy === false) return undefined;
			const breaker = known.get(queueClass) ?? createBreaker(parts, queueClass, policy);
			known.set(queueClass, breaker);
			return breaker;
		},
	};
}
