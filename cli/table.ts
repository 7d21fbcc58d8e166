/** Columns of text. Cells are made safe to print; numbers stand right. */
import { safeLine } from "../shared/kernel/safe-text.ts";

export type Cell = string | number;

export function formatTable(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
	const lines = [headings, ...rows].map((row) => row.map((cell) => safeLine(String(cell))));
	const widths = headings.map((_, column) => Math.max(...lines.map((line) => [...(line[column] ?? "")].length)));
	const right = headings.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === "number"));
	return lines
		.map((line) =>
			line
				.map((cell, column) => {
					const padding = " ".repeat((widths[column] ?? 0) - [...cell].length);
					return right[column] === true ? padding + cell : cell + padding;
				})
				.join("  ")
				.trimEnd(),
		)
		.join("\n");
}
