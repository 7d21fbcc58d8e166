/** Plants a mutant in the text of its file: exactly where it says, or not at all. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Mutant } from "./mutant.ts";

export const projectFolder = fileURLToPath(new URL("../../../", import.meta.url));

/** @returns the text with the fault in it, or why it can't be planted. */
export function patchOf({
	file,
	find,
	replace,
}: Mutant): { readonly text: string; readonly problem?: undefined } | { readonly problem: string } {
	const path = `${projectFolder}${file}`;
	if (!existsSync(path)) return { problem: `there is no ${file}` };
	const source = readFileSync(path, "utf8");
	const times = source.split(find).length - 1;
	return times === 1
		? { text: source.replace(find, () => replace) }
		: { problem: `its code stands in ${file} ${times} times` };
}
