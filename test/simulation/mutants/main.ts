/**
 * `npm run sim:mutants [-- --json] [--seeds 10000] [--only name,name]`: plants each fault of mutants.ts, one at a time, and says how many
 * seeds the simulation needs to catch it. Ends with 1 if one survives. `--write` puts the lists of faults and findings into docs/simulation.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findings } from "../findings.ts";
import { type Hunt, hunt } from "./hunt.ts";
import { mutants } from "./mutants.ts";
import { projectFolder } from "./patch.ts";

const { values } = parseArgs({
	options: {
		seeds: { type: "string", default: "10000" },
		only: { type: "string" },
		json: { type: "boolean", default: false },
		write: { type: "boolean", default: false },
	},
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const only = values.only?.split(",");
const chosen = mutants.filter(({ name }) => only === undefined || only.includes(name));
const unknown = (only ?? []).filter((name) => !mutants.some((mutant) => mutant.name === name));
if (unknown.length > 0)
	throw new Error(
		`There are no mutants ${unknown.join(", ")}; there are ${mutants.map(({ name }) => name).join(", ")}`,
	);

const neededBy = ({ seeds, history }: Hunt): string =>
	history === undefined ? `${seeds} seeds` : `over ${seeds} seeds; in history \`${history}\``;

const waiting = [...chosen];
const hunts: Hunt[] = [];
async function huntOn(): Promise<void> {
	for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
		const made = await hunt(mutant, Number(values.seeds));
		hunts.push(made);
		if (!values.json) print(`${made.caught ? "caught  " : "SURVIVED"}  ${made.name}: ${made.by}, ${neededBy(made)}`);
	}
}
await Promise.all(Array.from({ length: availableParallelism() }, huntOn));

const inOrder = chosen.flatMap(({ name }) => hunts.filter((made) => made.name === name));
const survivors = inOrder.filter(({ caught }) => !caught).map(({ name }) => name);
if (values.json)
	print(
		JSON.stringify(
			{ mutants: inOrder.length, caught: inOrder.length - survivors.length, survivors, hunts: inOrder },
			null,
			2,
		),
	);
else
	print(
		`${inOrder.length - survivors.length} of ${inOrder.length} caught${survivors.length === 0 ? "" : `; survived: ${survivors.join(", ")}`}`,
	);
if (values.write && only === undefined) writeLists();
process.exitCode = survivors.length === 0 ? 0 : 1;

/** The lists of docs/simulation.md: what was found, and what was planted. */
function writeLists(): void {
	const page = join(projectFolder, "docs/simulation.md");
	const found = findings.map(
		({ name, promise, status, what, seed, kept }) =>
			`| \`${name}\` | ${promise} | ${status} | ${what} | ${seed} | ${kept.length} |`,
	);
	const planted = inOrder.map(
		(made) =>
			`| \`${made.name}\` | ${made.what} | ${made.caught ? made.by : "**survives**"} | ${neededBy(made).replace(/ seeds$/, "")} |`,
	);
	const text = [
		{
			name: "findings",
			rows: ["| finding | broke | status | what is wrong | seed | happenings |", "|---|---|---|---|---|---|", ...found],
		},
		{ name: "mutants", rows: ["| planted fault | what it does | broke | seeds |", "|---|---|---|---|", ...planted] },
	].reduce(
		(whole, { name, rows }) => {
			const [before = "", rest = ""] = whole.split(`<!-- ${name} -->\n`);
			const [, after = ""] = rest.split(`<!-- end of ${name} -->\n`);
			return `${before}<!-- ${name} -->\n${rows.join("\n")}\n<!-- end of ${name} -->\n${after}`;
		},
		readFileSync(page, "utf8"),
	);
	writeFileSync(page, text);
}
