/**
 * Kills local worker processes while they work, and then holds what the platform says against what independent witnesses saw: the journal
 * that the jobs themselves append to (who performed when), the killer (who was gone when), and the stream of the runs table (every write).
 * The workload is a real one on the real local stack; only timeouts are shortened, in the synthesized template.
 */
import { setTimeout as pause } from "node:timers/promises";
import { type Client, createClient } from "../../shared/client/client.ts";
import { terminalStates } from "../../shared/wire/run-states.ts";
import type { RunView } from "../../shared/wire/run-view.ts";
import { journalTask, killCatalogue } from "./kill-run/catalogue.ts";
import { checkPerformances, type PerformanceFindings } from "./kill-run/check-performances.ts";
import { type Performance, performancesOf, tailJournal } from "./kill-run/journal.ts";
import { killWorkers } from "./kill-run/kill-workers.ts";
import { type KillableStack, withKillableStack } from "./kill-run/killable-stack.ts";
import { checkWrites } from "./kill-run/watch-writes.ts";
import { createSeededRandom } from "./seeded-random.ts";

export interface KillRunOptions {
	/** Plans the order of runs, the moments and the victims. */
	readonly seed: number;
	readonly runs: number;
	readonly kills: number;
	/** How long one run works. Default 40. */
	readonly workMs?: number;
	/**
	 * A scratch folder, emptied before and removed after. Another for each call in one process: CDK remembers by path what it has staged, and
	 * would not stage the code again.
	 */
	readonly folder: string;
	/** All must be over this long after the last kill. Default 240,000: a run that is killed again and again waits some 20 s each time. */
	readonly recoveryMsMax?: number;
	readonly onProgress?: (message: string) => void;
}

export interface KillRunReport extends PerformanceFindings {
	readonly runs: number;
	readonly kills: number;
	/** Number of runs by their last state. */
	readonly states: Readonly<Record<string, number>>;
	/** Runs that ended twice, or were written after their end; from the stream where there is one, else from repeated looks. */
	readonly settledTwice: readonly string[];
	/** Runs whose result names a performance that never ran to its end. */
	readonly resultOfNobody: readonly string[];
	readonly deadLetters: number;
	readonly witness: "stream" | "looks";
	readonly seconds: number;
	/** From the last kill until nothing was left to do. */
	readonly recoverySeconds: number;
	/** Everything that must not be, one sentence each; empty when all promises held. */
	readonly violations: readonly string[];
}

const LOOK_EVERY_MS = 500;

type Workload = typeof killCatalogue.jobs;

/** @throws Error when the system stands still. What is judged is in the report. */
export async function runKills(options: KillRunOptions): Promise<KillRunReport> {
	const { folder, onProgress = () => {} } = options;
	const startedMs = performance.now();
	const entry = new URL("./kill-run/worker.ts", import.meta.url);
	const findings = await withKillableStack(
		{ catalogue: killCatalogue, entry, timeoutSeconds: 4, folder, onProgress },
		(killable) => killAndWatch(options, killable),
	);
	return { ...findings, seconds: (performance.now() - startedMs) / 1_000 };
}

async function killAndWatch(
	options: KillRunOptions,
	{ platform, journalPath, watch, kill, settle }: KillableStack,
): Promise<Omit<KillRunReport, "seconds">> {
	const { seed, runs: count, kills, workMs = 40, recoveryMsMax = 240_000, onProgress = () => {} } = options;
	const client = createClient({ ...platform, catalogue: killCatalogue });
	const runs = Array.from({ length: count }, (_, index) => `killed-${seed}-${index}`);
	const looks = lookAtEnds(client, runs);
	try {
		const killedAtMs = await killWorkers(
			{
				enqueue: async (slice) => {
					await client.enqueueMany(
						journalTask,
						slice.map((id) => ({ id, input: { work_ms: workMs } })),
					);
				},
				kill,
			},
			journalPath,
			{
				runs,
				kills,
				random: createSeededRandom(seed).unit,
				pauseMsMax: workMs * 1.5,
				onKill: (done) => {
					if (done % 10 === 0) onProgress(`${done} of ${kills} kills`);
				},
			},
		);
		const lastKillMs = performance.now();
		onProgress("waiting until nothing is left to do");
		await settle(recoveryMsMax);
		const recoverySeconds = (performance.now() - lastKillMs) / 1_000;

		const earlier = await looks.stop();
		const views = await client.statusMany(runs);
		const performances = await readPerformances(journalPath);
		const found = checkPerformances(runs, performances, killedAtMs);
		const writes = watch === undefined ? undefined : checkWrites(await watch.read());
		const { visible } = await platform.operator.depth({ queueClass: "killable", queue: "dead-letter" });
		const report = {
			...found,
			runs: count,
			kills: killedAtMs.size,
			states: countStates(views),
			settledTwice: writes?.settledTwice ?? changedSince(earlier, views),
			resultOfNobody: resultsOfNobody(views, performances),
			deadLetters: visible,
			witness: writes === undefined ? ("looks" as const) : ("stream" as const),
			recoverySeconds,
		};
		return { ...report, violations: [...violationsOf(report), ...fenceViolations(writes?.settledOnAnotherFence)] };
	} finally {
		await looks.stop();
	}
}

/** Notes the first terminal view of each run, so that a later change shows. */
function lookAtEnds(client: Client<Workload>, runs: readonly string[]) {
	const firstEnds = new Map<string, RunView>();
	const stopping = new AbortController();
	const looking = (async () => {
		while (!stopping.signal.aborted) {
			for (const view of await client.statusMany(runs.filter((run) => !firstEnds.has(run)))) {
				if (isTerminal(view)) firstEnds.set(view.id, view);
			}
			await pause(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
		}
	})();
	return {
		async stop(): Promise<ReadonlyMap<string, RunView>> {
			stopping.abort();
			await looking;
			return firstEnds;
		},
	};
}

const isTerminal = (view: RunView): boolean => terminalStates.some((state) => state === view.state);

function changedSince(earlier: ReadonlyMap<string, RunView>, views: readonly RunView[]): readonly string[] {
	return views
		.filter((view) => earlier.has(view.id) && JSON.stringify(earlier.get(view.id)) !== JSON.stringify(view))
		.map((view) => view.id);
}

function countStates(views: readonly RunView[]): Readonly<Record<string, number>> {
	const states: Record<string, number> = {};
	for (const { state } of views) states[state] = (states[state] ?? 0) + 1;
	return states;
}

/** The performance a run's result names must be one of that run, and must have written its last line. */
function resultsOfNobody(views: readonly RunView[], performances: readonly Performance[]): readonly string[] {
	const completed = new Map(
		performances.filter((one) => one.completedMs !== undefined).map((one) => [one.id, one.run] as const),
	);
	return views
		.filter((view) => view.state === "SUCCESS")
		.filter((view) => {
			const result = journalTask.output.safeParse(view.state === "SUCCESS" ? view.result : undefined);
			return !result.success || completed.get(result.data.performance) !== view.id;
		})
		.map((view) => view.id);
}

async function readPerformances(journalPath: string): Promise<readonly Performance[]> {
	const journal = tailJournal(journalPath);
	try {
		return performancesOf(await journal.read());
	} finally {
		await journal.close();
	}
}

function violationsOf(report: Omit<KillRunReport, "seconds" | "violations">): readonly string[] {
	const succeeded = report.states["SUCCESS"] ?? 0;
	const some = (runs: readonly string[]): string => `${runs.length} (${runs.slice(0, 5).join(", ")})`;
	const checks: readonly (readonly [broken: boolean, sentence: string])[] = [
		// Every run may be tried a hundred times, so each must succeed: any other state is a run that did not end.
		[succeeded !== report.runs, `${report.runs - succeeded} runs did not succeed: ${JSON.stringify(report.states)}`],
		[report.neverCompleted.length > 0, `runs never performed to the end: ${some(report.neverCompleted)}`],
		[report.overlapping.length > 0, `runs performed twice at once: ${some(report.overlapping)}`],
		[report.settledTwice.length > 0, `runs settled twice or written after their end: ${some(report.settledTwice)}`],
		[report.resultOfNobody.length > 0, `results that no performance returned: ${some(report.resultOfNobody)}`],
		[report.deadLetters > 0, `${report.deadLetters} messages in the dead-letter queue`],
	];
	return checks.filter(([broken]) => broken).map(([, sentence]) => sentence);
}

function fenceViolations(runs: readonly string[] = []): readonly string[] {
	return runs.length === 0 ? [] : [`runs settled under a fence that did not hold them: ${runs.slice(0, 5).join(", ")}`];
}
