/** `npm start` where it refuses: at once, with the error's code in front and the documented exit code. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectFolder } from "../support/project-files.ts";
import { temporaryFolder } from "./local-assembly.ts";

function start(...args: readonly string[]): { readonly status: number | null; stdout: string; stderr: string } {
	return spawnSync(process.execPath, [join(projectFolder, "local/start.ts"), ...args], { encoding: "utf8" });
}

test("a start beside a stack that runs is refused before anything is synthesized", () => {
	const dataDir = temporaryFolder();
	writeFileSync(join(dataDir, "owner.json"), JSON.stringify({ pid: process.pid }));
	expect(start("--once", "--data", dataDir)).toMatchObject({
		status: 2,
		stdout: "",
		stderr: expect.stringMatching(/^error local-stack-running: A local stack is running here already \(process \d+, /),
	});
});

test("a wrong option is named, and where the right ones stand", () => {
	expect(start("--bogus")).toMatchObject({
		status: 2,
		stdout: "",
		stderr: "error usage: Unknown option '--bogus'\nSee `npm start -- --help`.\n",
	});
});
