/**
 * One project per kind of test, so that `npx vitest --project unit` runs one kind alone. Kinds that start processes run after the rest, two
 * files at a time: they mostly wait, and more would starve each other into their timeouts on two cores. The e2e has its own command.
 */
import { defineConfig } from "vitest/config";
import { ClosingLineReporter } from "./test/support/closing-line-reporter.ts";
import { LongFilesFirst } from "./test/support/long-files-first.ts";

interface Kind {
	readonly name: string;
	readonly include: string[];
	readonly timeoutMs: number;
	/** Kinds of a lower turn run first, those of one turn together. */
	readonly turn: number;
	/** Files at the same time. Every kind of one turn has the same number. */
	readonly workersMax: number;
	/** Its files share what they would else each make alike, see test/support/made-once/. Default false. */
	readonly makesOnce?: boolean;
	/** Runs in each process before its files. */
	readonly setupFile?: string;
	/** Each file has a process of its own. Default true; without it files share what they import, which was half of the time of small ones. */
	readonly isolate?: boolean;
}

const kinds: readonly Kind[] = [
	{ name: "tidy", include: ["test/tidy.test.ts"], timeoutMs: 30_000, turn: 0, workersMax: 2 },
	{ name: "unit", include: ["test/unit/**/*.test.ts"], timeoutMs: 15_000, turn: 0, workersMax: 2, isolate: false },
	{
		name: "property",
		include: ["test/property/**/*.test.ts"],
		timeoutMs: 60_000,
		turn: 0,
		workersMax: 2,
		setupFile: "test/support/property-seed.ts",
		isolate: false,
	},
	{ name: "simulation", include: ["test/simulation/**/*.test.ts"], timeoutMs: 60_000, turn: 0, workersMax: 2 },
	{
		name: "contract",
		include: ["test/contract/**/*.test.ts"],
		timeoutMs: 60_000,
		turn: 1,
		workersMax: 2,
		isolate: false,
	},
	{
		name: "cdk",
		include: ["test/cdk/**/*.test.ts"],
		timeoutMs: 120_000,
		turn: 1,
		workersMax: 2,
		makesOnce: true,
		isolate: false,
	},
	{
		name: "integration",
		include: ["test/integration/**/*.test.ts"],
		timeoutMs: 120_000,
		turn: 2,
		workersMax: 2,
		makesOnce: true,
	},
];

export default defineConfig({
	test: {
		sequence: { sequencer: LongFilesFirst },
		reporters: ["default", new ClosingLineReporter()],
		projects: kinds.map(
			({ name, include, timeoutMs, turn, workersMax, makesOnce = false, setupFile, isolate = true }) => ({
				test: {
					name,
					include,
					environment: "node",
					testTimeout: timeoutMs,
					hookTimeout: timeoutMs,
					// A stuck hook must not hold up the run for longer than its own time.
					teardownTimeout: 10_000,
					maxWorkers: workersMax,
					isolate,
					globalSetup: makesOnce ? ["test/support/made-once/folder.ts"] : [],
					setupFiles: [
						...(makesOnce ? ["test/support/made-once/bundles.ts"] : []),
						...(setupFile === undefined ? [] : [setupFile]),
					],
					sequence: { groupOrder: turn },
				},
			}),
		),
	},
});
