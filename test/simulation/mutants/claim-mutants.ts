/** Faults in who may perform a run, and when: claim, lease, fence, attempts, generations. */
import type { Mutant } from "./mutant.ts";

const decide = "shared/engine/decide-claim.ts";
const claim = "shared/engine/claim-run.ts";
const store = "test/support/memory-job-store.ts";

export const claimMutants: readonly Mutant[] = [
	{
		name: "ignore-the-lease",
		what: "a run is taken over although its lease is alive",
		file: decide,
		find: "if (blocker.leaseUntil > now) {",
		replace: "if (blocker.leaseUntil > now + 1e15) {",
	},
	{
		name: "lease-without-margin",
		what: "a lease ends with the time it protects, as if all clocks agreed",
		file: "shared/engine/heartbeat.ts",
		find: "epochMs(Math.min(invocationEndsAt, plusMs(now, LEASE_MS))), LEASE_MARGIN_MS)",
		replace: "epochMs(Math.min(invocationEndsAt, plusMs(now, LEASE_MS))), 0)",
	},
	{
		name: "acknowledge-while-performing",
		what: "a carrier's redelivery is acknowledged while its run performs, instead of kept",
		file: decide,
		find: 'return { kind: "keep", until: blocker.leaseUntil };',
		replace: 'return { kind: "acknowledge", why: "stale" };',
	},
	{
		name: "duplicate-instead-of-defer",
		what: "a duplicate of a performing run is acknowledged, be it all that SQS has left of the run",
		file: decide,
		find: 'return {\n\t\t\t\tkind: "defer",\n\t\t\t\twhy: "leased",',
		replace:
			'return me.attempt > 0 ? { kind: "acknowledge", why: "stale" } : {\n\t\t\t\tkind: "defer",\n\t\t\t\twhy: "leased",',
	},
	{
		name: "lost-worker-ends-early",
		what: "a lost worker costs the last attempt that the policy allows",
		file: decide,
		find: "blocker.attempts > policy.retriesMax)",
		replace: "blocker.attempts >= policy.retriesMax)",
	},
	{
		name: "lost-worker-one-more",
		what: "a lost worker is given one attempt more than the policy allows",
		file: decide,
		find: "blocker.attempts > policy.retriesMax)",
		replace: "blocker.attempts > policy.retriesMax + 1)",
	},
	{
		name: "lost-worker-always-retried",
		what: "a policy that never retries lost workers is not heeded",
		file: decide,
		find: "if (!policy.retriesLostWorkers || ",
		replace: "if (",
	},
	{
		name: "no-repeat-of-follow-ups",
		what: "a redelivered carrier of an ended run is acknowledged without sending what is owed",
		file: decide,
		find: 'if (isCarrier) return { kind: "repeat-follow-ups", record: blocker, asStranger: false };',
		replace: 'if (isCarrier) return { kind: "acknowledge", why: "terminal" };',
	},
	{
		name: "older-generation-performs",
		what: "a late message of an older generation is not told apart",
		file: decide,
		find: "if (me.generation < blocker.generation)",
		replace: "if (me.generation < blocker.generation - 1)",
	},
	{
		name: "success-is-redriven",
		what: "a redriven letter performs a run again that has succeeded since",
		file: decide,
		find: `return blocker.state === "SUCCESS"
			? { kind: "acknowledge", why: "terminal" }
			: { kind: "take", over: blocker, newGeneration: true, workerLost: false };`,
		replace: 'return { kind: "take", over: blocker, newGeneration: true, workerLost: false };',
	},
	{
		name: "redrive-not-taken",
		what: "a redriven letter is acknowledged as terminal",
		file: decide,
		find: "const newer = me.generation > blocker.generation;",
		replace: "const newer = me.generation > blocker.generation + 1;",
	},
	{
		name: "duplicate-is-the-retry",
		what: "a duplicate of a failed attempt begins the next one before its delay is over",
		file: decide,
		find: 'blocker.state === "RETRY" && me.attempt > blocker.attempts',
		replace: 'blocker.state === "RETRY" && me.attempt >= blocker.attempts',
	},
	{
		name: "lost-attempt-not-counted",
		what: "the attempt of a lost worker is not counted",
		file: claim,
		find: ": { generation, attempts: attempts + 1, ...brought };",
		replace: ": { generation, attempts, ...brought };",
	},
	{
		name: "receives-count-as-attempts",
		what: "a message that SQS delivers again is for a later attempt, whether one was made or not",
		file: "shared/engine/begin-run.ts",
		find: `	{ carried, sent, expired, latest }: Approaching,
	how: Pick<ClaimRequest, "skipped" | "cached" | "startsAt">,
): Promise<ClaimVerdict> =>
	claimRun(parts, calls.claim, {
		...carried,`,
		replace: `	{ carried, delivered, sent, expired, latest }: Approaching,
	how: Pick<ClaimRequest, "skipped" | "cached" | "startsAt">,
): Promise<ClaimVerdict> =>
	claimRun(parts, calls.claim, {
		...carried,
		message: { ...carried.message, attempt: (carried.message.attempt ?? 1) + delivered.receiveCount - 1 },`,
	},
	{
		name: "deferral-forgets-the-lease",
		what: "a message that was sent on takes its run over whoever performs it",
		file: decide,
		find: "if (blocker.leaseUntil > now) {",
		replace: "if (blocker.leaseUntil > now && (isCarrier || me.firstSentAt !== undefined)) {",
	},
	{
		name: "redrive-keeps-attempts",
		what: "a new generation goes on counting the old one's attempts",
		file: claim,
		find: "blocked.over.generation + 1), attempts: 1 }",
		replace: "blocked.over.generation + 1), attempts: blocked.over.attempts + 1 }",
	},
	{
		name: "expired-runs-begin",
		what: "a run begins although its expiresAt is past",
		file: "shared/engine/admit.ts",
		find: "(parseIso(expiresAt) ?? Infinity) <= now;",
		replace: "(parseIso(expiresAt) ?? Infinity) <= 0;",
	},
	{
		name: "skipped-between-legs",
		what: "a late copy that finds a neighbour in its singleton's place ends a run that waits for its next leg",
		file: claim,
		find: "if ((request.expired || request.skipped !== undefined) && place.leg !== undefined)",
		replace: "if (request.expired && place.leg !== undefined)",
	},
	{
		name: "fence-is-the-run",
		what: "every attempt of a run has the same fence",
		file: claim,
		find: "const token = fence(parts.random.token());",
		replace: "const token = fence(request.runId);",
	},
	{
		name: "settle-without-fence",
		what: "the store settles whatever performs, whose fence it may be",
		file: store,
		find: "if (row !== undefined && isPerforming(row) && row.fence === fence) {\n\t\t\tconst",
		replace: "if (row !== undefined && isPerforming(row)) {\n\t\t\tconst",
	},
	{
		name: "claim-over-anything",
		what: "the store lets a first claim write over a row that is there",
		file: store,
		find: 'return expect.kind === "absent" && row === undefined;',
		replace: 'return expect.kind === "absent";',
	},
	{
		name: "claim-over-another-attempt",
		what: "the store does not compare the attempts when a retry is claimed",
		file: store,
		find: "			row.attempts === expect.attempts &&\n",
		replace: "",
	},
	{
		name: "claim-over-what-was-not-seen",
		what: "the store takes a row over that has changed since it was looked at",
		file: store,
		find: "row.state === seen.state &&",
		replace: "(row.id === seen.id ||\n\t\trow.state === seen.state) || row.state === seen.state &&",
	},
];
