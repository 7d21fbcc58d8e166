/** What a job does when it is performed, drawn by the run and how often it was performed: mostly it ends well, else every way a job can end, or not end. */
import { giveUp, type JobContext, JobError, retryAfter, skip, succeed } from "../../shared/job/index.ts";
import { never } from "./fault-points.ts";
import type { Expected } from "./history.ts";
import type { SimulatedInput } from "./jobs.ts";
import { keepEffects } from "./once-effects.ts";
import type { World } from "./world.ts";

export interface Scene {
	readonly world: World;
	/** Unique to this performance. */
	readonly name: string;
	/** Its place among the legs of the run. */
	readonly rank: number;
	readonly input: SimulatedInput;
	readonly context: JobContext;
	/** Called with `false` when the job begins to listen for being told to stop, and with `true` when it hears it. */
	told(heard: boolean): void;
	/** Called with each checkpoint. */
	reach(stage: number): void;
	/** Keeps the worker's event loop busy. */
	block(durationMs: number): Promise<void>;
	/** Called with how the attempt ought to be recorded, before it ends. */
	expect(expected: Expected): void;
}

interface Behaviour {
	readonly name: string;
	readonly weight: number;
	readonly expected: Expected;
	act(scene: Scene): unknown;
}

const aborted = ({ context, told }: Scene): Promise<void> =>
	new Promise((resolve) => {
		const hear = (): void => {
			told(true);
			resolve();
		};
		told(context.signal.aborted);
		if (context.signal.aborted) resolve();
		else context.signal.addEventListener("abort", hear, { once: true });
	});
const fail = (error: unknown): never => {
	throw error;
};

/** The ways to end, apart from well. A feature that gives jobs another way adds a line. */
const behaviours: readonly Behaviour[] = [
	{
		name: "throws a database error",
		weight: 12,
		expected: "retry",
		act: () => fail(new JobError("database", "connection lost")),
	},
	{
		name: "throws a validation error",
		weight: 5,
		expected: "validation",
		act: () => fail(new JobError("validation", "no such account")),
	},
	{ name: "throws an answer with status 503", weight: 1, expected: "retry", act: () => fail({ status: 503 }) },
	{ name: "throws an answer with status 404", weight: 1, expected: "final", act: () => fail({ statusCode: 404 }) },
	{ name: "throws a text", weight: 1, expected: "retry", act: () => fail("went wrong") },
	{ name: "throws a TypeError", weight: 1, expected: "retry", act: () => fail(new TypeError("x is not a function")) },
	{
		name: "throws what can't be looked at",
		weight: 1,
		expected: "retry",
		act: () => fail(new Proxy({}, { get: () => fail(new Error("no")) })),
	},
	{
		name: "enqueues what it may not",
		weight: 1,
		expected: "validation",
		act: ({ world, context }) => enqueueReport(world, context),
	},
	{
		name: "is told by an API to come back",
		weight: 2,
		expected: "retry at its own time",
		act: ({ world, name }) =>
			fail(new JobError("rate-limit", "slow down", { retryAfterSeconds: world.draw.unit(`${name} asks`) * 3_000 })),
	},
	{
		name: "says not yet",
		weight: 3,
		expected: "retry at its own time",
		act: ({ world, name }) => retryAfter(world.draw.unit(`${name} asks`) * 2_000, "not yet"),
	},
	{
		name: "asks for a senseless delay",
		weight: 1,
		expected: "retry at its own time",
		act: () => retryAfter(Number.NaN, "not yet"),
	},
	{
		name: "says that it succeeded",
		weight: 2,
		expected: "success",
		act: ({ context }) => succeed({ done: context.runId }),
	},
	{ name: "gives up", weight: 2, expected: "gave-up", act: () => giveUp("no hope") },
	{ name: "skips", weight: 2, expected: "skipped", act: () => skip("nothing to do") },
	{ name: "returns what does not fit", weight: 1, expected: "validation", act: () => ({ undone: true }) },
	{ name: "returns what is no JSON", weight: 1, expected: "validation", act: () => ({ done: "it", pad: 1n }) },
	{
		name: "returns much",
		weight: 1,
		expected: "success",
		act: ({ context }) => ({ done: context.runId, pad: "x".repeat(9_000) }),
	},
	{
		name: "hangs until it is told to stop",
		weight: 3,
		expected: "success",
		act: async (scene) => {
			await aborted(scene);
			return { done: "too late?" };
		},
	},
	{
		name: "hangs until it is told to stop, and throws the reason",
		weight: 1,
		expected: "deadline",
		act: async (scene) => {
			await aborted(scene);
			throw scene.context.signal.reason;
		},
	},
	{ name: "hangs for good", weight: 2, expected: "deadline", act: never },
	{
		name: "ends long after it was told to stop",
		weight: 2,
		expected: "deadline",
		act: async ({ world, context, name }) => {
			await world.clock.sleep(context.remainingMs() + 5_000 + world.draw.unit(`${name} overtime`) * 120_000);
			return { done: "late" };
		},
	},
];
/** Each as often as it weighs. */
const names = behaviours.flatMap(({ name, weight }) => Array.from({ length: weight }, () => name));
const byName = new Map(behaviours.map((behaviour) => [behaviour.name, behaviour]));

/** @returns what the implementation answers. */
export async function behave(scene: Scene): Promise<unknown> {
	const { world, name, context, input } = scene;
	const { draw, clock } = world;
	if (!world.mended && draw.chance(`${name} takes its time`, 0.6))
		await clock.sleep(draw.unit(`${name} time`) * (draw.chance(`${name} long`, 0.2) ? 70_000 : 3_000));
	if (draw.happens(`${name}: reports progress`, 0.15)) {
		context.progress({ step: 1, status: "begun" });
		if (!world.mended && draw.chance(`${name} again`, 0.5)) await clock.sleep(2_500);
		context.progress({ step: 2 });
	}
	if (world.features.effects) await keepEffects(scene);
	if (context.job === "solid" && world.faults && draw.happens(`${name}: computes for long`, 0.6)) {
		const freeMs = Math.min(context.remainingMs() - 5_000, 300_000);
		if (freeMs > 0) await scene.block(draw.unit(`${name} computes`) * freeMs);
	}
	if (context.job === "work") enqueueOthers(scene);
	if (context.job === "long") await workInStages(scene);
	if (draw.happens(`${name}: changes its own input`, 0.1)) {
		input.n = -1;
		input.request = "spoilt";
	}
	const trouble = world.mended ? undefined : draw.which(name, names, world.settings.troubleRate);
	if (trouble !== undefined) {
		const behaviour = byName.get(trouble);
		world.note("job", trouble);
		if (behaviour !== undefined) scene.expect(behaviour.expected);
		return behaviour?.act(scene);
	}
	scene.expect("success");
	return { done: context.runId };
}

/** From stage to stage, each with a checkpoint, which may throw to go on in the next leg. */
async function workInStages({ world, context, expect, reach }: Scene): Promise<void> {
	const { draw, clock } = world;
	const stages = draw.int(`${context.runId} stages`, 7);
	const begun = typeof context.cursor === "number" ? context.cursor : 0;
	expect("success");
	for (let stage = begun; stage < stages && !world.mended; stage++) {
		await clock.sleep(draw.unit(`${context.runId} stage ${stage}`) * 14_000);
		reach(stage + 1);
		await context.checkpoint(stage + 1);
	}
}

function enqueueReport({ versions }: World, context: JobContext): void {
	const report = versions[0].catalogue.findJob("report");
	if (report !== undefined) context.enqueue(report, { request: "not allowed", n: 1 });
}

/** Calls of one place enqueue the same run however often the attempt is repeated, if it succeeds. */
function enqueueOthers({ world, name, context, input }: Scene): void {
	const { draw } = world;
	// Drawn by the run: what it enqueues does not depend on the attempt.
	const count = draw.int(`${context.runId} enqueues`, 6) - 3;
	if (/\+|poison/.test(input.request)) return;
	for (let nth = 0; nth < count; nth++) {
		if (!draw.happens(`${name}: enqueues ${nth}`, 1)) continue;
		const definition = world.versions[0].catalogue.findJob(
			draw.chance(`${context.runId} ${nth} same`, 0.3) ? "work" : "after",
		);
		if (definition === undefined) continue;
		const keyed = draw.chance(`${context.runId} ${nth} keyed`, 0.2);
		context.enqueue(
			definition,
			{
				request: `${input.request}+${nth}`,
				n: nth,
				...(draw.chance(`${context.runId} ${nth} big`, 0.05) ? { pad: "y".repeat(9_000) } : {}),
			},
			{
				...(keyed ? { key: `of ${context.runId} ${nth}` } : {}),
				...(draw.chance(`${context.runId} ${nth} later`, 0.2) ? { delaySeconds: 300 } : {}),
			},
		);
	}
}
