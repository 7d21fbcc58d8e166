/**
 * Reads a cloud assembly (the cdk.out folder of `cdk synth`): which stacks it holds, in which order they depend on each other,
 * their templates, and where the assets lie that their functions are made of. Nested assemblies (CDK stages) are read too.
 */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as z from "zod/mini";
import { MillraceError } from "../../shared/kernel/errors.ts";

const manifestSchema = z.object({
	artifacts: z.optional(
		z.record(
			z.string(),
			z.object({
				type: z.string(),
				properties: z.optional(z.record(z.string(), z.unknown())),
				dependencies: z.optional(z.array(z.string())),
			}),
		),
	),
});

const stackPropertiesSchema = z.object({ templateFile: z.string(), stackName: z.optional(z.string()) });
const nestedPropertiesSchema = z.object({ directoryName: z.string() });
const assetFileSchema = z.object({ file: z.string() });

const assetsSchema = z.object({
	files: z.optional(
		z.record(
			z.string(),
			z.object({
				source: z.object({ path: z.optional(z.string()), packaging: z.optional(z.string()) }),
				destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
			}),
		),
	),
});

const resourceSchema = z.object({
	Type: z.string(),
	Properties: z.optional(z.record(z.string(), z.unknown())),
	Condition: z.optional(z.string()),
	Metadata: z.optional(z.record(z.string(), z.unknown())),
});

const templateSchema = z.object({
	Resources: z.record(z.string(), resourceSchema),
	Parameters: z.optional(z.record(z.string(), z.object({ Type: z.string(), Default: z.optional(z.unknown()) }))),
	Mappings: z.optional(z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown())))),
	Conditions: z.optional(z.record(z.string(), z.unknown())),
	Outputs: z.optional(
		z.record(
			z.string(),
			z.object({
				Value: z.unknown(),
				Export: z.optional(z.object({ Name: z.unknown() })),
				Condition: z.optional(z.string()),
			}),
		),
	),
});
type Template = z.infer<typeof templateSchema>;

export interface AssemblyStack {
	readonly name: string;
	readonly template: Template;
	/** Absolute folder or file of each asset, by the S3 key under which the template names it. */
	readonly assetPaths: ReadonlyMap<string, string>;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function readJson<T>(file: string, schema: z.ZodMiniType<T>, what: string): Promise<T> {
	let value: unknown;
	try {
		value = JSON.parse(await readFile(file, "utf8"));
	} catch (error) {
		throw new MillraceError(
			"assembly-not-found",
			`The ${what} ${file} could not be read (${messageOf(error)}). Run \`npm run synth\` first, or name the folder that \`cdk synth\` wrote.`,
			{ details: { file }, cause: error },
		);
	}
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	throw new MillraceError("assembly-not-found", `The ${what} ${file} is not one: ${z.prettifyError(parsed.error)}`, {
		details: { file },
	});
}

async function readAssetPaths(directory: string, assetsFile: string): Promise<ReadonlyMap<string, string>> {
	const assets = await readJson(join(directory, assetsFile), assetsSchema, "asset manifest");
	const paths = new Map<string, string>();
	for (const file of Object.values(assets.files ?? {})) {
		if (file.source.path === undefined) continue;
		for (const destination of Object.values(file.destinations))
			paths.set(destination.objectKey, resolve(directory, file.source.path));
	}
	return paths;
}

/** All stacks of the assembly, each after the stacks it depends on. Throws `assembly-not-found` when there is none to read. */
export async function readAssembly(assemblyDir: string): Promise<readonly AssemblyStack[]> {
	const directory = resolve(assemblyDir);
	const manifest = await readJson(join(directory, "manifest.json"), manifestSchema, "cloud assembly manifest");
	const artifacts = manifest.artifacts ?? {};
	const stacks: AssemblyStack[] = [];
	const seen = new Set<string>();

	async function visit(id: string): Promise<void> {
		const artifact = artifacts[id];
		if (artifact === undefined || seen.has(id)) return;
		seen.add(id);
		for (const dependency of artifact.dependencies ?? []) await visit(dependency);
		if (artifact.type === "cdk:cloud-assembly") {
			const { directoryName } = nestedPropertiesSchema.parse(artifact.properties);
			stacks.push(...(await readAssembly(join(directory, directoryName))));
		}
		if (artifact.type !== "aws:cloudformation:stack") return;
		const properties = stackPropertiesSchema.parse(artifact.properties);
		const assetPaths = new Map<string, string>();
		for (const dependency of artifact.dependencies ?? []) {
			const assets = artifacts[dependency];
			if (assets?.type !== "cdk:asset-manifest") continue;
			const { file } = assetFileSchema.parse(assets.properties);
			for (const [key, path] of await readAssetPaths(directory, file)) assetPaths.set(key, path);
		}
		stacks.push({
			name: properties.stackName ?? id,
			template: await readJson(join(directory, properties.templateFile), templateSchema, "template"),
			assetPaths,
		});
	}

	for (const id of Object.keys(artifacts)) await visit(id);
	if (stacks.length === 0) {
		throw new MillraceError(
			"assembly-not-found",
			`The cloud assembly ${directory} holds no stack. Synthesize the app again.`,
		);
	}
	return stacks;
}
