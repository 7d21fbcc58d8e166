// The command line of `npm run bench`.
import { parseArgs } from "node:util";

/** What the page promises of every figure on it. */
const DOCS_ROUNDS_MIN = 5;

export interface BenchOptions {
	readonly json: boolean;
	readonly rounds: number;
	readonly only: readonly string[];
	readonly docs: boolean;
	readonly help: boolean;
}

export const usage = (names: readonly string[]): string =>
	[
		"npm run bench -- [--json] [--only a,b] [--rounds N] [--docs]",
		"",
		"  --json      one JSON document on standard output and nothing else there",
		`  --only a,b  some of: ${names.join(", ")}`,
		"  --rounds N  alternating rounds per benchmark, 5 or more for a figure worth quoting (default 5)",
		`  --docs      writes what was measured into docs/benchmarks.md as well; with ${DOCS_ROUNDS_MIN} rounds or more`,
	].join("\n");

/** Reads the arguments; throws with a message that says which one is wrong and what is possible. */
export function readOptions(args: readonly string[], names: readonly string[]): BenchOptions {
	const { values } = parseArgs({
		args: [...args],
		options: {
			json: { type: "boolean", default: false },
			only: { type: "string", default: "" },
			rounds: { type: "string", default: "5" },
			docs: { type: "boolean", default: false },
			help: { type: "boolean", short: "h", default: false },
		},
	});
	const rounds = Number(values.rounds);
	if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) {
		throw new RangeError(`--rounds must be a whole number from 1 to 100, got "${values.rounds}"`);
	}
	if (values.docs && rounds < DOCS_ROUNDS_MIN) {
		throw new RangeError(
			`--docs needs at least ${DOCS_ROUNDS_MIN} rounds, as docs/benchmarks.md promises; got ${rounds}. Leave --docs out to look at fewer.`,
		);
	}
	const only = values.only.split(",").filter((name) => name !== "");
	for (const name of only) {
		if (!names.includes(name)) throw new RangeError(`--only knows no "${name}"; it knows ${names.join(", ")}`);
	}
	return { json: values.json, rounds, only: only.length === 0 ? names : only, docs: values.docs, help: values.help };
}
