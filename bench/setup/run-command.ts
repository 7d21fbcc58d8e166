// One command run to its end, for the installs of the bench.
import { spawn } from "node:child_process";

export interface CommandResult {
	readonly code: number;
	readonly stdout: string;
	readonly stderr: string;
}

/** Never throws: a command that can't be started has code 127 and the reason in stderr. */
export function runCommand(command: string, args: readonly string[], cwd?: string): Promise<CommandResult> {
	return new Promise((resolve) => {
		const child = spawn(command, [...args], { stdio: ["ignore", "pipe", "pipe"], ...(cwd ? { cwd } : {}) });
		let stdout = "";
		let stderr = "";
		child.stdout.on("data", (chunk: Buffer) => {
			stdout += chunk.toString();
		});
		child.stderr.on("data", (chunk: Buffer) => {
			stderr += chunk.toString();
		});
		child.on("error", (error) => resolve({ code: 127, stdout, stderr: error.message }));
		child.on("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
	});
}
