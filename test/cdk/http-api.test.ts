/** The HTTP API in the template: who may call it, what its function may do, what limits and logs it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stack } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HttpApiAccess } from "../../cdk/constructs/http-api.ts";
import { JobPlatform } from "../../cdk/job-platform.ts";
import { defineWebhook } from "../../shared/job/index.ts";
import { catalogue, sendMail } from "./fixture/mail-catalogue.ts";
import { permissions, type Synthesized, synthesize, target } from "./synthesize.ts";

const entry = new URL("fixture/worker.ts", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "millrace-http-api-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const webhooks = ["github", "gitlab"].map((source) =>
	defineWebhook({
		source,
		scheme: "github",
		job: sendMail,
		secretParameter: source === "github" ? "/mail/github" : "/aws/reference/secretsmanager/mail/gitlab",
		toInput: () => undefined,
	}),
);

function mailWith(access: HttpApiAccess, taken = webhooks): Synthesized {
	return synthesize((app) => {
		const stack = new Stack(app, "Mail");
		const platform = new JobPlatform(stack, "Jobs", {
			catalogue,
			workers: { mail: { entry }, reports: { entry } },
			bundleFolder: folder,
			api: { entry, webhooks: taken, ...access },
		});
		const shop = new Role(stack, "Shop", { assumedBy: new ServicePrincipal("ec2.amazonaws.com") });
		if (access.jwt === undefined) platform.api?.grantInvoke(shop, ["enqueueJob", "getJob"]);
		return stack;
	});
}

let mail: Synthesized;
beforeAll(() => {
	mail = mailWith({});
});

const withoutHash = (text: string): string => text.replace(/[0-9A-F]{8}(?=[.>]|$)/g, "");
const authorisation = (synthesized: Synthesized): Readonly<Record<string, unknown>> =>
	Object.fromEntries(
		synthesized
			.ofType("AWS::ApiGatewayV2::Route")
			.map(({ Properties }) => [String(Properties["RouteKey"]), Properties["AuthorizationType"]]),
	);

describe("the HTTP API", () => {
	it("asks IAM on every route but that of webhooks", () => {
		expect(authorisation(mail)).toEqual({
			"POST /api/v1/jobs": "AWS_IAM",
			"GET /api/v1/jobs/{id}": "AWS_IAM",
			"GET /api/v1/jobs/{id}/result": "AWS_IAM",
			"POST /api/v1/jobs/batch-status": "AWS_IAM",
			"POST /api/v1/jobs/{id}/cancel": "AWS_IAM",
			"GET /api/v1/schedules": "AWS_IAM",
			"GET /api/v1/schedules/{name}": "AWS_IAM",
			"PUT /api/v1/schedules/{name}": "AWS_IAM",
			"DELETE /api/v1/schedules/{name}": "AWS_IAM",
			"POST /api/v1/schedules/{name}/disable": "AWS_IAM",
			"POST /api/v1/schedules/{name}/enable": "AWS_IAM",
			"POST /api/v1/schedules/{name}/run": "AWS_IAM",
			"POST /api/v1/schedules/{name}/backfill": "AWS_IAM",
			"GET /api/v1/queues": "AWS_IAM",
			"GET /health": "AWS_IAM",
			"GET /health/celery": "AWS_IAM",
			"GET /metrics": "AWS_IAM",
			"POST /webhooks/{source}": "NONE",
		});
	});

	it("has a limit for callers who are known, another for senders of webhooks, and an access log in which no caller can write", () => {
		const stage = mail.one("AWS::ApiGatewayV2::Stage", "HttpApi").Properties;
		expect(stage).toMatchObject({
			StageName: "$default",
			AutoDeploy: true,
			DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
			RouteSettings: { "POST /webhooks/{source}": { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 } },
		});
		const { DestinationArn, Format } = stage["AccessLogSettings"] as { DestinationArn: unknown; Format: string };
		expect(withoutHash(target(DestinationArn))).toBe("JobsHttpApiAccessLogs.Arn");
		expect(Object.values(JSON.parse(Format))).toEqual([
			"$context.requestId",
			"$context.requestTime",
			"$context.identity.sourceIp",
			"$context.identity.userArn",
			"$context.routeKey",
			"$context.status",
			"$context.responseLength",
			"$context.responseLatency",
			"$context.integrationStatus",
			"$context.error.responseType",
		]);
	});

	it("gives its function payloads of format 2.0, and one permission to be called", () => {
		expect(mail.one("AWS::ApiGatewayV2::Integration", "Integration").Properties).toMatchObject({
			IntegrationType: "AWS_PROXY",
			PayloadFormatVersion: "2.0",
		});
		expect(
			mail
				.ofType("AWS::Lambda::Permission")
				.filter(({ Properties }) => Properties["Principal"] === "apigateway.amazonaws.com"),
		).toHaveLength(1);
		expect(mail.one("AWS::Lambda::Function", "HttpApi").Properties).toMatchObject({ Timeout: 29, MemorySize: 1024 });
	});

	it("has a function with its own role: what the routes do, and no more", () => {
		const rights = permissions(mail.one("AWS::IAM::Policy", "HttpApiRole"));
		const actions = [...new Set(rights.map(({ action }) => action))].sort();
		expect(actions).toEqual([
			"cloudwatch:GetMetricData",
			"dynamodb:BatchGetItem",
			"dynamodb:DeleteItem",
			"dynamodb:GetItem",
			"dynamodb:PutItem",
			"dynamodb:Query",
			"dynamodb:UpdateItem",
			"iam:PassRole",
			"lambda:GetEventSourceMapping",
			"lambda:ListTags",
			"logs:CreateLogStream",
			"logs:PutLogEvents",
			"s3:GetObject",
			"s3:ListBucket",
			"s3:PutObject",
			"scheduler:CreateSchedule",
			"scheduler:DeleteSchedule",
			"scheduler:GetSchedule",
			"scheduler:UpdateSchedule",
			"secretsmanager:GetSecretValue",
			"sqs:GetQueueAttributes",
			"sqs:SendMessage",
			"ssm:GetParameter",
		]);
		expect(rights.filter(({ resource }) => resource === "*").map(({ action }) => action)).toEqual([
			"cloudwatch:GetMetricData",
		]);
		const parameters = rights
			.filter(({ action }) => action === "ssm:GetParameter")
			.map(({ resource }) => withoutHash(resource));
		expect(parameters).toHaveLength(3);
		expect(parameters.join("\n")).toContain(":parameter/mail/github");
		expect(parameters.join("\n")).toContain(":parameter/aws/reference/secretsmanager/mail/gitlab");
	});

	it("lets a caller at the routes that are granted", () => {
		const rights = permissions(mail.one("AWS::IAM::Policy", "Shop"));
		expect(rights.map(({ action }) => action)).toEqual(["execute-api:Invoke", "execute-api:Invoke"]);
		const text = JSON.stringify(mail.one("AWS::IAM::Policy", "Shop").Properties);
		expect(text).toContain("/POST/api/v1/jobs");
		expect(text).toContain("/GET/api/v1/jobs/*");
	});

	it("is in the outputs", () => {
		expect(Object.keys(mail.outputs)).toContain("MillraceApiUrl");
	});
});

describe("the HTTP API by option", () => {
	it("asks for tokens of an issuer, with scopes, and leaves open what is said to be", () => {
		const given = mailWith({
			jwt: { issuer: "https://issuer.example", audience: ["jobs"], scopes: ["jobs/all"] },
			open: ["getHealth"],
			throttle: { requestsPerSecond: 5, burst: 7 },
		});
		const by = authorisation(given);
		expect([by["POST /api/v1/jobs"], by["GET /metrics"], by["GET /health"], by["POST /webhooks/{source}"]]).toEqual([
			"JWT",
			"JWT",
			"NONE",
			"NONE",
		]);
		expect(given.one("AWS::ApiGatewayV2::Authorizer").Properties).toMatchObject({
			AuthorizerType: "JWT",
			JwtConfiguration: { Issuer: "https://issuer.example", Audience: ["jobs"] },
		});
		expect(given.one("AWS::ApiGatewayV2::Route", "Route", "enqueueJob").Properties["AuthorizationScopes"]).toEqual([
			"jobs/all",
		]);
		const least = { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 7 };
		const stage = given.one("AWS::ApiGatewayV2::Stage", "HttpApi");
		expect(stage.Properties).toMatchObject({
			DefaultRouteSettings: least,
			RouteSettings: { "GET /health": least, "POST /webhooks/{source}": least },
		});
		const routes = given
			.ofType("AWS::ApiGatewayV2::Route")
			.filter(({ Properties }) => Properties["AuthorizationType"] === "NONE");
		expect(stage.DependsOn).toEqual(routes.map(({ id }) => id).sort());
	});

	it("has no route that nobody is asked on, where there are no webhooks and nothing is open", () => {
		const given = mailWith({}, []);
		expect(new Set(Object.values(authorisation(given)))).toEqual(new Set(["AWS_IAM"]));
		expect(Object.keys(authorisation(given))).toHaveLength(17);
		expect(given.one("AWS::ApiGatewayV2::Stage", "HttpApi").Properties["RouteSettings"]).toBeUndefined();
	});

	it("gives a scraper less than known callers", () => {
		expect(
			mailWith({ open: ["getMetrics"] }, []).one("AWS::ApiGatewayV2::Stage", "HttpApi").Properties["RouteSettings"],
		).toEqual({ "GET /metrics": { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20 } });
	});
});
