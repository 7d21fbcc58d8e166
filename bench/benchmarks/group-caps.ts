// Exact caps of worker groups on real processes (INV-09): never more than the cap at once, by what the jobs themselves
// wrote down, and what that costs: the same load with as many workers reserved, one run each, performs beside it in
// alternating rounds. That keeps a number too, at the price of concurrency that nobody else may use, of invocations
// that are throttled, and of receives that count towards the dead-letter queue.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startLocalStack } from "../../local/local-stack.ts";
import { createClient } from "../../shared/client/client.ts";
import { mostAtOnce } from "../../test/support/kill-features/journal.ts";
import { performancesOf, tailJournal } from "../../test/support/kill-run/journal.ts";
import { openLocalPlatform } from "../../test/support/open-local-platform.ts";
import { synthesizePlatform } from "../../test/support/synth-platform.ts";
import { type BenchContext, type Benchmark, type Measure, measure, type Verdict } from "../document.ts";
import { alternate } from "../measure/rounds.ts";
import { ratios, summarize } from "../measure/statistics.ts";
import { CACHE_FOLDER } from "../setup/paths.ts";
import { type CappedGroup, cappedCatalogue, cappedJobs, reserved } from "../workload/capped-catalogue.ts";

/** Of each subject in one round. Five rounds, the default, are ten thousand. */
const RUNS = 2_000;
const WARM_UP_RUNS = 300;
const WORK_MS = 5;
const BULK = 100;
const FOLDER = join(CACHE_FOLDER, "group-caps");

const subjects: readonly { readonly group: CappedGroup; readonly name: string; readonly cap: number }[] = [
	{ group: "cap-one", name: "cap 1", cap: 1 },
	{ group: "reserved-one", name: "1 worker reserved", cap: 1 },
	{ group: "cap-three", name: "cap 3", cap: 3 },
	{ group: "reserved-three", name: "3 workers reserved", cap: 3 },
];

interface Round {
	readonly performed: number;
	readonly succeeded: number;
	readonly mostAtOnce: number;
	readonly processes: number;
	readonly runsPerSecond: number;
	/** Of the time of all slots, from the first begin to the last end. */
	readonly used: number;
}

async function run({ rounds, progress }: BenchContext) {
	const load = await startLoad();
	try {
		for (const { group, name, cap } of subjects) {
			progress(`warming up ${name}`);
			await load.perform(group, cap, WARM_UP_RUNS, "warm");
		}
		const measured = await alternate(
			subjects.map(({ group, name, cap }) => ({
				name,
				measure: (round: number) => load.perform(group, cap, RUNS, `${round}`),
			})),
			rounds,
			progress,
		);
		const of = (name: string, value: (round: Round) => number): readonly number[] =>
			(measured.get(name) ?? []).map(value);
		const sum = (name: string, value: (round: Round) => number): number =>
			of(name, value).reduce((total, each) => total + each, 0);
		const perSecond = (name: string): readonly number[] => of(name, ({ runsPerSecond }) => runsPerSecond);
		const capped = [
			{ name: "cap 1", cap: 1, peer: "1 worker reserved" },
			{ name: "cap 3", cap: 3, peer: "3 workers reserved" },
		];
		const total = (name: string, what: string, unit: string, value: number): Measure =>
			measure(name, `${what}, all rounds`, unit, summarize([value]));
		return {
			measures: subjects.flatMap(({ name, cap }): Measure[] => [
				total(
					name,
					"runs performed",
					"runs",
					sum(name, ({ performed }) => performed),
				),
				total(name, "most at once", "runs", Math.max(...of(name, (round) => round.mostAtOnce))),
				measure(name, "processes that performed", "a round", summarize(of(name, ({ processes }) => processes))),
				measure(name, "throughput", "runs/s", summarize(perSecond(name))),
				measure(name, "of the time of its slots", "used", summarize(of(name, ({ used }) => used))),
				...capped
					.filter((each) => each.name === name && each.cap === cap)
					.map(({ peer }) =>
						measure(name, "throughput, times as many workers reserved", "x", ratios(perSecond(name), perSecond(peer))),
					),
			]),
			verdicts: capped.flatMap(({ name, cap }): Verdict[] => [
				exactly(`${name}: most at once, all rounds`, Math.max(...of(name, (round) => round.mostAtOnce)), cap),
				exactly(
					`${name}: runs that ended SUCCESS, all rounds`,
					sum(name, ({ succeeded }) => succeeded),
					RUNS * rounds,
				),
				exactly(
					`${name}: performances, all rounds`,
					sum(name, ({ performed }) => performed),
					RUNS * rounds,
				),
			]),
			versions: {},
			missing: [],
			notes: [
				`${RUNS} runs of ${WORK_MS} ms each round, half of them in each of the group's two queue classes, enqueued at once`,
				"throughput and use count from the first begin to the last end, by the lines that the jobs wrote",
				"reserved: no cap, one run at a time in each worker, ReservedConcurrentExecutions as many as the cap; the workers of a capped group are up to one more for each class, with batches of ten",
				"the runs are as short as they are to show what the mechanism costs: a slot is handed on in about the same time, however long a run is",
			],
		};
	} finally {
		await load.stop();
	}
}

const exactly = (what: string, value: number, limit: number): Verdict => ({
	what,
	value,
	limit: `${limit}`,
	holds: value === limit,
});

async function startLoad() {
	await rm(FOLDER, { recursive: true, force: true });
	await mkdir(FOLDER, { recursive: true });
	const journalPath = join(FOLDER, "journal.ndjson");
	await writeFile(journalPath, "");
	const worker = {
		entry: new URL("../workload/capped-worker.ts", import.meta.url),
		environment: { CAPPED_JOURNAL: journalPath },
	};
	const outFolder = join(FOLDER, "cdk.out");
	await synthesizePlatform({
		catalogue: cappedCatalogue,
		workers: { "cap-one": worker, "cap-three": worker, "reserved-one": worker, "reserved-three": worker },
		outFolder,
		edits: { reserved },
	});
	const stack = await startLocalStack({ assemblyDir: outFolder });
	const platform = openLocalPlatform(stack);
	const client = createClient({ ...platform, catalogue: cappedCatalogue });
	const journal = tailJournal(journalPath);
	return {
		async perform(group: CappedGroup, cap: number, runs: number, round: string): Promise<Round> {
			const ids: string[] = [];
			for (const job of cappedJobs[group]) {
				const mine = Array.from({ length: runs / cappedJobs[group].length }, (_, n) => `${job.name}-${round}-${n}`);
				ids.push(...mine);
				for (let at = 0; at < mine.length; at += BULK) {
					const some = mine.slice(at, at + BULK).map((id) => ({ id, input: { work_ms: WORK_MS } }));
					await client.enqueueMany(job, some);
				}
			}
			await stack.idle();
			const performances = performancesOf(await journal.read()).map(({ completedMs: endedMs, ...performance }) => ({
				...performance,
				endedMs,
			}));
			let succeeded = 0;
			for (let at = 0; at < ids.length; at += BULK) {
				const views = await client.statusMany(ids.slice(at, at + BULK));
				succeeded += views.filter(({ state }) => state === "SUCCESS").length;
			}
			const wallMs =
				Math.max(...performances.map(({ endedMs }) => endedMs ?? Number.NaN)) -
				Math.min(...performances.map(({ beganMs }) => beganMs));
			const busyMs = performances.reduce((sum, { beganMs, endedMs = beganMs }) => sum + endedMs - beganMs, 0);
			return {
				performed: performances.length,
				succeeded,
				mostAtOnce: mostAtOnce(performances),
				processes: new Set(performances.map(({ pid }) => pid)).size,
				runsPerSecond: (performances.length / wallMs) * 1_000,
				used: busyMs / cap / wallMs,
			};
		},
		async stop(): Promise<void> {
			await journal.close();
			await stack.stop();
			await rm(FOLDER, { recursive: true, force: true });
		},
	};
}

export const groupCaps: Benchmark = {
	name: "group-caps",
	title: `exact caps of worker groups over ${RUNS} runs a round, and what they cost`,
	run,
};
