/** Whatever strangers sent and jobs said, a terminal is given nothing that it would obey, and a script sound JSON. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { runId } from "../../shared/kernel/ids.ts";
import { cliWorld } from "../support/cli-world.ts";
import { addFailed } from "../support/failed-letter.ts";
import { settled, succeeded, twelveSecondsOn } from "../support/run-records.ts";

const hostile = fc.oneof(
	fc.string({ unit: "binary", maxLength: 40 }),
	fc.constantFrom(
		"\u001b[2J\u001b]0;title\u0007",
		"\u009b31mred",
		"a\r\nfake: 3 runs deleted\n",
		"\u202etxt.exe",
		"\u2028\u2029",
		"\ud800",
		"__proto__",
		'{"_aws":{}}',
		"x".repeat(5_000),
	),
);
/** All but the end of a line, which is the command's own. */
const obeyed = /[^\P{Cc}\n]|[\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;

it("obeys nothing", async () => {
	await fc.assert(
		fc.asyncProperty(hostile, hostile, hostile, async (text, other, tenant) => {
			const world = cliWorld();
			const error = { excType: text, excMessage: other, errorClass: "api", traceback: text } as const;
			const common = { job: text, tenant };
			world.records.set(
				"failed",
				settled({ state: "FAILURE", endedAt: twelveSecondsOn, reason: "attempts-exhausted", error }, common),
			);
			world.records.set("done", succeeded(JSON.stringify({ text, [other]: [tenant] }), common));
			world.listed.push(
				...["failed", "done"].map((id) => ({ id: runId(id), job: text, firstStartedAt: twelveSecondsOn })),
			);
			const fields = { tenant, headers: { [other]: text } };
			const failure = { job: text, reason: other, type: other, message: text, traceback: text, fields };
			const letter = addFailed(world, "letter", { ...failure, input: { text, other } });
			world.addLetter(text, { [other.replace(/[^a-z]/g, "") || "reason"]: text });
			const views = [
				["status", "failed"],
				["status", "done"],
				["result", "done"],
				["runs"],
				["dlq", "list", "quick"],
				["dlq", "show", "quick", letter],
				["status", "failed", "--json"],
				["runs", "--json"],
				["dlq", "list", "quick", "--json"],
			];
			const mistakes = [
				["call", `_${text}`],
				["revoke", `_${text}`],
				["pause", `_${other}`],
			];
			for (const command of [...views, ...mistakes]) {
				const { code, out, err } = await world.run(...command);
				expect(`${out}\n${err}`).not.toMatch(obeyed);
				expect(out.isWellFormed() && err.isWellFormed()).toBe(true);
				if (views.includes(command)) expect([command, code]).toEqual([command, 0]);
				if (command.includes("--json")) JSON.parse(out);
			}
		}),
		{ numRuns: 60 },
	);
});
