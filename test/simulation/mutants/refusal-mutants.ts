/** Faults in what becomes of a run when its message can't be taken any more, after a deploy. */
import type { Mutant } from "./mutant.ts";

const refuse = "shared/engine/refuse-message.ts";

export const refusalMutants: readonly Mutant[] = [
	{
		name: "refusal-tells-its-own-reason",
		what: "the letter of a run that had failed before tells why its message was refused since",
		file: refuse,
		find: "= recorded?.before ?? {",
		replace: "= {",
	},
	{
		name: "refusal-forgets-aliases",
		what: "a refusal takes a run that began under its job's old name for another job's",
		file: refuse,
		find: "isForNextAttempt(refusal, blocker) && (isJobOf(blocker, run) || isUnknown);",
		replace: "isForNextAttempt(refusal, blocker) && blocker.job === run.job;",
	},
	{
		name: "refusal-forgets-the-wait",
		what: "a refusal takes a message that was sent on to wait for a stranger's, though its run began by the one that it stands for",
		file: refuse,
		find: "carrierOf(refusal.readable?.fields, delivered.messageId)",
		replace: "delivered.messageId",
	},
];
