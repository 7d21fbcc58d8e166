/**
 * Makes the emulator's own Python environment in the project's cache folder, from requirements.txt, and keeps it until that file or
 * the Python changes. Says exactly what is missing when it can't: an e2e that is skipped would look like one that passed.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand, tail } from "./command.ts";

const PYTHON_MINOR_MIN = 10;
const candidates = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python"];

export interface Python {
	readonly file: string;
	/** As `3.11.7`. */
	readonly version: string;
}

/** The first Python new enough: $PYTHON when set, else the usual names. @throws Error that says how to get one */
export async function findPython(logFile: string): Promise<Python> {
	const given = process.env["PYTHON"];
	const seen: string[] = [];
	for (const file of given === undefined || given === "" ? candidates : [given]) {
		const version = await versionOf(file, logFile);
		if (version === undefined) continue;
		const [major = 0, minor = 0] = version.split(".").map(Number);
		if (major === 3 && minor >= PYTHON_MINOR_MIN) return { file, version };
		seen.push(`${file} is ${version}`);
	}
	throw new Error(
		[
			`The e2e needs Python 3.${PYTHON_MINOR_MIN} or newer for its AWS emulator (MiniStack); found ${seen.length === 0 ? "none" : seen.join(", ")}.`,
			"Get it with: apt-get install python3 python3-venv | dnf install python3 | brew install python | https://www.python.org/downloads/",
			"Or name one that is not on the PATH: PYTHON=/path/to/python3 npm run e2e",
		].join("\n"),
	);
}

async function versionOf(file: string, logFile: string): Promise<string | undefined> {
	try {
		const args = ["-c", "import platform; print(platform.python_version())"];
		return (await runCommand({ file, args, env: process.env, cwd: ".", timeoutSeconds: 20, logFile })).trim();
	} catch {
		return undefined;
	}
}

export interface Environment {
	/** The environment's own interpreter. */
	readonly python: string;
	readonly fresh: boolean;
}

/** @throws Error that says what pip or venv lacked and how to get it */
export async function ensureEnvironment(options: {
	readonly python: Python;
	readonly folder: string;
	readonly requirementsFile: string;
	readonly logFile: string;
}): Promise<Environment> {
	const { python, folder, requirementsFile, logFile } = options;
	const requirements = await readFile(requirementsFile);
	const stamp = createHash("sha256").update(python.version).update(requirements).digest("hex");
	const stampFile = join(folder, "millrace-stamp");
	const interpreter = join(folder, "bin", "python");
	if (existsSync(stampFile) && existsSync(interpreter) && (await readFile(stampFile, "utf8")) === stamp) {
		return { python: interpreter, fresh: false };
	}
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true });
	// The user's own environment on purpose: pip's index, proxy and certificates are theirs to set.
	const shared = { env: process.env, cwd: folder, timeoutSeconds: 180, logFile };
	try {
		await runCommand({ ...shared, file: python.file, args: ["-m", "venv", folder] });
	} catch (cause) {
		throw new Error(
			`${python.file} (${python.version}) can't make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv`,
			{ cause },
		);
	}
	try {
		const args = [
			"-m",
			"pip",
			"install",
			"--quiet",
			"--disable-pip-version-check",
			"--require-hashes",
			"-r",
			requirementsFile,
		];
		await runCommand({ ...shared, file: interpreter, args });
	} catch (cause) {
		throw new Error(
			[
				"pip could not install the pinned AWS emulator (MiniStack, about 22 MB with its dependencies) from PyPI.",
				"It needs https://pypi.org and https://files.pythonhosted.org once; the environment is then kept in .cache/e2e-venv.",
				"Behind a proxy or with a mirror of your own, set HTTPS_PROXY, PIP_INDEX_URL or PIP_CERT and run it again.",
				`pip said: ${tail(cause instanceof Error ? cause.message : String(cause), 6)}`,
			].join("\n"),
		);
	}
	await writeFile(stampFile, stamp);
	return { python: interpreter, fresh: true };
}
