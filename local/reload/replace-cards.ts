/** The platform's own functions hold no code of the catalogue, so no bundler brings them a changed one: those that hold its card get a new card. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CATALOGUE_CARD_FILE, type CatalogueCard, catalogueCardSchema } from "../../shared/wire/catalogue-card.ts";
import type { OnLocalEvent } from "../local-event.ts";
import type { RunningFunction } from "../run-functions.ts";

/** Copies a function's code, with this card in it, and gives the folder. */
export type PlaceCard = (request: {
	readonly functionId: string;
	readonly folder: string;
	readonly card: CatalogueCard;
}) => string;

export function replaceCards({
	functions,
	start,
	card,
	placeCard,
	onEvent,
}: {
	readonly functions: readonly RunningFunction[];
	/** As the catalogue was when the stack started. */
	readonly start: CatalogueCard;
	readonly card: CatalogueCard;
	readonly placeCard: PlaceCard;
	readonly onEvent: OnLocalEvent | undefined;
}): void {
	for (const { plan, source, pool } of functions) {
		if (!("directory" in plan.code) || !holdsCardOf(start, plan.code.directory)) continue;
		try {
			pool.replaceCode(placeCard({ ...source, folder: plan.code.directory, card }));
			onEvent?.({ type: "code-replaced", ...source });
		} catch (error) {
			onEvent?.({ type: "rebuild-failed", ...source, message: error instanceof Error ? error.message : String(error) });
		}
	}
}

/** Another platform of the app has a catalogue of its own. */
function holdsCardOf(start: CatalogueCard, folder: string): boolean {
	const file = join(folder, CATALOGUE_CARD_FILE);
	if (!existsSync(file)) return false;
	const held = catalogueCardSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
	return held.success && groupsOf(held.data) === groupsOf(start);
}

const groupsOf = ({ workerGroups }: CatalogueCard): string => workerGroups.map(({ name }) => name).join();
