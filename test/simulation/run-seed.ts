/**
 * One seed is one world: it is set up, lives through its steps, and then comes to rest without faults, twice: with jobs as they are, and,
 * in some worlds, after every dead letter was redriven with jobs that succeed. The checkers watch all of it.
 */

import { plusMs } from "../../shared/kernel/time.ts";
import type { Checker } from "./checkers/checker.ts";
import { checkerKinds } from "./checkers.ts";
import { createDraw } from "./draw.ts";
import { openFindings } from "./findings.ts";
import type { Breach, Seen } from "./history.ts";
import { queueClasses } from "./jobs.ts";
import { deliverSome } from "./steps/deliver.ts";
import { resumeAll } from "./steps/feed.ts";
import { besides, startSweep } from "./steps/operate.ts";
import { produceOne } from "./steps/produce.ts";
import { redriveAll } from "./steps/redrive.ts";
import { openSchedules } from "./steps/schedule.ts";
import type { StepKind } from "./steps/step.ts";
import { scheduledStepKinds, stepKinds } from "./steps.ts";
import { createWorld, type World } from "./world.ts";

export interface SeedReport {
	readonly breaches: readonly Breach[];
	/** Names of everything out of the ordinary that happened, in order: with these kept, the same happens again. */
	readonly happened: ReadonlySet<string>;
}

export interface RunOptions {
	/** For shrinking: of all that is out of the ordinary, only this. Default everything. */
	readonly kept?: ReadonlySet<string>;
	/** For traces and coverage. */
	readonly observe?: (seen: Seen) => void;
}

export async function runSeed(seed: number, { kept, observe }: RunOptions = {}): Promise<SeedReport> {
	const draw = createDraw(seed, kept);
	const breaches: Breach[] = [];
	let checkers: readonly Checker[] = [];
	let isSwept = false;
	const world = createWorld(draw, (seen) => {
		observe?.(seen);
		for (const checker of checkers) checker.observe?.(seen);
	});
	const breach = (promise: string, runId: string, how: string): void => {
		const found = { promise, runId, how };
		// What the sweeper leaves undone, nothing excuses.
		const explanation = isSwept ? undefined : openFindings.find(({ explains }) => explains?.(found, world) === true);
		breaches.push(explanation === undefined ? found : { ...found, explainedBy: explanation.name });
		world.note("broken", `${promise}: ${how}`);
	};
	checkers = checkerKinds.map(({ promise, create }) => create(world, (runId, how) => breach(promise, runId, how)));

	await live(world);
	world.faults = false;
	if (!(await comeToRest(world, "end"))) breach("INV-01", "any", "the queues never run empty");
	for (const checker of checkers) checker.calm?.();

	if (draw.chance("world is mended", 0.4)) {
		world.mended = true;
		await redriveAll(world, () => true);
		if (!(await comeToRest(world, "mended"))) breach("INV-01", "any", "the queues never run empty after a redrive");
		for (const checker of checkers) {
			checker.calm?.();
			checker.mended?.();
		}
	}
	if (breaches.length > 0 || draw.chance("world is swept", 0.1)) {
		await sweepUp(world);
		isSwept = true;
		for (const checker of checkers) checker.swept?.();
	}
	return { breaches, happened: draw.happened };
}

const produceFirst: StepKind = { name: "produce", weight: 0, take: produceOne };

async function live(world: World): Promise<void> {
	const { draw } = world;
	const counts = new Map<string, number>();
	await openSchedules(world);
	const laterKinds = world.features.schedules ? scheduledStepKinds : stepKinds;
	for (let nth = 0; nth < stepsMax; nth++) {
		const kinds = nth < world.settings.wishes ? [produceFirst] : laterKinds;
		const isOver = nth >= world.settings.wishes + world.settings.steps;
		const name = draw.which(`step ${nth}`, weighted(kinds), isOver ? 0 : 1);
		const kind = kinds.find((one) => one.name === name);
		const count = (counts.get(name ?? "") ?? 0) + 1;
		counts.set(name ?? "", count);
		if (kind === undefined || count > (kind.times ?? Infinity)) continue;
		world.note("step", `${nth}: ${kind.name}`);
		await kind.take(world, `${nth}`);
	}
}

const stepsMax = 100;
/** Names of steps, each as often as it weighs. */
const weighted = (kinds: readonly StepKind[]): readonly string[] => namesOf.get(kinds) ?? kinds.map(({ name }) => name);
const namesOf = new Map(
	[stepKinds, scheduledStepKinds].map((kinds) => [
		kinds,
		kinds.flatMap(({ name, weight }) => Array.from({ length: weight }, () => name)),
	]),
);

/**
 * The sweeper runs every half hour, looks at what is an hour old, and acts on what it has seen twice. What it has left just before, since a message
 * of somebody else lay in the queue, it may see for the first time hours later.
 */
async function sweepUp(world: World): Promise<void> {
	world.note("step", "sweep");
	const againAt = plusMs(world.clock.now(), leftMsMax);
	for (let nth = 0, looks = 0; looks < 2; nth++) {
		await world.clock.advance(sweepEveryMs);
		if (world.clock.now() >= againAt) looks++;
		// Its calls take time, which passes only if somebody moves it on.
		const swept = startSweep(world, `last ${nth}`).finally(() => world.running.delete(running));
		const running: Promise<void> = swept.then(() => {});
		world.running.add(running);
		await comeToRest(world, `swept ${nth}`);
	}
}

const sweepEveryMs = 1_800_000;
/** For as long a run may be left that a message may yet carry, as the guide of the sweeper says. */
const leftMsMax = 6 * 3_600_000;
/** Those that wait for the one place of a group ask for it every half minute, each by itself, and who has it may hang for a quarter of an hour. */
const roundsMax = 30_000;
const roundMs = 20_000;
/** Longer than any function that lives on after its answer has something to do. */
const stragglersMs = 1_200_000;

/** Whether a tick waits for a run whose message was purged: until the sweeper has ended that. */
async function waitsForPurged({ features, schedules, purged }: World): Promise<boolean> {
	if (!features.schedules) return false;
	return (await schedules.list()).some(
		({ waiting, going }) => waiting !== undefined && going !== undefined && purged.has(going.runId),
	);
}

/** Delivers until nothing is left; what SQS moved away by its own count, an operator sends back. @returns whether it ends. */
async function comeToRest(world: World, name: string): Promise<boolean> {
	world.note("step", name);
	let sweptAt = world.clock.now();
	for (let round = 0; round < roundsMax; round++) {
		const waiting = world.nextVisibleAt() !== undefined;
		if (!waiting && world.running.size === 0) {
			await world.clock.advance(stragglersMs);
			const back = await redriveAll(world, ({ attributes }) => attributes["millrace-reason"] === undefined);
			// A straggler may have sent something meanwhile.
			if (back.length === 0 && world.nextVisibleAt() === undefined) return true;
		}
		// Without the ticks that it would make up for, which never come to an end; and between two deliveries, as nearly all of its sweeps are: while a
		// message is handled there may be two of it.
		const isBetween = world.running.size === 0 && (world.nextVisibleAt() ?? Infinity) > world.clock.now();
		if (isBetween && world.clock.now() - sweptAt >= sweepEveryMs && (await waitsForPurged(world))) {
			sweptAt = world.clock.now();
			besides(world, startSweep(world, `${name} ${round}`, { withTicks: false }));
		}
		await resumeAll(world);
		for (const queueClass of queueClasses) await deliverSome(world, `${name} ${round} ${queueClass}`, queueClass, 10);
		// Lambda's pollers bring what is visible at once.
		const soonest = Math.max(1, (world.nextVisibleAt() ?? plusMs(world.clock.now(), roundMs)) - world.clock.now());
		await world.clock.advance(world.running.size > 0 ? Math.min(roundMs, soonest) : soonest);
	}
	return false;
}
