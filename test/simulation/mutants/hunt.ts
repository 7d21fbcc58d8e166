/** Looks for one planted fault with as many seeds as it takes: in a copy of the project, in a process of its own, so that nothing here changes. */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Mutant } from "./mutant.ts";
import { patchOf, projectFolder } from "./patch.ts";

export interface Hunt {
	readonly name: string;
	readonly what: string;
	readonly caught: boolean;
	/** Seeds run until it was caught; all of them for a survivor. */
	readonly seeds: number;
	/** The promise that broke first, or how else it was noticed. */
	readonly by: string;
	/** The kept history that showed it, where none of the seeds did. */
	readonly history?: string;
}

/** A fault that makes a world endless is noticed by this: so long without a sign of life. */
const patienceMs = 180_000;

export async function hunt(mutant: Mutant, seedsMax: number): Promise<Hunt> {
	const patch = patchOf(mutant);
	if (patch.problem !== undefined) throw new Error(`${mutant.name} can't be planted: ${patch.problem}`);
	const folder = mkdtempSync(join(tmpdir(), "millrace-mutant-"));
	try {
		for (const part of ["shared", "test/simulation", "test/support", "package.json"])
			cpSync(join(projectFolder, part), join(folder, part), { recursive: true });
		symlinkSync(join(projectFolder, "node_modules"), join(folder, "node_modules"));
		writeFileSync(join(folder, mutant.file), patch.text);
		return { name: mutant.name, what: mutant.what, ...(await runIn(folder, seedsMax)) };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

interface Answer {
	readonly seeds: number;
	readonly failures: readonly { readonly seed: number; readonly breaches: readonly { readonly promise: string }[] }[];
}

interface HistoriesAnswer {
	readonly failures: readonly {
		readonly history: string;
		readonly breaches: readonly { readonly promise: string }[];
	}[];
}

type Found = Pick<Hunt, "caught" | "seeds" | "by" | "history">;

async function runIn(folder: string, seedsMax: number): Promise<Found> {
	const seeds = [
		"--seeds",
		`${seedsMax}`,
		"--threads",
		"1",
		"--no-coverage",
		"--no-shrink",
		"--stop-at-first",
		"--progress",
	];
	const ran = await simulate<Answer>(folder, seeds);
	if ("stopped" in ran) return { caught: true, seeds: ran.stopped === endless ? seedsMax : 1, by: ran.stopped };
	const [first] = ran.answer.failures;
	if (first !== undefined) return { caught: true, seeds: first.seed + 1, by: first.breaches[0]?.promise ?? "nothing" };
	const replayed = await simulate<HistoriesAnswer>(folder, ["--histories"]);
	const [broken] = "answer" in replayed ? replayed.answer.failures : [];
	return broken === undefined
		? { caught: false, seeds: ran.answer.seeds, by: "nothing" }
		: { caught: true, seeds: ran.answer.seeds, by: broken.breaches[0]?.promise ?? "nothing", history: broken.history };
}

const endless = "does not end";

function simulate<Answered>(
	folder: string,
	options: readonly string[],
): Promise<{ readonly answer: Answered } | { readonly stopped: string }> {
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, [join(folder, "test/simulation/main.ts"), "--json", ...options], {
			cwd: folder,
			stdio: ["ignore", "pipe", "pipe"],
		});
		let output = "";
		let errors = "";
		child.stdout.on("data", (chunk) => (output += String(chunk)));
		const impatience = setTimeout(() => child.kill("SIGKILL"), patienceMs);
		child.stderr.on("data", (chunk) => {
			errors += String(chunk);
			impatience.refresh();
		});
		child.on("error", reject);
		child.on("close", (code, signal) => {
			clearTimeout(impatience);
			if (signal !== null) return resolve({ stopped: endless });
			if (output !== "") return resolve({ answer: JSON.parse(output) as Answered });
			resolve({ stopped: `stops: ${errors.split("\n").find((line) => line.includes("Error")) ?? `exit ${code}`}` });
		});
	});
}
