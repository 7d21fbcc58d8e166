/** Faults in what jobs and operators may make use of: kept effects, hooks, blocking jobs, group caps, routes, counts per field, pauses, purges. */
import type { Mutant } from "./mutant.ts";

const once = "shared/engine/once.ts";
const hooks = "shared/engine/tell-hooks.ts";
const pools = "shared/engine/concurrency/pools-of.ts";
const route = "shared/job/route-run.ts";
const switching = "shared/client/switch-class.ts";

export const featureMutants: readonly Mutant[] = [
	{
		name: "once-forgets",
		what: "a later attempt performs an effect again, whatever was kept",
		file: once,
		find: "const known = first ? undefined : await effects.read(scope, key);",
		replace: "const known = first ? undefined : await Promise.resolve<undefined>(undefined);",
	},
	{
		name: "once-tells-its-own",
		what: "an attempt goes by what its own effect came to, though another's is kept",
		file: once,
		find: "return JSON.parse(kept.json);",
		replace: "return JSON.parse(kept.json === json ? kept.json : json);",
	},
	{
		name: "once-of-all-runs",
		what: "an effect is kept for all runs under one scope",
		file: "shared/engine/attempt-run.ts",
		find: "originalInput === undefined ? id :",
		replace: 'originalInput === undefined ? "runs" :',
	},
	{
		name: "once-of-another-day",
		what: "a run is told the effect of an earlier one of its id, whose row has expired",
		file: once,
		find: "if (known !== undefined && isOwn(known)) {",
		replace: "if (known !== undefined) {",
	},
	{
		name: "once-by-birth-alone",
		what: "what a dead worker asked to keep replaces what a redrive of an earlier life has kept for the same row",
		file: "shared/ports/effect-store.ts",
		find: "some((made) => made === other.born || made === other.row);",
		replace: "some((made) => made === one.born && made === other.born);",
	},
	{
		name: "once-without-redrives",
		what: "a redriven run performs its effects again",
		file: "shared/engine/attempt-run.ts",
		find: "first: run.attempts === 1 && run.generation === 1 && run.leg === undefined,",
		replace: "first: run.attempts === 1 && run.leg === undefined,",
	},
	{
		name: "once-for-each-call",
		what: "two calls of one attempt perform their effect twice",
		file: once,
		find: "if (running !== undefined) return running;",
		replace: "",
	},
	{
		name: "effect-kept-anew",
		what: "the store keeps the later one of two effects",
		file: "test/support/memory-effect-store.ts",
		find: "isOfSameLife(known, effect) ? known :",
		replace: "!isOfSameLife(known, effect) ? known :",
	},
	{
		name: "hook-is-waited-for",
		what: "a hook that hangs holds up its whole batch",
		file: hooks,
		find: "const hookMsMax = 5_000;",
		replace: "const hookMsMax = 5_000_000;",
	},
	{
		name: "hook-keeps-its-message",
		what: "a hook that throws keeps its run's message in the queue",
		file: hooks,
		find: 'telemetry.emit({ event: "hook.failed", hook, runId: record.id, job: record.job, attempt: record.attempts, why });',
		replace:
			'telemetry.emit({ event: "hook.failed", hook, runId: record.id, job: record.job, attempt: record.attempts, why });\n\t\t\tthrow new Error(why);',
	},
	{
		name: "hook-told-of-failure-that-is-none",
		what: "the failure hook is called for an attempt that is retried",
		file: hooks,
		find: 'if (record.state === "FAILURE") {\n\t\tconst { error, reason } = record;',
		replace:
			'if (record.state === "FAILURE" || record.state === "RETRY") {\n\t\tconst { error } = record;\n\t\tconst reason = record.state;',
	},
	{
		name: "hook-before-forgotten",
		what: "the hook before an attempt is not called",
		file: "shared/engine/perform.ts",
		find: "await hooks.before(hookedAttempt(tracing, at.run, at.message), at.input);",
		replace: "",
	},
	{
		name: "blocking-by-heartbeat",
		what: "a job that keeps its event loop busy has a lease that its beats would have to extend",
		file: "shared/engine/heartbeat.ts",
		find: "blocking ? invocationEndsAt :",
		replace: "blocking && invocationEndsAt < now ? invocationEndsAt :",
	},
	{
		name: "cap-per-class",
		what: "a worker group's cap is counted for each of its classes",
		file: pools,
		// biome-ignore lint/suspicious/noTemplateCurlyInString: it is source code that is looked for
		find: "id: `group/${group.name}`,",
		// biome-ignore lint/suspicious/noTemplateCurlyInString: and what is planted in its place
		replace: "id: `group/${queueClass}`,",
	},
	{
		name: "cap-and-one-more",
		what: "a worker group performs one run more than its cap",
		file: pools,
		find: "max: group.concurrencyMax,",
		replace: "max: group.concurrencyMax + 1,",
	},
	{
		name: "lowered-number-blocks",
		what: "slots that ended above a lowered number are never taken away",
		file: "shared/engine/concurrency/pool-counter.ts",
		find: "ended.slice(0, Math.max(free, there + free - pool.max))",
		replace: "ended.slice(0, free)",
	},
	{
		name: "slot-by-own-clock",
		what: "a worker goes by its own clock for a rate limit's slots, however far behind it is",
		file: "shared/engine/rate/limit-desk.ts",
		find: "const seenAtMax = plusMs(takenAt, CLOCK_SLACK_MS);",
		replace: "const seenAtMax = plusMs(takenAt, CLOCK_SLACK_MS * 1e6);",
	},
	{
		name: "counted-by-tenant",
		what: "a limit for each value of a field is counted for each tenant",
		file: "shared/engine/key-of-run.ts",
		find: 'if (per === "tenant") return message.tenant;',
		replace: 'if (per !== "tenant" || per.length > 0) return message.tenant;',
	},
	{
		name: "override-forgotten",
		what: "what an operator sets in place of a rate limit is not heeded",
		file: "shared/engine/rate/limit-desk.ts",
		find: "effectiveRate(declared, override ?? ofFamily)",
		replace: "effectiveRate(declared, override === undefined ? ofFamily : undefined)",
	},
	{
		name: "routes-ignored",
		what: "no rule is asked which class a run goes through",
		file: route,
		find: "if (route !== undefined) return route.to.name;",
		replace: "",
	},
	{
		name: "priority-ignored",
		what: "a run's priority has no say in its class",
		file: route,
		find: "return (serving ?? job.queueClass).name;",
		replace: "return (serving === undefined ? job.queueClass : job.queueClass).name;",
	},
	{
		name: "follow-ups-without-tenant",
		what: "what a run enqueues is routed without its tenant",
		file: "shared/engine/enqueue.ts",
		find: "{ job: job.name, input, tenant, priority, headers: headers ?? {} },",
		replace:
			"{ job: job.name, input, tenant: id === undefined && key === undefined ? undefined : tenant, priority, headers: headers ?? {} },",
	},
	{
		name: "retry-to-the-definitions-class",
		what: "a message that is sent on goes to its job's own class, wherever it came from",
		file: "shared/engine/next-messages.ts",
		find: 'const target = { queueClass: carried.queueClass, queue: "main" } as const;',
		replace: 'const target = { queueClass: "bulk", queue: "main" } as const;',
	},
	{
		name: "pause-ignored",
		what: "an operator's order to pause a class is not given",
		file: switching,
		find: 'wanted === "paused" ? mappings.pause(',
		replace: 'wanted === "paused" && clock.now() < 0 ? mappings.pause(',
	},
	{
		name: "pause-answered-early",
		what: "an operator is told that a class is paused while it still hands out messages",
		file: switching,
		find: "return { ...feeding, ...replaced };",
		replace:
			"return { ...feeding, state: wanted, ...replaced };\n\t\tif (feeding.state !== wanted) return { ...feeding, state: wanted, ...replaced };",
	},
	{
		name: "purge-takes-the-letters",
		what: "a purge of a class empties its dead-letter queue",
		file: "shared/client/operator.ts",
		find: "purge: (queueClass) => operator.purge(main(queueClass)),",
		replace: "purge: (queueClass) => operator.purge(dead(queueClass)),",
	},
	{
		name: "orphan-loses-its-attempt",
		what: "a retry's message whose row has expired is acknowledged",
		file: "shared/engine/claim-run.ts",
		find: 'expect = { kind: "absent" };\n\t\t\twanted = newRecord(parts, request, { generation, attempts: attempt });',
		replace: 'return { kind: "acknowledge", why: "stale" };',
	},
];
