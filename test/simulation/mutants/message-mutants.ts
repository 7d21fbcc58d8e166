/** Faults in what is sent, refused, deferred and acknowledged: messages, letters, ids, batches. */
import type { Mutant } from "./mutant.ts";

const next = "shared/engine/next-messages.ts";
const refuse = "shared/engine/refuse-message.ts";
const handle = "shared/engine/handle-message.ts";
const batch = "shared/engine/run-batch.ts";
const batcher = "shared/engine/batcher.ts";

export const messageMutants: readonly Mutant[] = [
	{
		name: "no-dead-letter",
		what: "a failed run sends no dead letter",
		file: next,
		find: "return [deadLetterOf(carried, record, record.reason, record.error, record.endedAt)];",
		replace: "return [];",
	},
	{
		name: "letter-of-the-same-generation",
		what: "a dead letter does not carry the next generation",
		file: next,
		find: "generation: run.generation + 1,",
		replace: "generation: run.generation,",
	},
	{
		name: "letter-keeps-its-attempt",
		what: "a dead letter keeps the number of the attempt that failed",
		file: next,
		find: "		attempt: _attempt,\n		leg: _leg,",
		replace: "		leg: _leg,",
	},
	{
		name: "follow-ups-forgotten",
		what: "what a success enqueued is not sent",
		file: next,
		find: "return enqueuedBy(record.followUps);",
		replace: "return [];",
	},
	{
		name: "retry-of-the-same-attempt",
		what: "a retry's message carries the number of the attempt that failed",
		file: next,
		find: "		attempt,\n		...(next.leg",
		replace: "		attempt: carried.message.attempt ?? 1,\n		...(next.leg",
	},
	{
		name: "retry-without-delay",
		what: "a retry's message is sent without its delay",
		file: next,
		find: "message: sent, delaySeconds: waitSeconds, attributes: {} };",
		replace: "message: sent, delaySeconds: 0, attributes: {} };",
	},
	{
		name: "delay-rounded-down",
		what: "a delay loses its parts of a second",
		file: next,
		find: "Math.ceil((next.notBefore - now) / 1000)",
		replace: "Math.floor((next.notBefore - now) / 1000)",
	},
	{
		name: "long-wait-cut",
		what: "a wait beyond one SQS delay is cut to one",
		file: next,
		find: "if (waitSeconds <= SQS_DELAY_SECONDS_MAX) return { target, message: sent, delaySeconds: waitSeconds, attributes: {} };",
		replace:
			"if (waitSeconds >= 0) return { target, message: sent, delaySeconds: Math.min(waitSeconds, SQS_DELAY_SECONDS_MAX), attributes: {} };",
	},
	{
		name: "follow-up-id-by-chance",
		what: "the id of an enqueued run depends on when its attempt ran",
		file: "shared/engine/collect-follow-ups.ts",
		find: "about.generation}.$",
		replace: "about.now()}.$",
	},
	{
		name: "follow-ups-share-an-id",
		what: "runs enqueued by one run share an id",
		file: "shared/engine/collect-follow-ups.ts",
		find: "followUps.length}`",
		replace: "about.generation}`",
	},
	{
		name: "unsent-is-sent",
		what: "a message that could not be sent is taken for sent",
		file: "shared/engine/send-next.ts",
		find: "if (first === undefined) return;",
		replace: "if (first === undefined || results.length > 0) return;",
	},
	{
		name: "refused-without-letter",
		what: "what can't be read is dropped",
		file: refuse,
		find: 'throwUnsent([await context.send({ queueClass: context.queueClass, queue: "dead-letter" }, { body, attributes })]);',
		replace: "",
	},
	{
		name: "bad-message-ends-a-run",
		what: "a bad message under a run's id ends it",
		file: refuse,
		find: "if (!isCarrier && !isItsNext) return undefined;",
		replace: "",
	},
	{
		name: "refusal-ignores-the-lease",
		what: "a message that can't be read any more ends a run that performs",
		file: refuse,
		find: 'if ("leaseUntil" in blocker && blocker.leaseUntil > now) throw leaseHeld(id, blocker.leaseUntil);',
		replace: "",
	},
	{
		name: "refusal-takes-the-name",
		what: "a refused message fails in generation 1 and so holds its name against a sound one",
		file: refuse,
		find: "generation: generationOf(refusal) - 1,",
		replace: "generation: generationOf(refusal),",
	},
	{
		name: "refused-success-owes-nothing",
		what: "what a success owes is not sent when a deploy can't read its message any more",
		file: refuse,
		find: "await sendNext(parts, send, enqueuedBy(blocker.followUps));",
		replace: "",
	},
	{
		name: "failed-is-acknowledged",
		what: "a message whose handling failed is acknowledged",
		file: batch,
		find: "keep(message.messageId, (error as Error).message);",
		replace: "keep(message.messageId, (error as Error).message);\n\t\t\tfinished.add(message.messageId);",
	},
	{
		name: "failed-batch-write-passes",
		what: "a write that failed inside a batch is taken for made",
		file: batch,
		find: 'if ("failed" in result) throw result.failed;',
		replace: "",
	},
	{
		name: "answers-of-a-batch-mixed-up",
		what: "the calls of a batch get each other's answers",
		file: batcher,
		find: "entry.resolve(results[index] as Result);",
		replace: "entry.resolve(results[results.length - 1 - index] as Result);",
	},
	{
		name: "deferral-not-sent",
		what: "a message that must wait is let go without the one that comes back",
		file: "shared/engine/send-later.ts",
		find: "await sendNext(parts, calls.send, [{ ...next, message: { ...next.message, ...waited } }]);",
		replace: "",
	},
	{
		name: "deferral-counts-as-attempt",
		what: "waiting for notBefore spends an attempt",
		file: handle,
		find: "attempt: message.attempt ?? 1, notBefore",
		replace: "attempt: (message.attempt ?? 1) + 1, notBefore",
	},
	{
		name: "kept-is-acknowledged",
		what: "a message that must stay while its run performs is acknowledged",
		file: "shared/engine/without-performing.ts",
		find: "throw leaseHeld(id, verdict.until);",
		replace: "return;",
	},
	{
		name: "not-before-ignored",
		what: "a run begins before its notBefore",
		file: "shared/engine/admit.ts",
		find: "if (notBefore !== undefined && notBefore > now) return",
		replace: "if (notBefore !== undefined && notBefore > plusSeconds(now, 600)) return",
	},
	{
		name: "key-names-nothing",
		what: "messages under one key are runs of their own",
		file: "shared/engine/name-run.ts",
		find: "if (message.key !== undefined) return runIdFromKey(job.name, message.key);",
		replace: "",
	},
	{
		name: "input-not-checked",
		what: "an input that does not fit its schema is performed",
		file: "shared/engine/understand-message.ts",
		find: "if (!input.valid) {",
		replace: "if (!input.valid && input.problems.length > 5) {",
	},
	{
		name: "aliases-forgotten",
		what: "a run that began under a job's old name is taken for another job's",
		file: "shared/engine/decide-claim.ts",
		find: " || me.aliases?.includes(row.job) === true",
		replace: "",
	},
];
