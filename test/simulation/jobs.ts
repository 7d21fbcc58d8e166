/** The jobs of a simulated platform, with policies drawn by seed, and a second version of them for the deploy in the middle. */
import * as z from "zod/mini";
import { type Catalogue, defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import {
	defineJob,
	defineQueueClass,
	defineWorkerGroup,
	type JobDefinition,
	type RateLimitKey,
	type RetryPolicy,
	rateLimit,
	retryPolicy,
} from "../../shared/job/index.ts";
import type { Draw } from "./draw.ts";
import type { Features } from "./features.ts";
import { expressPriorities, routesTo } from "./routes.ts";
import { deployedSchedules, scheduledJob } from "./schedules.ts";

const standard = defineQueueClass({ name: "standard", promise: "soon" });
const bulk = defineQueueClass({ name: "bulk", promise: "some time" });
const express = defineQueueClass({ name: "express", promise: "sooner", priorities: expressPriorities });
export const queueClasses: readonly string[] = [standard.name, bulk.name, express.name];

export interface Version {
	readonly name: "old" | "new";
	readonly catalogue: Catalogue;
	/** The highest `n` of an input that its schemas take. */
	readonly numberMax: number;
}

export const cacheSeconds = 600;
/** Of the second group, which no other class feeds. */
export const isOfBulk = (job: string): boolean => job === "after" || job === "gathered";

/** What one job is called in the two versions, in worlds that rename it. */
export const renamedJob = { before: "report", after: "report_made" } as const;

const anyNumber = 1_000;
/** Inputs have numbers from 0 to 9; a stricter version refuses the highest. */
const strictNumberMax = 6;

/** What every job is given; `request` names the wish that it came from, for the checkers. */
function inputOf(numberMax: number) {
	const input = z.strictObject({
		request: z.string(),
		n: z.int().check(z.lte(numberMax)),
		note: z._default(z.string(), "none"),
		pad: z.optional(z.string()),
	});
	return { input, asItCame: z.unknown().check(z.refine((value) => z.safeParse(input, value).success)) };
}
/** Schemas cost more to make than anything else of a world, and know nothing of it. */
const looseInput = inputOf(anyNumber);
const strictInput = inputOf(strictNumberMax);
export interface SimulatedInput {
	request: string;
	n: number;
	note: string;
	pad?: string | undefined;
}

const output = z.union([z.strictObject({ done: z.string(), pad: z.optional(z.string()) }), z.null()]);

export function createVersions(draw: Draw, features: Features): readonly [Version, Version] {
	return [createVersion(draw, features, "old"), createVersion(draw, features, "new")];
}

function createVersion(draw: Draw, features: Features, name: Version["name"]): Version {
	const numberMax = name === "new" && draw.chance("the new version is stricter", 0.5) ? strictNumberMax : anyNumber;
	const { input, asItCame } = numberMax === anyNumber ? looseInput : strictInput;
	const policyOf = (job: string): RetryPolicy =>
		drawPolicy(draw, name === "new" && draw.chance(`new policy of ${job}`, 0.3) ? `new ${job}` : job);
	const renames = name === "new" && draw.chance("the new version renames", 0.5);
	const perOf = (job: string): { readonly per?: RateLimitKey } =>
		features.perField ? { per: "input.n" } : draw.chance(`${job} per tenant`, 0.3) ? { per: "tenant" } : {};
	const numberChanges = name === "new" && features.numberChanges;
	const after = defineJob({
		name: "after",
		description: "Is enqueued by work.",
		queueClass: bulk,
		input,
		output,
		retry: policyOf("after"),
	});
	const work = defineJob({
		name: "work",
		description: "Does everything a job may do, and what it may not.",
		queueClass: standard,
		input,
		output,
		retry: policyOf("work"),
		enqueues: ["after", "work"],
	});
	const renamed = defineJob({
		name: renames ? renamedJob.after : renamedJob.before,
		aliases: renames ? [renamedJob.before] : [],
		description: "Has another name in the next version, and is handed its input as it came, not a copy.",
		queueClass: standard,
		input: asItCame,
		output,
		retry: policyOf("report"),
	});
	const limited = defineJob({
		name: "limited",
		description: "Starts only so often.",
		queueClass: standard,
		input,
		output,
		retry: policyOf("limited"),
		rateLimit: rateLimit(draw.oneOf("limited rate", ["1/s", "30/m", "5/s"] as const) ?? "1/s", {
			burst: draw.oneOf("limited burst", [1.5, 3]) ?? 1.5,
			...perOf("limited"),
		}),
		...(features.timedTurns ? { timeLimits: { softSeconds: 30, hardSeconds: 40 } } : {}),
	});
	const single = defineJob({
		name: "single",
		description: "Performs only so often at the same time.",
		queueClass: standard,
		input,
		output,
		retry: policyOf("single"),
		concurrency: {
			max: numberChanges ? (draw.oneOf("new single max", [1, 3]) ?? 1) : (draw.oneOf("single max", [1, 1, 2]) ?? 1),
			whenBusy: draw.oneOf("single when busy", ["wait", "wait", "skip"] as const) ?? "wait",
			...perOf("single"),
		},
	});
	const long = defineJob({
		name: "long",
		description: "Works for longer than one invocation, from checkpoint to checkpoint.",
		queueClass: standard,
		input,
		output,
		retry: policyOf("long"),
		checkpoints: true,
		...(draw.chance("long has limits", 0.5) ? { timeLimits: { softSeconds: 100, hardSeconds: 130 } } : {}),
		...(draw.chance("one long at once", 0.3)
			? { concurrency: { max: 1, whenBusy: draw.oneOf("long when busy", ["skip", "skip", "wait"] as const) ?? "skip" } }
			: {}),
	});
	const solid = defineJob({
		name: "solid",
		description: "Keeps its event loop busy for longer than a lease lasts.",
		queueClass: standard,
		input,
		output,
		retry: policyOf("solid"),
		blocking: true,
	});
	const cached = defineJob({
		name: "cached",
		description: "Returns what it returned before, for a while.",
		queueClass: standard,
		input,
		output,
		retry: policyOf("cached"),
		resultCache: { seconds: cacheSeconds, tags: ["number {input.n}"] },
	});
	const quiet = defineJob({
		name: "quiet",
		description: "Performs the last one of its runs.",
		queueClass: standard,
		input,
		output,
		retry: policyOf("quiet"),
		debounce: { seconds: 20, per: "tenant", maxSeconds: 200 },
	});
	const gathered = defineJob({
		name: "gathered",
		description: "Takes several runs at once.",
		queueClass: bulk,
		input,
		output,
		retry: policyOf("gathered"),
		batch: { runsMax: 3, waitMs: 400 },
	});
	const clocked = defineJob({
		name: scheduledJob,
		description: "Is enqueued by schedules.",
		queueClass: standard,
		input,
		output,
		retry: policyOf(scheduledJob),
		...(draw.chance("one clocked at once", 0.4) ? { concurrency: { max: 1, whenBusy: "wait" } } : {}),
	});
	const jobs: readonly JobDefinition[] = [
		after,
		limited,
		long,
		renamed,
		single,
		work,
		...(features.blocking ? [solid] : []),
		...(features.cache ? [cached] : []),
		...(features.debounce ? [quiet] : []),
		...(features.batch ? [gathered] : []),
		...(features.schedules ? [clocked] : []),
	];
	return {
		name,
		numberMax,
		catalogue: defineCatalogue({
			workerGroups: [
				defineWorkerGroup({
					name: "standard",
					queueClasses: features.siblings ? [standard, express] : [standard],
					...(features.groupMax === 0 ? {} : { concurrencyMax: features.groupMax }),
				}),
				defineWorkerGroup({ name: "bulk", queueClasses: [bulk] }),
			],
			jobs,
			routes: features.routed ? routesTo(express) : [],
			schedules: features.schedules ? deployedSchedules(draw, clocked, name) : [],
		}),
	};
}

function drawPolicy(draw: Draw, job: string): RetryPolicy {
	return retryPolicy({
		retriesMax: draw.int(`policy ${job} retries`, 4),
		delaySeconds: draw.oneOf(`policy ${job} delay`, [0, 10, 60, 2_000]) ?? 10,
		capSeconds: 4_000,
		factor: draw.oneOf(`policy ${job} factor`, [1, 2]) ?? 1,
		jitter: draw.oneOf(`policy ${job} jitter`, ["none", "full"] as const) ?? "none",
		neverOn: draw.chance(`policy ${job} gives up lost workers`, 0.15) ? ["worker-lost"] : [],
		retryOn: draw.chance(`policy ${job} retries all`, 0.15) ? ["validation"] : [],
	});
}
