/** A platform with a key of the team's own: nothing that stores data is left out, and who works on it may use the key. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Aws, Stack } from "aws-cdk-lib";
import { AccountRootPrincipal, Role } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JobPlatform } from "../../cdk/job-platform.ts";
import { catalogue, sendMail } from "./fixture/mail-catalogue.ts";
import { permissions, type Synthesized, synthesize } from "./synthesize.ts";

const entry = new URL("fixture/worker.ts", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "millrace-encryption-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let mail: Synthesized;
let keyArn: unknown;
beforeAll(() => {
	mail = synthesize((app) => {
		const stack = new Stack(app, "Mail");
		const encryptionKey = new Key(stack, "Key", { enableKeyRotation: true });
		const platform = new JobPlatform(stack, "Jobs", {
			catalogue,
			workers: { mail: { entry }, reports: { entry } },
			bundleFolder: folder,
			encryptionKey,
			onDeploy: { job: sendMail, input: {}, version: "7" },
			alarms: { slackWebhookParameter: "/team/slack-webhook", runbooks: "https://wiki.example.test/runbooks" },
		});
		platform.grantEnqueue(new Role(stack, "Producer", { assumedBy: new AccountRootPrincipal() }), sendMail);
		return stack;
	});
	keyArn = { "Fn::GetAtt": [mail.one("AWS::KMS::Key").id, "Arn"] };
});

const all = (type: string, property: (properties: Readonly<Record<string, unknown>>) => unknown): readonly unknown[] =>
	mail.ofType(type).map(({ Properties }) => property(Properties));

describe("an encryption key", () => {
	it("leaves no finding of cdk-nag", () => {
		expect(mail.messages.filter((message) => !message.startsWith("info"))).toEqual([]);
	});

	it.each([
		["AWS::SQS::Queue", 7, (queue) => queue["KmsMasterKeyId"]],
		["AWS::SNS::Topic", 2, (topic) => topic["KmsMasterKeyId"]],
		["AWS::Logs::LogGroup", 6, (group) => group["KmsKeyId"]],
		[
			"AWS::DynamoDB::GlobalTable",
			1,
			({ Replicas }) =>
				(Replicas as [{ SSESpecification: { KMSMasterKeyId: unknown } }])[0].SSESpecification.KMSMasterKeyId,
		],
		["AWS::Scheduler::Schedule", 1, (schedule) => schedule["KmsKeyArn"]],
		[
			"AWS::S3::Bucket",
			1,
			({ BucketEncryption }) =>
				(
					BucketEncryption as {
						ServerSideEncryptionConfiguration: { ServerSideEncryptionByDefault: { KMSMasterKeyID: unknown } }[];
					}
				).ServerSideEncryptionConfiguration[0]?.ServerSideEncryptionByDefault.KMSMasterKeyID,
		],
	] as const satisfies readonly (readonly [
		string,
		number,
		(properties: Readonly<Record<string, unknown>>) => unknown,
	])[])("encrypts every %s", (type, count, keyOf) => {
		expect(all(type, keyOf)).toEqual(Array.from({ length: count }, () => keyArn));
	});

	it("is no longer beside SQS's own", () => {
		expect(all("AWS::SQS::Queue", (queue) => queue["SqsManagedSseEnabled"])).toEqual(
			Array.from({ length: 7 }, () => undefined),
		);
	});

	it("may be used by whoever works on what it encrypts, and by nobody else of the platform", () => {
		const users = mail
			.ofType("AWS::IAM::Policy")
			.filter((policy) => permissions(policy).some(({ action }) => action.startsWith("kms:")))
			.map(({ id }) => id.replace(/(Role)?DefaultPolicy[0-9A-F]{8}$/, ""));
		expect(users.toSorted()).toEqual([
			"JobsAlerts",
			"JobsDashboardsWidgets",
			"JobsDeployHook",
			"JobsSchedulesCallersweeper",
			"JobsSchedulesRolemail",
			"JobsSchedulesRolereports",
			"JobsSweeper",
			"JobsWorkermail",
			"JobsWorkerreports",
			"Producer",
		]);
		const kms = mail
			.ofType("AWS::IAM::Policy")
			.flatMap(permissions)
			.filter(({ action }) => action.startsWith("kms:"));
		expect(new Set(kms.map(({ action }) => action))).toEqual(
			new Set(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]),
		);
		expect(new Set(kms.map(({ resource }) => resource))).toEqual(new Set([`${mail.one("AWS::KMS::Key").id}.Arn`]));
	});

	it("lets alarms tell the topic, and logs be written, by its own policy", () => {
		expect(mail.one("AWS::KMS::Key").Properties["KeyPolicy"]).toMatchObject({
			Statement: expect.arrayContaining([
				expect.objectContaining({ Sid: "MillraceAlarms", Principal: { Service: "cloudwatch.amazonaws.com" } }),
				expect.objectContaining({ Sid: "MillraceLogs" }),
			]),
		});
	});
});

describe("the run of a deployment", () => {
	it("is enqueued with the version and the input as its key, after the workers have the version", () => {
		const hook = mail.one("Custom::MillraceOnDeploy");
		const [queue] = mail.ofType("AWS::SQS::Queue").filter(({ id }) => /^JobsQueueurgentQueue/.test(id));
		expect(hook.Properties).toMatchObject({
			queueUrl: { Ref: queue?.id },
			body: '{"v":1,"job":"send_mail","key":"deploy/7/2ee71518fa57cadc","input":{}}',
			ServiceTimeout: "300",
		});
		const before = [...mail.ofType("AWS::Lambda::EventSourceMapping"), ...mail.ofType("AWS::Lambda::Function")]
			.map(({ id }) => id)
			.filter((id) => /^JobsWorker/.test(id));
		expect(before).toHaveLength(5);
		expect(hook.DependsOn).toEqual(expect.arrayContaining(before));
	});

	it("comes from a role that sends to that queue and does nothing else", () => {
		const policy = mail.one("AWS::IAM::Policy", "DeployHookRole");
		const actions = permissions(policy).map(({ action }) => action);
		expect(new Set(actions)).toEqual(
			new Set([
				"kms:Decrypt",
				"kms:Encrypt",
				"kms:GenerateDataKey",
				"logs:CreateLogStream",
				"logs:PutLogEvents",
				"sqs:SendMessage",
			]),
		);
	});
});

const platformWith = (onDeploy: object) => () =>
	synthesize((app) => {
		const stack = new Stack(app, "Mail");
		const workers = { mail: { entry }, reports: { entry } };
		const given = { job: sendMail, input: {}, ...onDeploy };
		new JobPlatform(stack, "Jobs", {
			catalogue,
			workers,
			bundleFolder: folder,
			alarms: false,
			dashboards: false,
			onDeploy: given,
		});
		return stack;
	});

describe("a deployment's job", () => {
	it("has a version of the workers' code by default: the same code is the same version", () => {
		const bodyOf = () => platformWith({})().one("Custom::MillraceOnDeploy").Properties["body"];
		const body = bodyOf();
		expect(body).toMatch(/"key":"deploy\/[0-9a-f]{16}\/2ee71518fa57cadc"/);
		expect(bodyOf()).toBe(body);
	});

	it("is another run with another input, of the same version too, in whatever order its fields stand", () => {
		const hookOf = (input: object) => {
			const { id, Properties } = platformWith({ version: "7", input })().one("Custom::MillraceOnDeploy");
			const { key } = JSON.parse(String(Properties["body"])) as { readonly key: string };
			return { id, key };
		};
		const [ada, bob] = [hookOf({ to: "ada", subject: "s" }), hookOf({ to: "bob", subject: "s" })];
		expect(ada.key).not.toBe(bob.key);
		expect(ada.id).not.toBe(bob.id);
		expect(hookOf({ subject: "s", to: "ada" }).key).toBe(ada.key);
	});

	it("has a resource for each version, so that a rollback takes the new one back and leaves the old one alone", () => {
		const idOf = (version: string) => platformWith({ version })().one("Custom::MillraceOnDeploy").id;
		const [seven, eight] = [idOf("7"), idOf("8")];
		expect(seven).not.toBe(eight);
		expect(idOf("7")).toBe(seven);
	});

	it.each([
		["", '""'],
		["v".repeat(201), '"vvvv'],
		[Aws.STACK_ID, '"\\$\\{Token'],
	])("has a version of 1 to 200 characters, known at synth: not %j", (version, shown) => {
		expect(platformWith({ version })).toThrow(new RegExp(`onDeploy: version must be 1–200 characters .* got ${shown}`));
	});

	it("must fit its schema", () => {
		expect(platformWith({ input: { to: 1 } })).toThrow(/onDeploy: its input does not fit job send_mail: .*to/);
	});
});
