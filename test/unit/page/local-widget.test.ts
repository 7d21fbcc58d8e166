/** The function's answer for a browser without CloudWatch around it. */
import { describe, expect, it } from "vitest";
import { html, toText } from "../../../lambdas/widgets/html.ts";
import { buttonTo, page } from "../../../lambdas/widgets/page.ts";
import { asForm, readPress } from "../../../local/page/local-widget.ts";

const button = buttonTo("arn:aws:lambda:eu-central-1:123456789012:function:widgets");
const pressIn = (text: string): string => /name="press" value="([^"]*)"/.exec(text)?.[1] ?? "";
const decode = (text: string): string =>
	text
		.replaceAll("&#10;", "\r\n")
		.replaceAll("&quot;", '"')
		.replaceAll("&lt;", "<")
		.replaceAll("&gt;", ">")
		.replaceAll("&amp;", "&");

describe("a button", () => {
	it("becomes one that sends its event, and what is asked first", () => {
		const made = button("Purge", { widget: "dead-letters", action: "purge", queueClass: "a" }, "Sure, all?");
		const form = asForm(toText(html`<form>${made}</form>`), "light");
		expect(form).toMatch(
			/^<button class="primary" title="Sure, all\?" type="submit" name="press" value="[^"]*">Purge<\/button>$/,
		);
		expect(readPress(decode(pressIn(form)))).toEqual({
			event: { widget: "dead-letters", action: "purge", queueClass: "a" },
			confirmation: "Sure, all?",
		});
	});

	it("is not what a stranger's text looks like", () => {
		const [forged] = [toText(button("Press me", { widget: "runs", action: "purge" }))];
		const shown = asForm(toText(html`<p>${forged}</p>${button("x", { widget: "run", run: 'a\nb"<' })}`), "light");
		expect(shown.match(/<button/g)).toHaveLength(1);
		expect(readPress(decode(pressIn(shown)))).toEqual({ event: { widget: "run", run: 'a\nb"<' }, confirmation: "" });
	});

	it("is not what else is sent", () => {
		for (const text of ["", "[]", "null", "purge", '"x"']) expect(readPress(text)).toBeUndefined();
	});
});

it("follows the browser's theme where the page does", () => {
	const text = toText(page({ theme: "light" }, html`x`));
	expect(asForm(text, "auto")).toContain('<div class="millrace auto">');
	expect(asForm(toText(page({ theme: "dark" }, html`x`)), "dark")).toContain('<div class="millrace dark">');
});
