/** An option that is JSON: given on the command line, in a file (`@file`), or on standard input (`-`). */
import { readFile } from "node:fs/promises";
import { cutToWidth } from "../shared/kernel/safe-text.ts";
import { usage } from "./command-context.ts";
import type { Io } from "./io.ts";

const GOT_COLUMNS = 60;

/** @throws MillraceError `usage` */
export async function readJsonOption(io: Io, option: string, given: string): Promise<unknown> {
	const [source, text] =
		given === "-"
			? ["standard input", await io.readStdin()]
			: given.startsWith("@")
				? [given.slice(1), await readJsonFile(option, given.slice(1))]
				: [option, given];
	try {
		return JSON.parse(text);
	} catch (error) {
		const problem = error instanceof Error ? error.message : String(error);
		const advice = source === option ? ` Quote it for your shell: ${option} '{"pipeline_id": 1}'.` : "";
		throw usage(`${source} is not JSON: ${problem}; got "${cutToWidth(text.trim(), GOT_COLUMNS)}".${advice}`);
	}
}

async function readJsonFile(option: string, file: string): Promise<string> {
	try {
		return await readFile(file, "utf8");
	} catch (error) {
		throw usage(`${option} @${file} can't be read: ${error instanceof Error ? error.message : String(error)}.`);
	}
}
