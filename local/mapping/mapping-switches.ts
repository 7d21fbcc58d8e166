/**
 * Which mappings hand out messages, and how many at once: as the template says, until somebody changes one over Lambda's API. With a data folder that
 * is found again after a restart, as a deploy leaves it alone on AWS.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { MappingPlan } from "../assembly/read-mapping.ts";

const keptSchema = z.record(
	z.string(),
	z.object({
		enabled: z.boolean(),
		/** Epoch milliseconds. */
		changedAtMs: z.number(),
		tags: z.record(z.string(), z.string()),
		/** Of the template where nobody changed it. */
		maximumConcurrency: z.optional(z.number()),
	}),
);

export type MappingSwitch = Readonly<z.infer<typeof keptSchema>[string]>;

export interface MappingSwitches {
	/** `undefined` for what is no mapping of this stack. */
	get(uuid: string): MappingSwitch | undefined;
	/** Written before it returns. */
	set(uuid: string, change: Partial<MappingSwitch>): void;
	/** Called after a mapping was switched on or off, or resized. */
	onSwitched(uuid: string, listener: () => void): void;
}

export function createMappingSwitches(plans: readonly MappingPlan[], dataDir: string | undefined): MappingSwitches {
	const file = dataDir === undefined ? undefined : join(dataDir, "mappings.json");
	const kept = readKept(file);
	const startedAtMs = Date.now();
	const switches = new Map<string, MappingSwitch>(
		plans.map(({ uuid, enabled, tags }) => [uuid, switchAtStart({ enabled, tags }, kept[uuid], startedAtMs)]),
	);
	const listeners = new Map<string, () => void>();
	return {
		get: (uuid) => switches.get(uuid),
		set(uuid, change) {
			const before = switches.get(uuid);
			if (before === undefined) return;
			switches.set(uuid, { ...before, ...change });
			if (file !== undefined) {
				// Whole or not at all, whenever the process is killed.
				writeFileSync(`${file}.new`, `${JSON.stringify(Object.fromEntries(switches), null, "\t")}\n`);
				renameSync(`${file}.new`, file);
			}
			const switched = change.enabled !== undefined && change.enabled !== before.enabled;
			if (switched || change.maximumConcurrency !== undefined) listeners.get(uuid)?.();
		},
		onSwitched: (uuid, listener) => void listeners.set(uuid, listener),
	};
}

function switchAtStart(
	template: Pick<MappingPlan, "enabled" | "tags">,
	kept: MappingSwitch | undefined,
	startedAtMs: number,
): MappingSwitch {
	if (kept === undefined) return { ...template, changedAtMs: startedAtMs };
	// The size is the template's until somebody sets one, and so is the profile, which is a tag.
	const isResized = kept.maximumConcurrency !== undefined;
	return { ...kept, tags: isResized ? { ...template.tags, ...kept.tags } : { ...kept.tags, ...template.tags } };
}

function readKept(file: string | undefined): z.infer<typeof keptSchema> {
	if (file === undefined || !existsSync(file)) return {};
	try {
		return keptSchema.parse(JSON.parse(readFileSync(file, "utf8")));
	} catch (error) {
		throw new MillraceError(
			"local-stack-failed",
			`${file}, which says what mappings are paused, can't be read: ${(error as Error).message}. Delete it: the template then decides.`,
			{ details: { file }, cause: error },
		);
	}
}
