// What `cdk synth` of the whole app takes, the command's own start included: in a folder without anything from before,
// and again with nothing changed. Budgets: 15 s and 5 s on two cores.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { performance } from "node:perf_hooks";
import { atMost, type BenchContext, type Benchmark, measure } from "../document.ts";
import { summarize } from "../measure/statistics.ts";
import { CACHE_FOLDER, PROJECT_FOLDER } from "../setup/paths.ts";
import { runCommand } from "../setup/run-command.ts";

const COLD = "nothing from before";
const WARM = "nothing changed since";
/** Bundles, what is remembered and output lie under the folder it is called from: this one leaves the project's own alone. */
const FOLDER = join(CACHE_FOLDER, "synth");

interface Synth {
	readonly seconds: number;
	readonly cpuSeconds: number;
}

async function run(context: BenchContext) {
	const cold: Synth[] = [];
	const warm: Synth[] = [];
	const settings = JSON.parse(await readFile(join(PROJECT_FOLDER, "cdk.json"), "utf8")) as object;
	const app = relative(FOLDER, join(PROJECT_FOLDER, "cdk", "app.ts"));
	for (let round = 1; round <= context.rounds; round += 1) {
		await rm(FOLDER, { recursive: true, force: true });
		await mkdir(FOLDER, { recursive: true });
		await writeFile(join(FOLDER, "cdk.json"), JSON.stringify({ ...settings, app: `node ${app}` }));
		context.progress(`round ${round}/${context.rounds}: ${COLD}`);
		cold.push(await synth());
		context.progress(`round ${round}/${context.rounds}: ${WARM}`);
		warm.push(await synth());
	}
	const wall = (all: readonly Synth[]) => summarize(all.map(({ seconds }) => seconds));
	const cpu = (all: readonly Synth[]) => summarize(all.map(({ cpuSeconds }) => cpuSeconds));
	return {
		measures: [
			measure(COLD, "synth", "s", wall(cold)),
			measure(WARM, "synth", "s", wall(warm)),
			measure(COLD, "CPU time", "s", cpu(cold)),
			measure(WARM, "CPU time", "s", cpu(warm)),
		],
		verdicts: [atMost(`synth, ${COLD}`, wall(cold), 15, " s"), atMost(`synth, ${WARM}`, wall(warm), 5, " s")],
		versions: {},
		missing: [],
		notes: [
			"the whole app with all that `npm run synth` does: bundles, cdk-nag, CloudFormation's own rules",
			"remembered from the synth before: templates without findings, byte for byte, and what Node compiled; bundles are built and cdk-nag looks every time",
			"CPU time leaves out esbuild's own process, which nobody waits for when it ends",
		],
	};
}

/** The shell tells what its children, and theirs, took of the processor. */
async function synth(): Promise<Synth> {
	const cdk = join(PROJECT_FOLDER, "node_modules", ".bin", "cdk");
	const began = performance.now();
	const script = '"$1" synth --quiet >&2 && times';
	const { code, stdout, stderr } = await runCommand("sh", ["-c", script, "sh", cdk], FOLDER);
	if (code !== 0) throw new Error(`cdk synth failed:\n${stderr}`);
	return { seconds: (performance.now() - began) / 1000, cpuSeconds: cpuSecondsIn(stdout) };
}

/** Of `times`: user and system time of the shell, and on the second line of its children, as `1m2.34s`. */
function cpuSecondsIn(times: string): number {
	const all = [...(times.trim().split("\n").at(-1) ?? "").matchAll(/(\d+)m([\d.]+)s/g)];
	return all.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

export const synthBudget: Benchmark = {
	name: "synth",
	title: "cdk synth of the whole app, from nothing and again",
	run,
};
