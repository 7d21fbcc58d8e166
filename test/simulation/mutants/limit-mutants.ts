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
		find: 'else if (result.revoke !== undefined) stop?.("revoked", result.revoke);',
		replace: "",
	},
	{
		name: "revoke-forgets-the-waiting",
		what: "revoking a run that nobody performs is only noted, as if somebody did",
		file: "shared/client/revoke-run.ts",
		find: "if (result?.claimed === true) {",
		replace: "if (result !== undefined) {",
	},
	{
		name: "start-before-the-slot",
		what: "a run under a rate limit starts before its slot",
		file: "shared/engine/rate/limit-desk.ts",
		find: "slot <= now && now <= until",
		replace: "now <= until",
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
		name: "leg-is-an-attempt",
		what: "a further leg counts as an attempt",
		file: "shared/engine/claim-run.ts",
		find: "? { generation, attempts, leg: over.nextLeg,",
		replace: "? { generation, attempts: attempts + 1, leg: over.nextLeg,",
	},
	{
		name: "no-hard-limit",
		what: "an attempt goes on after its hard time limit",
		file: "shared/engine/perform.ts",
		find: 'wakeAt(limits.hardAt, () => interrupt("hard", () => timeLimitExceeded(at)));',
		replace: "",
	},
	{
		name: "sweeper-only-suspects",
		what: "the sweeper never acts on what it suspects",
		file: "shared/engine/sweep/examine-page.ts",
		find: "if (now - suspicion.at >= SUSPICION_MS) confirmed.push(run);",
		replace: "if (now - suspicion.at >= SUSPICION_MS * 1e6) confirmed.push(run);",
	},
];
