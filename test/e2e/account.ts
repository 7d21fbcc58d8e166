/** What is in the emulated account, listed service by service and not asked of CloudFormation, so that leftovers show. */
import {
	CloudFormationClient,
	DescribeStackResourcesCommand,
	GetTemplateCommand,
} from "@aws-sdk/client-cloudformation";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DescribeParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { CREDENTIALS, REGION } from "./cdk.ts";

export interface Account {
	/** Everything there is, as `<kind> <name>`. */
	list(): Promise<ReadonlySet<string>>;
	/** Names of the resources of a stack that its template says to keep at its deletion, policies aside: they are part of what they are on. */
	retainedBy(stack: string): Promise<readonly string[]>;
}

export function connectAccount(endpoint: string): Account {
	const settings = { endpoint, region: REGION, credentials: CREDENTIALS };
	const sqs = new SQSClient(settings);
	const dynamo = new DynamoDBClient(settings);
	const s3 = new S3Client(settings);
	const ssm = new SSMClient(settings);
	const cloudFormation = new CloudFormationClient(settings);
	const kinds: Readonly<Record<string, () => Promise<readonly (string | undefined)[]>>> = {
		queue: async () => ((await sqs.send(new ListQueuesCommand({}))).QueueUrls ?? []).map(queueName),
		table: async () => (await dynamo.send(new ListTablesCommand({}))).TableNames ?? [],
		bucket: async () => ((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).map(({ Name }) => Name),
		parameter: async () =>
			((await ssm.send(new DescribeParametersCommand({}))).Parameters ?? []).map(({ Name }) => Name),
		function: () => namesIn(plain("lambda", "/2015-03-31/functions/"), /"FunctionName": ?"([^"]+)"/g),
		mapping: () => namesIn(plain("lambda", "/2015-03-31/event-source-mappings/"), /"UUID": ?"([^"]+)"/g),
		"log group": () =>
			namesIn(plain("logs", "/", "{}", "Logs_20140328.DescribeLogGroups"), /"logGroupName": ?"([^"]+)"/g),
		role: () => namesIn(plain("iam", "/", "Action=ListRoles&Version=2010-05-08"), /<RoleName>([^<]+)</g),
		topic: () => namesIn(plain("sns", "/", "Action=ListTopics&Version=2010-03-31"), /<TopicArn>([^<]+)</g),
		alarm: () =>
			namesIn(
				plain(
					"monitoring",
					"/",
					"Action=DescribeAlarms&Version=2010-08-01&MaxRecords=100&AlarmTypes.member.1=MetricAlarm&AlarmTypes.member.2=CompositeAlarm",
				),
				/<AlarmName>([^<]+)</g,
			),
		dashboard: () =>
			namesIn(plain("monitoring", "/", "Action=ListDashboards&Version=2010-08-01"), /<DashboardName>([^<]+)</g),
		"schedule group": () => namesIn(plain("scheduler", "/schedule-groups"), /"Name": ?"([^"]+)"/g),
		schedule: () => namesIn(plain("scheduler", "/schedules"), /"Name": ?"([^"]+)"/g),
		"HTTP API": () => namesIn(plain("apigateway", "/v2/apis"), /"apiId": ?"([^"]+)"/g),
	};

	/** For the services whose SDK clients the project has no other use for. Root keys need no real signature here. */
	async function plain(service: string, path: string, body?: string, target?: string): Promise<string> {
		const scope = `${CREDENTIALS.accessKeyId}/20260101/${REGION}/${service}/aws4_request`;
		const answer = await fetch(endpoint + path, {
			method: body === undefined ? "GET" : "POST",
			headers: {
				authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
				"content-type": target === undefined ? "application/x-www-form-urlencoded" : "application/x-amz-json-1.1",
				...(target === undefined ? {} : { "x-amz-target": target }),
			},
			...(body === undefined ? {} : { body }),
		});
		const text = await answer.text();
		if (!answer.ok) throw new Error(`Listing ${service} failed: ${answer.status} ${text.slice(0, 300)}`);
		return text;
	}

	return {
		async list() {
			const found = new Set<string>();
			for (const [kind, names] of Object.entries(kinds)) {
				for (const name of await names()) found.add(`${kind} ${name}`);
			}
			return found;
		},
		async retainedBy(stack) {
			const { TemplateBody } = await cloudFormation.send(new GetTemplateCommand({ StackName: stack }));
			const template: { Resources: Readonly<Record<string, { DeletionPolicy?: string }>> } = JSON.parse(
				TemplateBody ?? "{}",
			);
			const { StackResources } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName: stack }));
			return (StackResources ?? [])
				.filter(({ LogicalResourceId: id }) => template.Resources[id ?? ""]?.DeletionPolicy?.startsWith("Retain"))
				.filter(({ ResourceType = "" }) => !ResourceType.endsWith("Policy"))
				.map(({ PhysicalResourceId = "" }) => queueName(PhysicalResourceId));
		},
	};
}

/** The emulator calls its own host by several names; other physical ids are names already. */
const queueName = (id: string): string => id.replace(/^https?:.*\//, "");

async function namesIn(text: Promise<string>, pattern: RegExp): Promise<readonly string[]> {
	return [...(await text).matchAll(pattern)].map((match) => match[1] ?? "");
}
