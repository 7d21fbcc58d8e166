// SIGKILLs of workers in the middle of their work, in alternating rounds: what is lost, what is performed twice at once,
// what is settled twice, and what is performed again. In a round every system gets the same plan, workload and journal;
// ours is judged by the stream of its table besides (test/support/kill-run.ts). What must be 0 is added up over all
// rounds; the rest is what a round costs.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type KillRunReport, runKills } from "../../test/support/kill-run.ts";
import { type BenchContext, type Benchmark, type Measure, measure, type Verdict } from "../document.ts";
import { findPeers, type PeerSetup } from "../kill/killable-peers.ts";
import { type KillSize, killPeer, type PeerKillReport } from "../kill/peer-kill.ts";
import { alternate } from "../measure/rounds.ts";
import { summarize } from "../measure/statistics.ts";
import { CACHE_FOLDER } from "../setup/paths.ts";

/** Of one round. Five rounds, the default, are a thousand runs and a hundred kills for each system. */
const RUNS = 200;
const KILLS = 20;
const WORK_MS = 40;
/** The first round's; each round after it takes the next. */
const SEED = 20_261_120;
const OURS = "Millrace";
const FOLDER = join(CACHE_FOLDER, "kill");

type Report = KillRunReport | PeerKillReport;

const sizeOf = (round: number): KillSize => ({ runs: RUNS, kills: KILLS, seed: SEED + round, workMs: WORK_MS });

async function run(context: BenchContext) {
	const { rounds, progress } = context;
	const { peers, missing, versions } = await findPeers();
	const ours: KillRunReport[] = [];
	const reports = await alternate<Report>(
		[
			{
				name: OURS,
				measure: async (round) => {
					const report = await killOurs(round, progress);
					ours.push(report);
					return report;
				},
			},
			...peers.map((setup) => ({
				name: setup.name,
				measure: (round: number) => killOne(setup, round, progress),
			})),
		],
		rounds,
		progress,
	);
	const runs = RUNS * rounds;
	const succeeded = sum(ours, ({ states }) => states["SUCCESS"] ?? 0);
	const settledTwice = sum(ours, (report) => report.settledTwice.length);
	const kills = sum(ours, (report) => report.kills);
	const violations = ours.flatMap((report, round) =>
		report.violations.map((violation) => `VIOLATION in round ${round + 1}: ${violation}`),
	);
	return {
		measures: [
			...[...reports].flatMap(([name, each]) => totalsOf(name, each, runs)),
			total(OURS, "runs that ended SUCCESS", runs, succeeded),
			total(OURS, "runs settled twice", runs, settledTwice),
			...[...reports].flatMap(([name, each]) => roundsOf(name, each)),
		],
		verdicts: [
			none("runs that did not end SUCCESS", runs - succeeded),
			none("runs lost", lostIn(ours)),
			none("runs performed twice at once", overlappingIn(ours)),
			none("runs settled twice", settledTwice),
			none("violations of any kind", violations.length),
		],
		versions,
		missing,
		notes: [
			`each system: ${count(runs)} runs of ${WORK_MS} ms, ${count(KILLS * rounds)} kills in all, in the middle of work; ` +
				`${rounds} rounds of ${RUNS} runs and ${KILLS} kills, seeds ${SEED} to ${SEED + rounds - 1}`,
			...(kills === KILLS * rounds ? [] : [`${OURS}: the kills took ${count(kills)} processes`]),
			`${OURS}: 2 worker processes with batches of 10, so a kill interrupts up to 10 runs; function timeout 4 s, visibility 20 s`,
			`${OURS}: settles witnessed by ${ours.every(({ witness }) => witness === "stream") ? "the DynamoDB stream of the runs table" : "repeated looks at every run"}`,
			`${OURS}: from start to end includes synthesizing its stack and starting it`,
			...peers.map(({ name, setup }) => `${name}: ${setup}; a kill takes the whole worker`),
			"performed again and completed again are what at-least-once means: the work was under way, or done and not yet settled, when its process died",
			...violations,
			...peers.flatMap(({ name }) => unfinished(name, reports.get(name) ?? [])),
		],
	};
}

function killOurs(round: number, progress: BenchContext["progress"]): Promise<KillRunReport> {
	const onProgress = (message: string): void => progress(`${OURS}: ${message}`);
	return runKills({ ...sizeOf(round), folder: join(FOLDER, `round-${round + 1}`), onProgress });
}

async function killOne(setup: PeerSetup, round: number, progress: BenchContext["progress"]): Promise<PeerKillReport> {
	await mkdir(FOLDER, { recursive: true });
	const journalPath = join(FOLDER, "journal.ndjson");
	await writeFile(journalPath, "");
	const { peer, stop } = await setup.start(journalPath);
	try {
		return await killPeer(peer, journalPath, sizeOf(round), progress);
	} finally {
		await stop();
		await rm(FOLDER, { recursive: true, force: true });
	}
}

/** What is promised of every run: one number over all rounds. */
function totalsOf(subject: string, reports: readonly Report[], runs: number): Measure[] {
	return [
		total(subject, "runs lost: never performed to the end", runs, lostIn(reports)),
		total(subject, "runs performed twice at once", runs, overlappingIn(reports)),
	];
}

function roundsOf(subject: string, reports: readonly Report[]): Measure[] {
	const perRound = (what: string, unit: string, of: (report: Report) => number): Measure =>
		measure(subject, `${what}, a round`, unit, summarize(reports.map(of)));
	return [
		perRound("runs lost", `of ${RUNS}`, ({ neverCompleted }) => neverCompleted.length),
		perRound("performances interrupted by a kill", `${KILLS} kills`, ({ interrupted }) => interrupted),
		perRound("runs performed again", `of ${RUNS}`, ({ performedAgain }) => performedAgain),
		perRound("runs completed again", `of ${RUNS}`, ({ completedAgain }) => completedAgain),
		perRound("last kill to nothing left", "s", ({ recoverySeconds }) => recoverySeconds),
		perRound("from start to end", "s", ({ seconds }) => seconds),
	];
}

/** A peer whose time was over before its broker was empty may not have lost what it had not performed. */
function unfinished(name: string, reports: readonly Report[]): string[] {
	return reports.flatMap((report, round) =>
		"stillHeld" in report && report.stillHeld > 0
			? [`${name}: in round ${round + 1} the time was over with ${report.stillHeld} messages still in the broker`]
			: [],
	);
}

const sum = <Each>(of: readonly Each[], value: (each: Each) => number): number =>
	of.reduce((before, each) => before + value(each), 0);

const lostIn = (reports: readonly Report[]): number => sum(reports, ({ neverCompleted }) => neverCompleted.length);
const overlappingIn = (reports: readonly Report[]): number => sum(reports, ({ overlapping }) => overlapping.length);

const count = (value: number): string => value.toLocaleString("en-US");

const total = (subject: string, what: string, runs: number, value: number): Measure =>
	measure(subject, `${what}, all rounds`, `of ${count(runs)}`, summarize([value]));

const none = (what: string, value: number): Verdict => ({
	what: `${what}, all rounds`,
	value,
	limit: "0",
	holds: value === 0,
});

export const kill: Benchmark = {
	name: "kill",
	title: `SIGKILLs of workers in the middle of work, ${KILLS} over ${RUNS} runs a round`,
	run,
};
