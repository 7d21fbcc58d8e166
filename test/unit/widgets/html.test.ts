import { describe, expect, it } from "vitest";
import { html, toText } from "../../../lambdas/widgets/html.ts";

describe("html", () => {
	it("escapes what is put into text and attributes, and leaves HTML of its own as it is", () => {
		const inner = html`<b>${"<img src=x onerror=alert(1)>"}</b>`;
		expect(
			toText(
				html`<p title="${`" onmouseover='x' & \``}">${inner}${[html`<i>${1}</i>`, html`<i>${2}</i>`]}${undefined}</p>`,
			),
		).toBe(
			'<p title="&quot; onmouseover=&#39;x&#39; &amp; &#96;"><b>&lt;img src=x onerror=alert(1)&gt;</b><i>1</i><i>2</i></p>',
		);
	});

	it("shows what would be invisible or turn the text around, and mends half characters", () => {
		expect(toText(html`${"a\u202egnp.exe\0\u200b"} ${"\ud800"} ${"zwölf\n日本 👩"}`)).toBe(
			"a\\u{202e}gnp.exe\\u{0}\\u{200b} \ufffd zwölf\n日本 👩",
		);
	});

	it.each([
		["an unquoted attribute", () => html`<p title=${"x"}>`],
		["a tag's name", () => html`<${"x"}>`],
		["an attribute's name", () => html`<p ${"x"}="1">`],
		["an attribute in single quotes", () => html`<p title='${"x"}'>`],
		["a script", () => html`<script>${"x"}</script>`],
		["a style", () => html`<style>${"x"}</style>`],
		["a comment", () => html`<!-- ${"x"} -->`],
	])("refuses to put anything into %s", (_, make) => {
		expect(make).toThrow(TypeError);
	});

	it("takes no HTML in an attribute, nor an object that only looks like it", () => {
		expect(() => html`<p title="${html`<b>`}">`).toThrow("An attribute takes text");
		const forged = JSON.parse('{"html":"<script>","Symbol(html)":"<script>"}');
		expect(() => html`<p>${forged}</p>`).toThrow(TypeError);
	});
});
