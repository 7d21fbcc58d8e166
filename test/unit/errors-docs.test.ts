import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { errorCodes } from "../../shared/kernel/errors.ts";

const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
const sections = page.split(/^### /m).slice(1);
const headings = sections.map((section) => section.split("\n", 1)[0] ?? "");

describe("docs/errors.md", () => {
	it("has one heading for each error code, in the list's order, and no other", () => {
		expect(headings).toEqual([...errorCodes]);
	});

	it.each(headings)("says for %s what it means, why it comes and what to do", (heading) => {
		const section = sections.find((text) => text.startsWith(`${heading}\n`)) ?? "";
		for (const part of ["**Meaning.** ", "**Cause.** ", "**Do.** "]) expect(section).toContain(part);
	});
});
