/**
 * `npm run sim -- --seeds 10000 --from 0 [--threads n] [--json] [--no-coverage] [--no-shrink] [--stop-at-first] [--progress]` runs many worlds and says what was covered and what broke.
 * `npm run sim -- --seed 17 [--trace] [--json]` runs one, and tells its history line by line. A failure is told with its seed, the commit
 * and the shortest history in which it shows. `--histories [--json]` replays what is kept of earlier ones (histories.ts). Ends with 1 if a promise broke in a way that no open finding explains.
 */
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { describeSeeds, type ManySeeds } from "./describe-seeds.ts";
import { replayHistories } from "./histories.ts";
import { runSeed } from "./run-seed.ts";
import { runSeeds } from "./run-seeds.ts";
import { shrink } from "./shrink.ts";
import { createTrace } from "./trace.ts";

/** More failures than this are counted, and not shrunk. */
const shrunkMax = 3;

const { values } = parseArgs({
	options: {
		seeds: { type: "string", default: "10000" },
		from: { type: "string", default: "0" },
		seed: { type: "string" },
		threads: { type: "string" },
		trace: { type: "boolean", default: false },
		json: { type: "boolean", default: false },
		"no-coverage": { type: "boolean", default: false },
		"no-shrink": { type: "boolean", default: false },
		"stop-at-first": { type: "boolean", default: false },
		progress: { type: "boolean", default: false },
		histories: { type: "boolean", default: false },
	},
});

function wholeNumber(option: "seeds" | "from" | "seed" | "threads"): number {
	const text = values[option] ?? "";
	const value = Number(text);
	if (text !== "" && Number.isSafeInteger(value) && value >= 0) return value;
	throw new Error(`--${option} must be a whole number from 0; got "${text}"`);
}

/** A pipe that its reader closed (`| head`) is no fault. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
	if (error.code !== "EPIPE") throw error;
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** The commit, for a seed means the same world only with the same code. */
function commit(): string {
	try {
		const git = (...words: string[]): string =>
			execFileSync("git", words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
		return `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain", "--", "shared", "test") === "" ? "" : " with changes"}`;
	} catch {
		return "unknown";
	}
}

async function runOne(seed: number): Promise<boolean> {
	const trace = createTrace();
	const report = await runSeed(seed, values.trace ? { observe: trace.observe } : {});
	const { breaches } = report;
	const shortest = breaches.length === 0 ? undefined : await shrink(seed, report);
	if (values.json) {
		print(
			JSON.stringify(
				{
					seed,
					commit: commit(),
					breaches,
					shortest: shortest?.kept ?? [],
					...(values.trace ? { trace: trace.lines } : {}),
				},
				null,
				2,
			),
		);
	} else {
		for (const line of trace.lines) print(line);
		print(`seed ${seed}, commit ${commit()}: ${breaches.length === 0 ? "all promises held" : "broken"}`);
		for (const { promise, how, explainedBy } of breaches)
			print(`  ${promise}: ${how}${explainedBy === undefined ? "" : ` (${explainedBy})`}`);
		if (shortest !== undefined)
			print(`the shortest history found in which it breaks:\n${shortest.kept.map((name) => `  ${name}`).join("\n")}`);
	}
	return breaches.every(({ explainedBy }) => explainedBy !== undefined);
}

async function runMany(): Promise<boolean> {
	const seeds = await runSeeds({
		from: wholeNumber("from"),
		count: wholeNumber("seeds"),
		coverage: !values["no-coverage"],
		stopAtFirst: values["stop-at-first"],
		...(values.progress ? { onProgress: (ran) => process.stderr.write(`${ran} seeds\n`) } : {}),
		...(values.threads === undefined ? {} : { threads: wholeNumber("threads") }),
	});
	const failures: ManySeeds["failures"][number][] = [];
	for (const { seed, breaches } of seeds.failures) {
		const shortest =
			failures.length < shrunkMax && !values["no-shrink"] ? await shrink(seed, await runSeed(seed)) : undefined;
		failures.push({ seed, breaches, shortest: shortest?.kept });
	}
	const report = {
		from: wholeNumber("from"),
		seeds: seeds.ran,
		commit: commit(),
		seconds: Math.round(seeds.durationMs / 100) / 10,
		seedsPerMinute: Math.round((seeds.ran / seeds.durationMs) * 60_000),
		failures,
		explained: seeds.explained,
		tally: seeds.tally,
		coverage: seeds.coverage,
	};
	print(values.json ? JSON.stringify(report, null, 2) : describeSeeds(report));
	return failures.length === 0;
}

async function runHistories(): Promise<boolean> {
	const failures = await replayHistories();
	if (values.json) print(JSON.stringify({ commit: commit(), failures }, null, 2));
	else {
		for (const { history, breaches } of failures)
			for (const { promise, how } of breaches) print(`${history}: ${promise}: ${how}`);
		print(failures.length === 0 ? "all promises held" : `broken in ${failures.length} histories`);
	}
	return failures.length === 0;
}

const run = (): Promise<boolean> => {
	if (values.histories) return runHistories();
	return values.seed === undefined ? runMany() : runOne(wholeNumber("seed"));
};
process.exitCode = (await run()) ? 0 : 1;
