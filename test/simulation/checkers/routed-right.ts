/** Routing: a run goes through the class that the rules say, when a producer's client sends it and when another run enqueues it; what follows stays with its group. */
import { isOfBulk } from "../jobs.ts";
import { isInAHurry } from "../routes.ts";
import type { CheckerKind } from "./checker.ts";
import { poisonIn, subjectOf } from "./message-subject.ts";

export const routedRight: CheckerKind = {
	promise: "routing",
	create(world, broken) {
		return {
			observe(seen) {
				if (!world.features.siblings || (seen.kind !== "sent" && seen.kind !== "accepted")) return;
				if (seen.target.queue !== "main" || poisonIn(seen.body) !== undefined) return;
				const subject = subjectOf(world, seen);
				if (subject?.request === undefined) return;
				const { body, runId, request } = subject;
				const job = String(body["job"]);
				const { queueClass } = seen.target;
				if (isOfBulk(job) !== (queueClass === "bulk"))
					broken(runId, `${runId}, a run of ${job}, is sent to ${queueClass}, whose workers don't perform it`);
				// By hand, a producer sends where it likes; what is sent on stays where it is; a schedule comes back to its class.
				const isByEngine =
					seen.kind === "sent" &&
					request.includes("+") &&
					!["generation", "attempt", "leg", "hops", "ticket", "line"].some((field) => body[field] !== undefined);
				if (!isByEngine && !(seen.kind === "accepted" && "v" in body)) return;
				const n = Number(request.split("#")[1]);
				const hurries =
					world.features.routed && isInAHurry({ job, n, tenant: body["tenant"], priority: body["priority"] });
				const right = isOfBulk(job) ? "bulk" : hurriesOrNot(hurries || isUrgent(body["priority"]));
				if (queueClass !== right)
					broken(runId, `${runId} (${request}) is sent to ${queueClass}; its class is ${right}`);
			},
		};
	},
};

const hurriesOrNot = (hurries: boolean): string => (hurries ? "express" : "standard");
/** The second class serves these, rules or not. */
const isUrgent = (priority: unknown): boolean => typeof priority === "number" && priority >= 7;
