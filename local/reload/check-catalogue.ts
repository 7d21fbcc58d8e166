/** A catalogue as its files are now: what is wrong with it, as `cdk synth` tells it, or what it holds. Read in a process of its own, since a module is loaded once. */
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import type { WorkerGroupDefinition } from "../../shared/job/worker-group.ts";
import type { CatalogueCard } from "../../shared/wire/catalogue-card.ts";

export interface FoundCatalogue {
	readonly card: CatalogueCard;
	/** As JSON has them. */
	readonly workerGroups: readonly WorkerGroupDefinition[];
}

/** Neither where it can't be loaded at all: the bundler says better why. */
export interface CatalogueAnswer {
	readonly faults?: string;
	readonly catalogue?: FoundCatalogue;
}

export type CatalogueCheck = () => Promise<CatalogueAnswer>;

/** Over a pipe of its own: the catalogue's modules may print what they like. They may also hold a connection open, for which nobody waits. */
const program = `
	import { writeFileSync } from "node:fs";
	const [file, cardFile] = process.argv.slice(1);
	const answer = await import(file).then(
		async ({ catalogue }) => {
			const { catalogueCard } = await import(cardFile);
			return { catalogue: { card: catalogueCard(catalogue), workerGroups: catalogue.workerGroups } };
		},
	).catch((error) => error?.code === "catalogue-invalid" ? { faults: error.message } : {});
	writeFileSync(3, JSON.stringify(answer));
	process.exit();
`;
const CHECK_MS_MAX = 20_000;

export function createCatalogueCheck(file: string): CatalogueCheck {
	const card = new URL("../../shared/catalogue/catalogue-card.ts", import.meta.url);
	const args = ["--input-type=module", "--eval", program, pathToFileURL(file).href, card.href];
	return async () => {
		const child = spawn(process.execPath, args, {
			stdio: ["ignore", "ignore", "ignore", "pipe"],
			timeout: CHECK_MS_MAX,
		});
		const said = await text(child.stdio[3] as Readable);
		return answerOf(said);
	};
}

/** Its modules may have ended the process, or the time may have been over. */
function answerOf(said: string): CatalogueAnswer {
	try {
		return JSON.parse(said) as CatalogueAnswer;
	} catch {
		return {};
	}
}
