/** Synthesizes a stack in memory, under the context of the project's cdk.json, and gives its template in the shapes that tests read. */
import { readFileSync } from "node:fs";
import { App, type Stack, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import * as z from "zod/mini";

const resourceSchema = z.object({
	Type: z.string(),
	Properties: z._default(z.record(z.string(), z.unknown()), {}),
	Metadata: z.optional(z.record(z.string(), z.unknown())),
	DeletionPolicy: z.optional(z.string()),
	UpdateReplacePolicy: z.optional(z.string()),
	DependsOn: z.optional(z.array(z.string())),
});
const templateSchema = z.object({
	Resources: z.record(z.string(), resourceSchema),
	Outputs: z._default(z.record(z.string(), z.object({ Value: z.unknown() })), {}),
});
export type Resource = z.infer<typeof resourceSchema> & { readonly id: string };

export interface Synthesized {
	readonly resources: readonly Resource[];
	readonly outputs: Readonly<Record<string, { Value?: unknown }>>;
	/** Warnings and errors that the CLI would print. */
	readonly messages: readonly string[];
	ofType(type: string): readonly Resource[];
	/** The one resource of the type whose logical id holds all the parts. */
	one(type: string, ...idParts: readonly string[]): Resource;
}

const cdkJson: unknown = JSON.parse(readFileSync("cdk.json", "utf8"));
const { context } = z.object({ context: z.record(z.string(), z.unknown()) }).parse(cdkJson);

/** Throws on every finding of cdk-nag's AwsSolutions and of CloudFormation's own rules, as `cdk synth` does. */
export function synthesize(build: (app: App) => Stack): Synthesized {
	const app = new App({ context });
	Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
	const { stackName } = build(app);
	const artifact = app.synth().getStackByName(stackName);
	const template = templateSchema.parse(artifact.template);
	const resources = Object.entries(template.Resources).map(([id, resource]) => ({ id, ...resource }));
	const ofType = (type: string): readonly Resource[] => resources.filter((resource) => resource.Type === type);
	return {
		resources,
		outputs: template.Outputs,
		messages: artifact.messages.map((message) => `${message.level}: ${String(message.entry.data)}`),
		ofType,
		one: (type, ...idParts) => {
			const found = ofType(type).filter(({ id }) => idParts.every((part) => id.includes(part)));
			const [only] = found;
			if (only === undefined || found.length > 1) {
				throw new Error(
					`Wanted one ${type} with ${idParts.join(", ")} in its id; found ${found.map(({ id }) => id).join(", ") || "none"}`,
				);
			}
			return only;
		},
	};
}

/** The logical id that a `Ref` or `Fn::GetAtt` points at, with the attribute: `PlatformRunsTable.Arn`. Other values as JSON. */
export function target(value: unknown): string {
	const parsed = z
		.union([z.object({ Ref: z.string() }), z.object({ "Fn::GetAtt": z.tuple([z.string(), z.string()]) })])
		.safeParse(value);
	if (!parsed.success) return typeof value === "string" ? value : JSON.stringify(value);
	return "Ref" in parsed.data ? parsed.data.Ref : parsed.data["Fn::GetAtt"].join(".");
}

/** A text with its references: `Fn::Join` with an empty separator, each reference as `<target>`. */
export function joined(value: unknown): string {
	const parsed = z.object({ "Fn::Join": z.tuple([z.literal(""), z.array(z.unknown())]) }).safeParse(value);
	if (!parsed.success) return target(value);
	return parsed.data["Fn::Join"][1].map((part) => (typeof part === "string" ? part : `<${target(part)}>`)).join("");
}

const statementSchema = z.object({
	Effect: z.string(),
	Action: z.union([z.string(), z.array(z.string())]),
	Resource: z.unknown(),
});

export interface Permission {
	readonly action: string;
	readonly resource: string;
}

/** What the policy allows, one line per action and resource. */
export function permissions(policy: Resource): readonly Permission[] {
	const { Statement } = z.object({ Statement: z.array(statementSchema) }).parse(policy.Properties["PolicyDocument"]);
	return Statement.flatMap(({ Action, Resource }) =>
		[Action].flat().flatMap((action) => [Resource].flat().map((resource) => ({ action, resource: joined(resource) }))),
	);
}
