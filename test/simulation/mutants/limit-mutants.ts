/** Faults in limits: of rate, of number, of time; and in revoking, legs and the sweeper. */
import type { Mutant } from "./mutant.ts";

const attempt = "shared/engine/attempt-run.ts";

export const limitMutants: readonly Mutant[] = [
	{
		name: "beat-without-lease",
		what: "a heartbeat does not extend the lease",
		file: attempt,
		find: "await calls.beat({ id: run.id, fence: run.fence, leaseUntil, ...more });",
		replace: "await calls.beat({ id: run.id, fence: run.fence, leaseUntil: run.leaseUntil, ...more });",
	},
	{
		name: "revoked-not-told",
		what: "a performing run is not told that it was revoked",
		file: attempt,
		find: 'if (result.revoke !== undefined) stop?.("revoked", result.revoke);',
		replace: "",
	},
	{
		name: "revoke-forgets-the-waiting",
		what: "revoking a run that nobody performs is only noted, as if somebody did",
		file: "shared/engine/revoke-run.ts",
		find: "if (result?.claimed === true) {",
		replace: "if (result !== undefined) {",
	},
	{
		name: "slots-too-close",
		what: "the slots of a rate limit follow each other half as fast again as it allows",
		file: "shared/engine/rate/timetable.ts",
		find: "(periodSeconds * 1000) / count;",
		replace: "(periodSeconds * 1000) / count / 1.5;",
	},
	{
		name: "late-ticket-is-good",
		what: "a ticket may be used however late",
		file: "shared/engine/rate/limit-desk.ts",
		find: "slot <= now && now <= until && now - checkedAt",
		replace: "slot <= now && now - checkedAt",
	},
	{
		name: "one-more-at-once",
		what: "one run more than the concurrency limit performs",
		file: "shared/engine/concurrency/pools-of.ts",
		find: "pools.push({ id, max, whenBusy,",
		replace: "pools.push({ id, max: max + 1, whenBusy,",
	},
	{
		name: "slot-of-the-stuck-handed-on",
		what: "the slot of a run that did not stop is handed on",
		file: attempt,
		find: 'stillRunning ? "still-running" :',
		replace: 'stillRunning ? "ended" :',
	},
	{
		name: "slot-released-twice",
		what: "a run that leaves its slot a second time gives away that of whoever got it",
		file: "shared/engine/concurrency/pool-counter.ts",
		find: "left ??= leaveOnce(how);",
		replace: "left = leaveOnce(how);",
	},
	{
		name: "last-checkpoint-lost",
		what: "a leg that ends does not keep its last checkpoint",
		file: attempt,
		find: "cursor: goesOn ? await checkpoints.latest() : undefined",
		replace: "cursor: goesOn ? undefined : await checkpoints.latest()",
	},
	{
		name: "no-hard-limit",
		what: "an attempt goes on after its hard time limit",
		file: "shared/engine/perform.ts",
		find: 'wakeAt(limits.hardAt, () => interrupt("hard", () => timeLimitExceeded(at)));',
		replace: "",
	},
	{
		name: "start-told-late",
		what: "a run that waits for its turn counts its time limits from hours after it",
		file: "shared/engine/rate/admit-by-rate.ts",
		find: "Math.max(0, ticket.slot - desk.now()));",
		replace: "Math.max(0, ticket.slot - desk.now()) + 36_000_000);",
	},
	{
		name: "waiting-is-spent",
		what: "the time that a run waits for its turn is part of its time limits",
		file: "shared/engine/begin-run.ts",
		find: "run = { ...run, startedAt: ",
		replace: "void { startedAt: ",
	},
	{
		name: "each-leg-a-start",
		what: "each leg of an attempt counts its time limits anew",
		file: "shared/engine/next-messages.ts",
		find: "startedAt: toIso(startedAt)",
		replace: "startedAt: toIso(now)",
	},
	{
		name: "sweeper-only-suspects",
		what: "the sweeper never acts on what it suspects",
		file: "shared/engine/sweep/examine-page.ts",
		find: "if (now - suspicion.at >= SUSPICION_MS) confirmed.push(run);",
		replace: "if (now - suspicion.at >= SUSPICION_MS * 1e6) confirmed.push(run);",
	},
	{
		name: "left-for-too-long",
		what: "a run that the sweeper left is looked at again when half as many days have gone by as it had been lost for",
		file: "shared/engine/sweep/examine-page.ts",
		find: "const LEFT_MS_MAX = 6 * 3_600_000;",
		replace: "const LEFT_MS_MAX = Infinity;",
	},
	{
		name: "sweeper-sends-nothing-again",
		what: "the sweeper says that it sends what a success enqueued again, and does not",
		file: "shared/engine/sweep/close-run.ts",
		find: "enqueuedBy(missing),",
		replace: "enqueuedBy([]),",
	},
];
