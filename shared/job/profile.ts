/**
 * Profiles: how many invocations of each queue class may run at the same time, as presets of the numbers in the catalogue. A worker group's exact
 * cap on runs (`concurrencyMax`) is a promise, so no profile goes above it.
 */
import { MAPPING_CONCURRENCY_MAX, MAPPING_CONCURRENCY_MIN } from "../kernel/limits.ts";
import type { Budget } from "./budget.ts";
import type { WorkerGroupDefinition } from "./worker-group.ts";

export const presets = ["safe", "balanced", "fast"] as const;
export type Preset = (typeof presets)[number];

/** A preset, or the classes whose numbers differ from `balanced`. */
export type Profile = Preset | { readonly custom: Readonly<Record<string, number>> };

/** `balanced` is what the catalogue says; `safe` half of it, for a first deployment and for trouble; `fast` twice, once there is headroom. */
const factors: Readonly<Record<Preset, number>> = { safe: 0.5, balanced: 1, fast: 2 };

export interface ClassSize {
	readonly queueClass: string;
	/** Of the class's event source mapping, 2–1,000. */
	readonly invocations: number;
}

export interface GroupSize {
	readonly group: string;
	readonly classes: readonly ClassSize[];
	readonly invocations: number;
	/** Runs at the same time: what batches and caps leave of the invocations. */
	readonly runs: number;
}

export const profileName = (profile: Profile): string => (typeof profile === "string" ? profile : "custom");

/** What is wrong with a profile, in words; `undefined` when it is sound. */
export function profileFlaw(profile: unknown, groups: readonly WorkerGroupDefinition[]): string | undefined {
	if (typeof profile === "string") {
		return presets.some((preset) => preset === profile)
			? undefined
			: `a profile is ${presets.join(", ")}, or numbers for classes; got "${profile}"`;
	}
	const custom = typeof profile === "object" && profile !== null && "custom" in profile ? profile.custom : undefined;
	if (typeof custom !== "object" || custom === null) return "a custom profile gives numbers for classes";
	const names = groups.flatMap(({ queueClasses }) => queueClasses.map(({ name }) => name));
	for (const [name, value] of Object.entries(custom)) {
		if (!names.includes(name)) return `there is no queue class "${name}"; known: ${names.join(", ")}`;
		if (!Number.isInteger(value) || value < MAPPING_CONCURRENCY_MIN || value > MAPPING_CONCURRENCY_MAX)
			return `${name} must be a whole number from ${MAPPING_CONCURRENCY_MIN} (AWS's own minimum) to ${MAPPING_CONCURRENCY_MAX}; got ${value}`;
	}
	return undefined;
}

/** The sizes of all groups under a sound profile. */
export const sizesUnder = (profile: Profile, groups: readonly WorkerGroupDefinition[]): readonly GroupSize[] =>
	groups.map(({ name, queueClasses, concurrencyMax, runConcurrency }) => {
		const classes = queueClasses.map((definition): ClassSize => {
			const wanted =
				typeof profile === "string"
					? Math.round(definition.maxConcurrency * factors[profile])
					: (profile.custom[definition.name] ?? definition.maxConcurrency);
			// One invocation more than may perform waits for its turn; any further one would find no room.
			const most = concurrencyMax === undefined ? MAPPING_CONCURRENCY_MAX : concurrencyMax + 1;
			return { queueClass: definition.name, invocations: clamp(wanted, Math.min(most, MAPPING_CONCURRENCY_MAX)) };
		});
		const runs = queueClasses.map(
			({ batchSize }, index) => (classes[index]?.invocations ?? 0) * Math.min(batchSize, runConcurrency),
		);
		return {
			...{ group: name, classes },
			invocations: sum(classes.map(({ invocations }) => invocations)),
			runs: Math.min(sum(runs), concurrencyMax ?? Number.POSITIVE_INFINITY),
		};
	});

const clamp = (value: number, most: number): number =>
	Math.min(Math.max(value, MAPPING_CONCURRENCY_MIN), Math.max(most, MAPPING_CONCURRENCY_MIN));
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** One line for each budget that the sizes may exceed. */
export const budgetWarnings = (sizes: readonly GroupSize[], budgets: readonly Budget[]): readonly string[] =>
	budgets.flatMap(({ name, max, unit, uses }) => {
		const parts = uses.map((use) => {
			const size = sizes.find(({ group }) => group === use.group);
			const count = "perRun" in use ? (size?.runs ?? 0) * use.perRun : (size?.invocations ?? 0) * use.perInvocation;
			return { group: use.group, count };
		});
		const total = sum(parts.map(({ count }) => count));
		const words = parts.map(({ group, count }) => `${group} up to ${count}`).join(", ");
		return total <= max
			? []
			: [
					`${name} has ${max} ${unit}, and worker groups may ask for ${total} (${words}). Take a smaller profile, cap a group with concurrencyMax, or raise what ${name} gives.`,
				];
	});
