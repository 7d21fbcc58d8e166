/** What a performance is counted under where a limit counts apart: told from its input and tenant, without the engine. */
import type { Performance } from "../history.ts";

export function countedUnder(
	per: string | undefined,
	{ tenant, inputJson }: Pick<Performance, "tenant" | "inputJson">,
): string {
	if (per === undefined) return "all";
	if (per === "tenant") return String(tenant);
	const input = JSON.parse(inputJson) as Readonly<Record<string, unknown>>;
	return String(input[per.replace("input.", "")]);
}
