/** The jobs of a simulated platform, with policies drawn by seed, and a second version of them for the deploy in the middle. */
import * as z from "zod/mini";
import { type Catalogue, defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import {
	defineJob,
	defineQueueClass,
	defineWorkerGroup,
	type JobDefinition,
	type RetryPolicy,
	rateLimit,
	retryPolicy,
} from "../../shared/job/index.ts";
import type { Draw } from "./draw.ts";

const standard = defineQueueClass({ name: "standard", promise: "soon" });
const bulk = defineQueueClass({ name: "bulk", promise: "some time" });
export const queueClasses: readonly string[] = [standard.name, bulk.name];

export interface Version {
	readonly name: "old" | "new";
	readonly catalogue: Catalogue;
	/** The highest `n` of an input that its schemas take. */
	readonly numberMax: number;
}

/** What one job is called in the two versions, in worlds that rename it. */
export const renamedJob = { before: "report", after: "report_made" } as const;

const anyNumber = 1_000;
/** Inputs have numbers from 0 to 9; a stricter version refuses the highest. */
const strictNumberMax = 6;

/** What every job is given; `request` names the wish that it came from, for the checkers. */
const inputOf = (numberMax: number) =>
	z.strictObject({
		request: z.string(),
		n: z.int().check(z.lte(numberMax)),
		note: z._default(z.string(), "none"),
		pad: z.optional(z.string()),
	});
export interface SimulatedInput {
	request: string;
	n: number;
	note: string;
	pad?: string | undefined;
}

const output = z.union([z.strictObject({ done: z.string(), pad: z.optional(z.string()) }), z.null()]);

export function createVersions(draw: Draw): readonly [Version, Version] {
	return [createVersion(draw, "old"), createVersion(draw, "new")];
}

function createVersion(draw: Draw, name: Version["name"]): Version {
	const numberMax = name === "new" && draw.chance("the new version is stricter", 0.5) ? strictNumberMax : anyNumber;
	const input = inputOf(numberMax);
	const policyOf = (job: string): RetryPolicy =>
		drawPolicy(draw, name === "new" && draw.chance(`new policy of ${job}`, 0.3) ? `new ${job}` : job);
	const renames = name === "new" && draw.chance("the new version renames", 0.5);
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
		input: z.unknown().check(z.refine((value) => z.safeParse(input, value).success)),
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
			...(draw.chance("limited per tenant", 0.3) ? { per: "tenant" } : {}),
		}),
	});
	const single = defineJob({
		name: "single",
		description: "Performs only so often at the same time.",
		queueClass: standard,
		input,
		output,
		retry: policyOf("single"),
		concurrency: {
			max: draw.oneOf("single max", [1, 1, 2]) ?? 1,
			whenBusy: draw.oneOf("single when busy", ["wait", "wait", "skip"] as const) ?? "wait",
			...(draw.chance("single per tenant", 0.3) ? { per: "tenant" } : {}),
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
	});
	const jobs: readonly JobDefinition[] = [after, limited, long, renamed, single, work];
	return {
		name,
		numberMax,
		catalogue: defineCatalogue({
			workerGroups: [
				defineWorkerGroup({ name: "standard", queueClasses: [standard] }),
				defineWorkerGroup({ name: "bulk", queueClasses: [bulk] }),
			],
			jobs,
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
