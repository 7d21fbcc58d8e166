/** This project's own app, synthesized and running on this machine, for tests that use it from outside: CLI, producers. */
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type LocalStack, type LocalStackOptions, startLocalStack } from "../../local/local-stack.ts";
import { LOCAL_STATE_FILE } from "../../local/state-file.ts";
import type { PlatformAddress } from "../../shared/wire/platform-address.ts";

export const projectFolder = fileURLToPath(new URL("../../", import.meta.url));

export interface RealStack {
	readonly stack: LocalStack;
	readonly address: PlatformAddress;
	/** Holds the state file, as the project's folder does while `npm start` runs: a command run in here finds the stack. */
	readonly folder: string;
	stop(): Promise<void>;
}

export async function startRealStack(options: Pick<LocalStackOptions, "onEvent"> = {}): Promise<RealStack> {
	const folder = await mkdtemp(join(tmpdir(), "millrace-real-"));
	const assemblyDir = join(folder, "cdk.out");
	await promisify(execFile)(process.execPath, ["cdk/app.ts"], {
		cwd: projectFolder,
		env: { ...process.env, CDK_OUTDIR: assemblyDir },
	});
	const stack = await startLocalStack({ ...options, assemblyDir, stateFile: join(folder, LOCAL_STATE_FILE) });
	const address = stack.platforms["Millrace"];
	if (address === undefined) throw new Error("The app has no stack Millrace");
	return {
		stack,
		address,
		folder,
		async stop() {
			await stack.stop();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

export interface Finished {
	readonly code: number;
	readonly out: string;
	readonly err: string;
}

/** Runs a program to its end; a code other than 0 is a result, not an error. */
export function runProgram(
	file: string,
	args: readonly string[],
	options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv; readonly stdin?: string },
): Promise<Finished> {
	return new Promise((resolve, reject) => {
		const child = execFile(
			file,
			[...args],
			{ cwd: options.cwd, env: options.env ?? process.env, timeout: 60_000 },
			(error, out, err) => {
				if (error !== null && typeof error.code !== "number") reject(error);
				else resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err });
			},
		);
		child.stdin?.end(options.stdin ?? "");
	});
}
