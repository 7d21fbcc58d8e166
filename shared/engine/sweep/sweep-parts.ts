/** What a sweep works with, and what it tells. */
import type { EpochMs } from "../../kernel/time.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { JobStore, RunRecord } from "../../ports/job-store.ts";
import type { MappingOperator } from "../../ports/mapping-operator.ts";
import type { Queue } from "../../ports/queue.ts";
import type { QueueOperator } from "../../ports/queue-operator.ts";
import type { Random } from "../../ports/random.ts";
import type { ScheduleRegistry } from "../../ports/schedule-registry.ts";
import type { Scheduler } from "../../ports/scheduler.ts";
import type { SweepStore } from "../../ports/sweep-store.ts";
import type { Telemetry } from "../../ports/telemetry.ts";

export interface SweepParts {
	readonly store: Pick<JobStore, "getMany" | "claimMany">;
	readonly sweeps: SweepStore;
	readonly queue: Pick<Queue, "sendMany">;
	readonly operator: Pick<QueueOperator, "depth">;
	readonly mappings: Pick<MappingOperator, "read">;
	/** Absent where there is none: then no run waits in a schedule. */
	readonly scheduler?: Pick<Scheduler, "waits">;
	readonly schedules: Pick<ScheduleRegistry, "list">;
	readonly blobs: BlobStore;
	readonly clock: Clock;
	readonly random: Random;
	readonly telemetry: Telemetry;
	/** By wire name or alias; `undefined` for a job that the catalogue does not have (any more). */
	readonly queueClassOf: (job: string) => string | undefined;
}

export interface SweepOptions {
	/** Looks and tells, and writes nothing: neither what it would do nor where it has been. Default false. */
	readonly dryRun?: boolean;
	/** Begins no page later than this. Default: never. */
	readonly endsAt?: EpochMs;
	/**
	 * Until so long after its start it looks again at runs that only a few messages may carry, and waits in between. Default 0: it does not, as an
	 * operator wants it who looks on.
	 */
	readonly patienceMs?: number;
	/** Runs looked at, at most; about, since pages are whole. Default 500,000, for which DynamoDB asks about $0.07. */
	readonly runsMax?: number;
}

export const findingActions = ["suspected", "skipped", "revoked", "sent-again", "left"] as const;
/**
 * `suspected`: seen so for the first time; a later sweep that sees the same ends it. `skipped`, `revoked`: ended. `sent-again`: what it
 * enqueued, as far as it never began. `left`: a message may carry it, for the reason told.
 */
export type FindingAction = (typeof findingActions)[number];

export interface Finding {
	readonly runId: string;
	readonly job: string;
	readonly state: RunRecord["state"];
	readonly attempts: number;
	readonly since: EpochMs;
	readonly action: FindingAction;
	readonly why?: string;
}

export interface SweepReport {
	readonly dryRun: boolean;
	/** Runs whose rows were read. */
	readonly looked: number;
	readonly counts: Readonly<Record<FindingAction, number>>;
	/** The first hundred. */
	readonly findings: readonly Finding[];
	/** Whether it came to its end; else the next sweep goes on from there. */
	readonly complete: boolean;
	/** How far the listing of runs that are old enough is still to be looked at. */
	readonly behindSeconds: number;
}
