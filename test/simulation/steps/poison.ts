/** What no worker can take: text that is no message, messages for nobody, and bad ones under the name of a good run. */
import { lateMark } from "../checkers/message-subject.ts";
import { mainOf } from "../world.ts";
import type { StepKind } from "./step.ts";

type Poison = (mark: string) => string;

const idOf = (mark: string): string => mark.replace(/\W/g, "");

/** Once somebody redrives it, it has all the time in the world. */
const tooLate = (mark: string): string => mark.replace(">", `${lateMark}>`);

/** Each with its mark in it, by which its dead letter is known. */
const poisons: readonly Poison[] = [
	(mark) => `not json at all ${mark}`,
	(mark) => JSON.stringify([mark]),
	(mark) => JSON.stringify({ job: "nobody", input: { request: mark } }),
	(mark) => JSON.stringify({ job: "work", input: { request: mark, n: 1 }, jitter: true }),
	(mark) => JSON.stringify({ job: "work", input: { request: mark, n: "one" } }),
	(mark) => JSON.stringify({ job: "after", id: idOf(mark), input: { request: mark, n: 1 } }),
	(mark) => JSON.stringify({ job: "work", v: 2, input: { request: mark, n: 1 } }),
	(mark) =>
		JSON.stringify({
			job: "work",
			id: idOf(mark),
			expiresAt: "2020-01-01T00:00:00Z",
			input: { request: tooLate(mark), n: 1 },
		}),
	(mark) => `{"job":"work","input":{"request":"${mark}","n":1,"__proto__":{"a":1}}}`,
	(mark) => `{"job":"work","input":{"request":"${mark}","n":1,"note":"\\ud800"}}`,
	(mark) =>
		JSON.stringify({ job: "work", inputRef: { key: `inputs/${"0".repeat(64)}.json`, bytes: 9 }, headers: { mark } }),
	(mark) =>
		JSON.stringify({
			job: "work",
			input: { request: mark, n: 1 },
			inputRef: { key: `inputs/${"0".repeat(64)}.json`, bytes: 9 },
		}),
	(mark) =>
		JSON.stringify({
			job: "work",
			id: idOf(mark),
			input: { request: tooLate(mark), n: 1 },
			notBefore: "2026-12-24T00:00:00Z",
			expiresAt: "2026-12-01T00:00:00Z",
		}),
	(mark) =>
		JSON.stringify({ job: "work", id: idOf(mark), input: { request: mark, n: 1 }, notBefore: "2036-12-24T00:00:00Z" }),
	(mark) => `{"job":"work","input":${"[".repeat(70)}"${mark}"${"]".repeat(70)}}`,
];

export const poison: StepKind = {
	name: "poison",
	weight: 4,
	async take(world, name) {
		const make = world.draw.oneOf(`${name} which`, poisons);
		if (make !== undefined) await world.send(mainOf("standard"), make(`<poison ${name}>`));
	},
};

/** Under the id of a run that is sound. */
export const badNamesake: StepKind = {
	name: "send a bad message under a known id",
	weight: 4,
	async take(world, name) {
		const row = world.draw.oneOf(`${name} which`, world.rows());
		if (row === undefined) return;
		const job = world.draw.oneOf(`${name} job`, ["work", "report", "nobody"]);
		await world.send(
			mainOf("standard"),
			JSON.stringify({ job, id: row.id, input: { request: `<poison ${name}>`, n: "one" } }),
		);
	},
};
