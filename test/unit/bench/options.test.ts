import { expect, it } from "vitest";
import { readOptions } from "../../../bench/options.ts";

const names = ["requests", "kill"];

it("runs everything five times by default", () => {
	expect(readOptions([], names)).toEqual({
		json: false,
		rounds: 5,
		only: ["requests", "kill"],
		docs: false,
		help: false,
	});
});
it("takes a selection, rounds and JSON", () => {
	expect(readOptions(["--json", "--only", "kill", "--rounds", "9"], names)).toEqual({
		json: true,
		rounds: 9,
		only: ["kill"],
		docs: false,
		help: false,
	});
});
it("names what it does not know", () => {
	expect(() => readOptions(["--only", "speed"], names)).toThrow('--only knows no "speed"; it knows requests, kill');
	expect(() => readOptions(["--rounds", "none"], names)).toThrow(
		'--rounds must be a whole number from 1 to 100, got "none"',
	);
});
it("writes nothing into the page that comes from fewer than five rounds", () => {
	expect(() => readOptions(["--docs", "--rounds", "4"], names)).toThrow(
		"--docs needs at least 5 rounds, as docs/benchmarks.md promises; got 4. Leave --docs out to look at fewer.",
	);
	expect(readOptions(["--docs", "--rounds", "5"], names)).toMatchObject({ docs: true, rounds: 5 });
	expect(readOptions(["--docs"], names)).toMatchObject({ docs: true, rounds: 5 });
	expect(readOptions(["--rounds", "4"], names)).toMatchObject({ docs: false, rounds: 4 });
});
