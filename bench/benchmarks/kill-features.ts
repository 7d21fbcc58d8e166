// SIGKILLs of workers while they perform runs that use every feature at once (test/support/kill-features.ts): which
// promise was broken, added up over all rounds, and how much of each feature the rounds went through.
import { join } from "node:path";
import { GROUP_CAP, KEYED_MAX, RATE } from "../../test/support/kill-features/catalogue.ts";
import { type KillFeaturesReport, runFeatureKills } from "../../test/support/kill-features.ts";
import { type BenchContext, type Benchmark, type Measure, measure, type Verdict } from "../document.ts";
import { summarize } from "../measure/statistics.ts";
import { CACHE_FOLDER } from "../setup/paths.ts";

/** Of one round. */
const RUNS = 300;
const KILLS = 20;
/** The first round's; each round after it takes the next. */
const SEED = 20_261_121;
const OURS = "Millrace";
const FOLDER = join(CACHE_FOLDER, "kill-features");

async function run({ rounds, progress }: BenchContext) {
	const reports: KillFeaturesReport[] = [];
	for (let round = 0; round < rounds; round++) {
		progress(`round ${round + 1} of ${rounds}`);
		const folder = join(FOLDER, `round-${round + 1}`);
		reports.push(await runFeatureKills({ seed: SEED + round, runs: RUNS, kills: KILLS, folder, onProgress: progress }));
	}
	const sum = (of: (report: KillFeaturesReport) => number): number =>
		reports.reduce((total, report) => total + of(report), 0);
	const most = (of: (report: KillFeaturesReport) => number): number => Math.max(...reports.map(of));
	const runs = sum((report) => report.runs);
	const ended = sum(({ states }) => (states["SUCCESS"] ?? 0) + (states["SKIPPED"] ?? 0));
	const violations = reports.flatMap((report, round) =>
		report.violations.map((violation) => `VIOLATION in round ${round + 1}: ${violation}`),
	);
	const total = (what: string, unit: string, value: number): Measure =>
		measure(OURS, `${what}, all rounds`, unit, summarize([value]));
	const each = (what: string, unit: string, of: (report: KillFeaturesReport) => number): Measure =>
		measure(OURS, `${what}, a round`, unit, summarize(reports.map(of)));
	const none = (what: string, value: number): Verdict => ({
		what: `${what}, all rounds`,
		value,
		limit: "0",
		holds: value === 0,
	});
	return {
		measures: [
			total("runs, children included", "runs", runs),
			total("runs that ended as they should", "runs", ended),
			total(
				"kills",
				"kills",
				sum(({ kills }) => kills),
			),
			total(
				"performances interrupted by a kill",
				"performances",
				sum(({ interrupted }) => interrupted),
			),
			total(
				"most runs of the group at once",
				`cap ${GROUP_CAP}`,
				most(({ mostOfGroup }) => mostOfGroup),
			),
			total(
				"most runs of a key at once",
				`limit ${KEYED_MAX}`,
				most(({ mostOfKey }) => mostOfKey),
			),
			total(
				"effects given to a later performance, with the same value",
				"effects",
				sum((r) => r.effectsGivenAgain),
			),
			total(
				"legs after the first",
				"legs",
				sum(({ laterLegs }) => laterLegs),
			),
			total(
				"runs that took several attempts",
				"runs",
				sum(({ attemptsAgain }) => attemptsAgain),
			),
			total(
				"runs that a finished run enqueued",
				"runs",
				sum(({ children }) => children),
			),
			total(
				"runs given an earlier result",
				"runs",
				sum(({ cached }) => cached),
			),
			total(
				"runs debounced",
				"runs",
				sum(({ debounced }) => debounced),
			),
			each("last kill to nothing left", "s", ({ recoverySeconds }) => recoverySeconds),
			each("from start to end", "s", ({ seconds }) => seconds),
		],
		verdicts: [
			none("runs that did not end as they should", runs - ended),
			none(
				"runs settled twice",
				sum(({ settledTwice }) => settledTwice),
			),
			none("rounds with more starts than the rate allows", reports.filter(({ rateExcess }) => rateExcess > 0).length),
			none("violations of any kind", violations.length),
		],
		versions: {},
		missing: [],
		notes: [
			`${rounds} rounds of ${RUNS} runs and ${KILLS} kills, seeds ${SEED} to ${SEED + rounds - 1}; up to six worker processes of one group, function timeout 6 s, visibility 22 s`,
			`kinds in turn: rate ${RATE.perSecond}/s burst ${RATE.burst}; ${KEYED_MAX} at once for a key; singleton for a key; stages over two legs, with an effect and a checkpoint each; failing at first; enqueueing two; claim-checked input and result; cached results; done together; debounced`,
			"a fifth of the runs has priority 9, a fifth is routed by its tenant, a tenth begins a second later; a hook stands before and after each",
			...(reports.every(({ witness }) => witness === "stream")
				? []
				: ["settles were not witnessed: the emulator has no streams"]),
			...violations,
		],
	};
}

export const killFeatures: Benchmark = {
	name: "kill-features",
	title: `SIGKILLs of workers with every feature in use, ${KILLS} over ${RUNS} runs a round`,
	run,
};
