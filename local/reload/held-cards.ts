/**
 * The platform's own functions hold no code of the catalogue, so no bundler brings them a changed one: those that hold its card get a new card.
 * Code and card change independently, so each change takes up what the other one left.
 */
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

export interface HeldCards {
	/**
	 * Gives each function whose card differs the catalogue's. A card is compared with the one that the function holds, and not with the catalogue
	 * as it was read first: that reading takes a second, in which somebody may have saved a change already.
	 */
	replace(start: CatalogueCard, card: CatalogueCard): void;
	/** Gives the folder that code built anew is to run from, with the card that the function holds: a bundler knows of none. */
	carryOver(running: RunningFunction, folder: string): string;
}

export function createHeldCards({
	functions,
	placeCard,
	onEvent,
}: {
	readonly functions: readonly RunningFunction[];
	readonly placeCard: PlaceCard;
	readonly onEvent: OnLocalEvent | undefined;
}): HeldCards {
	const holders = functions.flatMap((holder) => {
		const folder = "directory" in holder.plan.code ? holder.plan.code.directory : undefined;
		const card = folder === undefined ? undefined : cardIn(folder);
		return folder === undefined || card === undefined ? [] : [{ ...holder, folder, atStart: card, held: card }];
	});
	return {
		replace(start, card) {
			for (const holder of holders) {
				const { source, pool, folder, atStart } = holder;
				// Another platform of the app has a catalogue of its own.
				if (groupsOf(atStart) !== groupsOf(start) || textOf(holder.held) === textOf(card)) continue;
				try {
					holder.folder = placeCard({ ...source, folder, card });
					holder.held = card;
					pool.replaceCode(holder.folder);
					onEvent?.({ type: "code-replaced", ...source });
				} catch (error) {
					const message = error instanceof Error ? error.message : String(error);
					onEvent?.({ type: "rebuild-failed", ...source, message });
				}
			}
		},
		carryOver({ pool }, folder) {
			const holder = holders.find((one) => one.pool === pool);
			if (holder === undefined) return folder;
			holder.folder = placeCard({ ...holder.source, folder, card: holder.held });
			return holder.folder;
		},
	};
}

function cardIn(folder: string): CatalogueCard | undefined {
	const file = join(folder, CATALOGUE_CARD_FILE);
	if (!existsSync(file)) return undefined;
	return catalogueCardSchema.safeParse(JSON.parse(readFileSync(file, "utf8"))).data;
}

/** Parsed, fields stand in the schema's order. */
const textOf = (card: CatalogueCard): string => JSON.stringify(catalogueCardSchema.parse(card));

const groupsOf = ({ workerGroups }: CatalogueCard): string => workerGroups.map(({ name }) => name).join();
