/**
 * A setup file: platforms that tests synthesize bundle each entry file once a run, because some forty platforms have the same few functions.
 * The first bundle is the bundler's own, and the others are its copies: the same sources give the same bytes (`test/cdk/bundle.test.ts`,
 * which does without this file, as all tests of the bundler must).
 */
import { createHash } from "node:crypto";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { vi } from "vitest";
import type { bundleWorkersSync } from "../../../cdk/bundle/bundle-workers-sync.ts";
import type { WorkerBundle } from "../../../cdk/bundle/worker-bundle.ts";
import { draftFolder, keepForAll, madeOnce } from "./made-once.ts";

type BundleSync = typeof bundleWorkersSync;

const nameOf = (entry: string): string => `bundle-${createHash("sha256").update(entry).digest("hex").slice(0, 16)}`;

const bundleOnce =
	(bundle: BundleSync): BundleSync =>
	(entries, options = {}) => {
		const missing = entries.filter(({ entry }) => madeOnce(nameOf(entry)) === undefined);
		if (missing.length > 0) {
			const outFolder = draftFolder();
			for (const made of bundle(missing, { outFolder })) {
				const draft = draftFolder();
				cpSync(made.folder, join(draft, "files"), { recursive: true });
				writeFileSync(join(draft, "bundle.json"), JSON.stringify(made));
				keepForAll(nameOf(made.entry), draft);
			}
			rmSync(outFolder, { recursive: true });
		}
		return entries.map(({ group, entry }): WorkerBundle => {
			const made = madeOnce(nameOf(entry)) ?? "";
			const folder = resolve(options.outFolder ?? "build", group);
			rmSync(folder, { recursive: true, force: true });
			cpSync(join(made, "files"), folder, { recursive: true });
			const { files, sources } = JSON.parse(readFileSync(join(made, "bundle.json"), "utf8")) as WorkerBundle;
			return { group, entry, folder, files, sources };
		});
	};

vi.mock(import("../../../cdk/bundle/bundle-workers-sync.ts"), async (importOriginal) => {
	const original = await importOriginal();
	return { ...original, bundleWorkersSync: bundleOnce(original.bundleWorkersSync) };
});
