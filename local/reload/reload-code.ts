/** Hot reload: when source code changes, the functions built from it are bundled again and their environments replaced. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { OnLocalEvent } from "../local-event.ts";
import type { RunningFunction } from "../run-functions.ts";
import type { CatalogueCheck, FoundCatalogue } from "./check-catalogue.ts";
import { createHeldCards, type PlaceCard } from "./held-cards.ts";
import { createRestartNotice } from "./restart-needed.ts";
import { type CodeWatcher, watchCode } from "./watch-code.ts";

/** Bundles one function anew and gives the folder of the result. The folder may be the same each time. */
export type Rebuild = (request: {
	readonly stack: string;
	readonly functionId: string;
	/** The entry file, as the template's Metadata names it. */
	readonly entry: string;
}) => Promise<string>;

/** The bundler's failures name file and line each; what it says around them is for a build on the command line. */
function messageOf(error: unknown): string {
	const failures = error instanceof MillraceError ? error.details["failures"] : undefined;
	if (Array.isArray(failures) && failures.length > 0) return failures.join("; ");
	return error instanceof Error ? error.message : String(error);
}

async function mainFile(folder: string, handler: string): Promise<string | undefined> {
	const file = handler.slice(0, handler.lastIndexOf("."));
	for (const extension of [".mjs", ".js", ".cjs"]) {
		try {
			return await readFile(join(folder, file + extension), "utf8");
		} catch {
			// The next spelling.
		}
	}
	return undefined;
}

export function reloadOnChange(options: {
	readonly functions: readonly RunningFunction[];
	readonly folders: readonly string[];
	readonly rebuild: Rebuild;
	readonly placeCard: PlaceCard;
	/** Asked at once, and before each rebuild: with faults, the code stays as it is. */
	readonly checkCatalogue: CatalogueCheck | undefined;
	readonly onEvent: OnLocalEvent | undefined;
}): CodeWatcher {
	const { functions, rebuild, placeCard, checkCatalogue, onEvent } = options;
	const atStart = checkCatalogue?.().then(({ catalogue: start }) =>
		start === undefined ? undefined : { start, notice: createRestartNotice(start) },
	);
	const cards = createHeldCards({ functions, placeCard, onEvent });
	const built = new Map<string, string>();
	const failing = new Set<string>();
	let running = false;
	let again = false;
	let faults: string | undefined;

	async function rebuildOne(candidate: RunningFunction): Promise<void> {
		const { plan, source, pool } = candidate;
		if (plan.bundle === undefined) return;
		const key = `${source.stack}/${source.functionId}`;
		try {
			if (!built.has(key) && "directory" in plan.code)
				built.set(key, (await mainFile(plan.code.directory, plan.handler)) ?? "");
			const folder = await rebuild({ ...source, entry: plan.bundle.entry });
			const code = await mainFile(folder, plan.handler);
			if (failing.delete(key)) onEvent?.({ type: "rebuild-recovered", ...source });
			// A change elsewhere in the project: the warm environments are as good as new ones.
			if (code !== undefined && code === built.get(key)) return;
			pool.replaceCode(cards.carryOver(candidate, folder));
			built.set(key, code ?? "");
			onEvent?.({ type: "code-replaced", ...source });
		} catch (error) {
			failing.add(key);
			onEvent?.({ type: "rebuild-failed", ...source, message: messageOf(error) });
		}
	}

	async function isFaulty(): Promise<boolean> {
		const { faults: found, catalogue } = (await checkCatalogue?.()) ?? {};
		if (found !== faults)
			onEvent?.(found === undefined ? { type: "catalogue-recovered" } : { type: "catalogue-invalid", message: found });
		faults = found;
		if (catalogue !== undefined) await takeUp(catalogue);
		return found !== undefined;
	}

	async function takeUp(catalogue: FoundCatalogue): Promise<void> {
		const { start, notice } = (await atStart) ?? {};
		if (start === undefined || notice === undefined) return;
		const parts = notice(catalogue);
		if (parts.length > 0) onEvent?.({ type: "restart-needed", parts });
		cards.replace(start.card, catalogue.card);
	}

	async function rebuildAll(): Promise<void> {
		again = true;
		if (running) return;
		running = true;
		while (again) {
			again = false;
			if (await isFaulty()) continue;
			for (const candidate of functions) await rebuildOne(candidate);
		}
		running = false;
	}

	return watchCode(options.folders, () => void rebuildAll());
}
