/**
 * Who may do what: every role of the synthesized app, and what each grant of JobPlatform gives, line by line in permissions.txt. A change of it is
 * to be read in review; `vitest run --project cdk permissions -u` writes it anew. A wildcard needs its argument here.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AccountRootPrincipal, Role } from "aws-cdk-lib/aws-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { MillraceStack } from "../../cdk/millrace-stack.ts";
import { detectAnomaliesTask } from "../../shared/jobs/observability/detect-anomalies-task.ts";
import { joined, type Resource, type Synthesized, synthesize, target } from "./synthesize.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-permissions-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** By action and resource. An argument that nothing needs any more is a fault, too. */
const argued: Readonly<Record<string, string>> = {
	"s3:GetObject <PlatformPayloadsBucket.Arn>/":
		"keys name their content and can't be listed beforehand; ends at a folder of the platform's bucket",
	"s3:PutObject <PlatformPayloadsBucket.Arn>/": "the same",
	"scheduler: arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/<PlatformSchedulesGroup>/":
		"schedules are named after runs; ends at the platform's own group",
	"cloudwatch:GetMetricData *":
		"IAM knows no resource for it; it shows numbers of this account, and no names that it was not asked with",
	"scheduler:ListSchedules *": "IAM knows no resource for it; it shows names, no contents",
};

let app: Synthesized;
beforeAll(() => {
	app = synthesize((root) => {
		const stack = new MillraceStack(root, "Millrace", {
			production: false,
			bundleFolder: folder,
			alarms: { slackWebhookParameter: "/team/slack-webhook", runbooks: "https://wiki.example.test/runbooks" },
		});
		const roleOf = (name: string): Role => new Role(stack, `Granted${name}`, { assumedBy: new AccountRootPrincipal() });
		const { platform } = stack;
		platform.grantEnqueue(roleOf("Enqueue"), detectAnomaliesTask);
		platform.grantReadRuns(roleOf("ReadRuns"));
		platform.grantOperate(roleOf("Operate"));
		platform.grantSchedules(roleOf("Schedules"));
		platform.grantLimits(roleOf("Limits"));
		platform.grantInvalidateCache(roleOf("InvalidateCache"));
		return stack;
	});
});

const statementSchema = z.object({
	Effect: z.string(),
	Action: z.union([z.string(), z.array(z.string())]),
	Resource: z._default(z.unknown(), []),
	Principal: z.optional(z.unknown()),
	Condition: z.optional(z.unknown()),
});
type Statement = z.infer<typeof statementSchema>;

const statementsOf = (document: unknown): readonly Statement[] =>
	z.object({ Statement: z.array(statementSchema) }).parse(document).Statement;

/** A logical id without its hash: `PlatformRunsTable`. */
const plain = (text: string): string => text.replace(/([A-Za-z]{3})[0-9A-F]{8}(?=[.>"/ ]|$)/g, "$1");
const sorted = (value: unknown): readonly string[] =>
	[value]
		.flat()
		.map((one) => plain(joined(one)))
		.toSorted();

interface Allowed {
	readonly role: string;
	readonly lines: readonly string[];
	/** Action and resource. */
	readonly pairs: readonly (readonly [string, string])[];
	readonly managed: readonly string[];
}

function policiesOf(role: Resource): readonly unknown[] {
	const attached = app.ofType("AWS::IAM::Policy").filter(({ Properties }) => {
		const roles = z.array(z.unknown()).safeParse(Properties["Roles"]);
		return roles.success && roles.data.some((one) => target(one) === role.id);
	});
	const inline = z.array(z.object({ PolicyDocument: z.unknown() })).safeParse(role.Properties["Policies"]);
	return [
		...attached.map(({ Properties }) => Properties["PolicyDocument"]),
		...(inline.success ? inline.data.map(({ PolicyDocument }) => PolicyDocument) : []),
	];
}

function allowedTo(role: Resource): Allowed {
	const statements = policiesOf(role).flatMap(statementsOf);
	const trust = z
		.object({ Statement: z.array(z.object({ Principal: z.unknown() })) })
		.parse(role.Properties["AssumeRolePolicyDocument"]);
	const who = trust.Statement.map(({ Principal }) => plain(JSON.stringify(Principal))).join(", ");
	const managed = sorted(role.Properties["ManagedPolicyArns"] ?? []);
	const told = statements.map(({ Effect, Action, Resource, Condition }) => {
		const when = Condition === undefined ? [] : [`    when ${plain(JSON.stringify(Condition))}`];
		return [`  ${Effect} ${sorted(Action).join(", ")}`, ...sorted(Resource).map((one) => `    ${one}`), ...when].join(
			"\n",
		);
	});
	return {
		role: plain(role.id),
		lines: [`${plain(role.id)}, for ${who}`, ...managed.map((one) => `  managed policy ${one}`), ...told.toSorted()],
		pairs: statements
			.filter(({ Effect }) => Effect === "Allow")
			.flatMap(({ Action, Resource }) =>
				sorted(Action).flatMap((action) => sorted(Resource).map((one) => [action, one] as const)),
			),
		managed,
	};
}

describe("permissions", () => {
	let all: readonly Allowed[];
	beforeAll(() => {
		all = app
			.ofType("AWS::IAM::Role")
			.map(allowedTo)
			.toSorted((one, other) => (one.role < other.role ? -1 : 1));
	});

	it("are those of permissions.txt", async () => {
		expect(all.length).toBeGreaterThan(10);
		await expect(`${all.map(({ lines }) => lines.join("\n")).join("\n\n")}\n`).toMatchFileSnapshot("permissions.txt");
	});

	it("have no wildcard without its argument, and no argument without its wildcard", () => {
		const wild = all.flatMap(({ role, pairs }) =>
			pairs
				.filter(([action, resource]) => /[*?]/.test(action) || /[*?]/.test(resource))
				.map(([action, resource]) => ({ role, pair: `${action} ${resource}` })),
		);
		const holds = (argument: string, pair: string): boolean => {
			const [action = "", resource = ""] = argument.split(" ");
			const [given = "", on = ""] = pair.split(" ");
			return (
				given.startsWith(action) && !given.includes("*") && (resource === "*" ? on === "*" : on.startsWith(resource))
			);
		};
		const keys = Object.keys(argued);
		expect(wild.filter(({ pair }) => !keys.some((argument) => holds(argument, pair)))).toEqual([]);
		expect(keys.filter((argument) => !wild.some(({ pair }) => holds(argument, pair)))).toEqual([]);
	});

	it("take no policy that AWS manages, except for CDK's own helper that empties the bucket", () => {
		expect(all.filter(({ managed }) => managed.length > 0).map(({ role }) => role)).toEqual([
			expect.stringMatching(/^CustomS3AutoDeleteObjectsCustomResourceProviderRole/),
		]);
	});

	it("let CloudWatch tell the two topics of alarms, and nobody else", () => {
		const allowing = app
			.ofType("AWS::SNS::TopicPolicy")
			.flatMap(({ Properties }) => statementsOf(Properties["PolicyDocument"]))
			.filter(({ Effect }) => Effect === "Allow");
		const ofThisAccount = expect.objectContaining({
			Action: "sns:Publish",
			Principal: { Service: "cloudwatch.amazonaws.com" },
			Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
		});
		expect(allowing).toEqual([ofThisAccount, ofThisAccount]);
	});

	it("deny what does not come by TLS, for every queue, bucket and topic", () => {
		const denying = (type: string, key: string, policyType: string): readonly string[] =>
			app
				.ofType(type)
				.filter(({ id }) => {
					const policies = app
						.ofType(policyType)
						.filter(({ Properties }) => [Properties[key]].flat().some((one) => target(one) === id));
					return !policies.some(({ Properties }) =>
						statementsOf(Properties["PolicyDocument"]).some(
							({ Effect, Condition }) =>
								Effect === "Deny" && JSON.stringify(Condition) === '{"Bool":{"aws:SecureTransport":"false"}}',
						),
					);
				})
				.map(({ id }) => id);
		expect(app.ofType("AWS::SQS::Queue").length).toBeGreaterThan(3);
		expect(denying("AWS::SQS::Queue", "Queues", "AWS::SQS::QueuePolicy")).toEqual([]);
		expect(denying("AWS::S3::Bucket", "Bucket", "AWS::S3::BucketPolicy")).toEqual([]);
		expect(denying("AWS::SNS::Topic", "Topics", "AWS::SNS::TopicPolicy")).toEqual([]);
	});
});
