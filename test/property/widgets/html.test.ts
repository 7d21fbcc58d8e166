/** Whatever text is put into a template, the document has the same elements and attributes, and the text can be read back. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { html, toText } from "../../../lambdas/widgets/html.ts";

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", "#96": "`" };
const decode = (text: string): string => text.replace(/&(#?\w+);/g, (_, name: string) => named[name] ?? "?");

const hostile = fc.oneof(
	fc.string({ unit: "binary" }),
	fc.constantFrom(
		"<img src=x onerror=alert(1)>",
		"</pre><script>alert(1)</script>",
		'" autofocus onfocus="alert(1)',
		"' style='x",
		"&lt;b&gt;",
		"<!--",
		"]]>",
		'</cwdb-action><cwdb-action action="call">',
		"\u202etxt.exe",
		"\ud800",
	),
	fc
		.array(fc.constantFrom("<", ">", '"', "'", "`", "&", "=", "/", " ", "a", "\n"), { maxLength: 12 })
		.map((parts) => parts.join("")),
);

describe("html", () => {
	it("lets no text out of its place", () => {
		fc.assert(
			fc.property(hostile, hostile, (inAttribute, inText) => {
				const made = toText(html`<p title="${inAttribute}">${inText}</p>`);
				const [whole, attribute = "", text = ""] = /^<p title="([^"<>'`]*)">([^"<>'`]*)<\/p>$/.exec(made) ?? [];
				expect(whole).toBe(made);
				for (const [shown, given] of [
					[attribute, inAttribute],
					[text, inText],
				] as const) {
					const visible = given.toWellFormed();
					// Only what can't be seen is written otherwise.
					if (/^[\x20-\x7e\n\t]*$/.test(visible)) expect(decode(shown)).toBe(visible);
					expect(shown).not.toMatch(/[\u0080-\u009f\u202a-\u202e\u2066-\u2069]/);
				}
			}),
			{ numRuns: 2_000 },
		);
	});
});
