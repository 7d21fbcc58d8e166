/**
 * One project per kind of test, so that `npx vitest --project unit` runs one kind alone. Kinds that start processes run after the rest,
 * one file at a time, so that on two cores they don't starve each other into their timeouts. The e2e has its own command.
 */
import { defineConfig } from "vitest/config";
import { ClosingLineReporter } from "./test/support/closing-line-reporter.ts";

interface Kind {
	readonly name: string;
	readonly include: string[];
	readonly timeoutMs: number;
	/** Kinds of a lower turn run first, those of one turn together. */
	readonly turn: number;
	/** Files at the same time. Every kind of one turn has the same number. */
	readonly workersMax: number;
}

const kinds: readonly Kind[] = [
	{ name: "tidy", include: ["test/tidy.test.ts"], timeoutMs: 30_000, turn: 0, workersMax: 2 },
	{ name: "unit", include: ["test/unit/**/*.test.ts"], timeoutMs: 15_000, turn: 0, workersMax: 2 },
	{ name: "property", include: ["test/property/**/*.test.ts"], timeoutMs: 60_000, turn: 0, workersMax: 2 },
	{ name: "simulation", include: ["test/simulation/**/*.test.ts"], timeoutMs: 60_000, turn: 0, workersMax: 2 },
	{ name: "contract", include: ["test/contract/**/*.test.ts"], timeoutMs: 60_000, turn: 1, workersMax: 1 },
	{ name: "cdk", include: ["test/cdk/**/*.test.ts"], timeoutMs: 120_000, turn: 1, workersMax: 1 },
	{ name: "integration", include: ["test/integration/**/*.test.ts"], timeoutMs: 120_000, turn: 2, workersMax: 1 },
];

export default defineConfig({
	test: {
		reporters: ["default", new ClosingLineReporter()],
		projects: kinds.map(({ name, include, timeoutMs, turn, workersMax }) => ({
			test: {
				name,
				include,
				environment: "node",
				testTimeout: timeoutMs,
				hookTimeout: timeoutMs,
				// A stuck hook must not hold up the run for longer than its own time.
				teardownTimeout: 10_000,
				maxWorkers: workersMax,
				sequence: { groupOrder: turn },
			},
		})),
	},
});
