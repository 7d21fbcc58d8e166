/** An operator's orders to a class: a class that is said to be paused hands nothing out until somebody resumes it, and a purge empties its queue and no other. */
import type { CheckerKind } from "./checker.ts";

/** AWS takes a minute at most, and the answer is given after two. */
export const classOperated: CheckerKind = {
	promise: "operating",
	create(_world, broken) {
		const paused = new Set<string>();
		/** Orders under way, by class: with several at once, the last to land counts. */
		const orders = new Map<string, number>();
		const disputed = new Set<string>();
		return {
			observe(seen) {
				if (seen.kind === "switching") {
					paused.delete(seen.queueClass);
					const underWay = (orders.get(seen.queueClass) ?? 0) + 1;
					orders.set(seen.queueClass, underWay);
					if (underWay > 1) disputed.add(seen.queueClass);
				}
				if (seen.kind === "switched") {
					orders.set(seen.queueClass, (orders.get(seen.queueClass) ?? 1) - 1);
					if (disputed.has(seen.queueClass)) return;
					if (seen.state === "paused") paused.add(seen.queueClass);
					if (seen.state !== seen.to)
						broken(
							seen.queueClass,
							`${seen.queueClass} was to be ${seen.to}, and the answer is that it is ${seen.state}`,
						);
				}
				if (seen.kind === "handed out" && paused.has(seen.queueClass))
					broken(seen.queueClass, `${seen.queueClass} is paused and hands out ${seen.messageIds.join(", ")}`);
				if (seen.kind === "removed" && seen.purged === true && seen.target.queue !== "main")
					broken(seen.messageId, `the purge of a class's queue took the dead letter ${seen.messageId}`);
				if (seen.kind === "purged" && seen.left > 0)
					broken(seen.queueClass, `a purge of ${seen.queueClass} left ${seen.left} messages`);
			},
		};
	},
};
