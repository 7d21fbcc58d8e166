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
