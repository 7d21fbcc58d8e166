/**
 * What one test file made for all others of its run, by name. Two that come at once both make it, and the one that is done first is kept:
 * nobody waits for another process, which may die.
 */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";

/** The folder of that name if somebody has made it. It is everybody's: leave it as it is. */
export function madeOnce(name: string): string | undefined {
	const folder = join(inject("madeOnceFolder"), name);
	return existsSync(folder) ? folder : undefined;
}

/** An empty folder to make something in; `keepForAll` takes it. */
export function draftFolder(): string {
	const draft = join(inject("madeOnceFolder"), `${randomUUID()}.draft`);
	mkdirSync(draft, { recursive: true });
	return draft;
}

/** Gives the folder that was kept under the name, which may be another's. */
export function keepForAll(name: string, draft: string): string {
	const folder = join(inject("madeOnceFolder"), name);
	try {
		renameSync(draft, folder);
	} catch (error) {
		if (!existsSync(folder)) throw error;
		rmSync(draft, { recursive: true });
	}
	return folder;
}
