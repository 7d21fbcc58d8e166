/** What the command line prints, fitted to a terminal. */
import { safeBlock } from "../shared/kernel/safe-text.ts";

/** JSON that is the same value and safe to print. */
export function safeJson(value: unknown, indent?: number): string {
	const text = JSON.stringify(value, undefined, indent) ?? "null";
	// JSON.stringify leaves only its own line breaks raw, and only when it indents.
	return safeBlock(text);
}

/** Lines at most `columns` wide, broken at spaces where there are any. Nothing of the text is lost but the spaces at the breaks. */
export function wrapToWidth(text: string, columns: number): readonly string[] {
	const lines: string[] = [];
	let rest = [...text];
	while (rest.length > columns) {
		const space = rest.lastIndexOf(" ", columns);
		lines.push(rest.slice(0, space > 0 ? space : columns).join(""));
		rest = rest.slice(space > 0 ? space + 1 : columns);
	}
	return [...lines, rest.join("")];
}
