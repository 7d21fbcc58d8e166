import { describe, expect, it } from "vitest";
import { type LocalPlan, planStacks } from "../../local/assembly/plan-stacks.ts";
import { readAssembly } from "../../local/assembly/read-assembly.ts";
import { createAddressBook } from "../../local/assembly/resource-address.ts";
import { queueWithFunction, type TemplateParts, writeAssembly } from "./local-assembly.ts";

interface Planned extends LocalPlan {
	readonly warnings: readonly string[];
}

async function plan(stacks: Readonly<Record<string, TemplateParts>>): Promise<Planned> {
	const assembly = await readAssembly(writeAssembly(stacks));
	const book = createAddressBook({ stacks: assembly, queueUrl: (name) => `http://127.0.0.1:1/000000000000/${name}` });
	const warnings: string[] = [];
	return { ...planStacks(assembly, book, (message) => warnings.push(message)), warnings };
}

const outputs = async (template: TemplateParts, values: Readonly<Record<string, unknown>>) => {
	const Outputs = Object.fromEntries(Object.entries(values).map(([id, Value]) => [id, { Value }]));
	return (await plan({ App: { ...template, Outputs } })).stacks["App"]?.outputs;
};

describe("intrinsic functions", () => {
	const template: TemplateParts = {
		Resources: {
			Queue: { Type: "AWS::SQS::Queue" },
			Table: {
				Type: "AWS::DynamoDB::GlobalTable",
				Properties: {
					AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
					KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
				},
			},
			Bucket: { Type: "AWS::S3::Bucket" },
			Named: { Type: "AWS::SQS::Queue", Properties: { QueueName: { "Fn::Sub": `\${AWS::StackName}-named` } } },
		},
		Parameters: { Stage: { Type: "String", Default: "test" } },
		Mappings: { Sizes: { test: { memory: 512 } } },
		Conditions: {
			IsTest: { "Fn::Equals": [{ Ref: "Stage" }, "test"] },
			IsNot: { "Fn::Not": [{ Condition: "IsTest" }] },
			Both: { "Fn::And": [{ Condition: "IsTest" }, { "Fn::Or": [{ Condition: "IsNot" }, { Condition: "IsTest" }] }] },
		},
	};

	it("resolve to the local addresses", async () => {
		const resolved = await outputs(template, {
			Url: { Ref: "Queue" },
			Arn: { "Fn::GetAtt": ["Queue", "Arn"] },
			Name: { "Fn::GetAtt": "Named.QueueName" },
			Table: { Ref: "Table" },
			TableArn: { "Fn::GetAtt": ["Table", "Arn"] },
			Bucket: { Ref: "Bucket" },
			BucketArn: { "Fn::GetAtt": ["Bucket", "Arn"] },
			Joined: { "Fn::Join": ["-", [{ Ref: "Stage" }, { Ref: "AWS::Region" }, "x"]] },
			Substituted: {
				"Fn::Sub": [`\${Stage}/\${Word}/\${Queue.Arn}/\${!Literal}`, { Word: { Ref: "AWS::AccountId" } }],
			},
			Selected: { "Fn::Select": [1, { "Fn::Split": [",", "a,b,c"] }] },
			Mapped: { "Fn::FindInMap": ["Sizes", { Ref: "Stage" }, "memory"] },
			Chosen: { "Fn::If": ["Both", "yes", "no"] },
			Encoded: { "Fn::Base64": "hi" },
		});
		expect(resolved).toEqual({
			Url: "http://127.0.0.1:1/000000000000/App-Queue",
			Arn: "arn:aws:sqs:us-east-1:000000000000:App-Queue",
			Name: "App-named",
			Table: "App-Table",
			TableArn: "arn:aws:dynamodb:us-east-1:000000000000:table/App-Table",
			Bucket: "app-bucket",
			BucketArn: "arn:aws:s3:::app-bucket",
			Joined: "test-us-east-1-x",
			Substituted: `test/000000000000/arn:aws:sqs:us-east-1:000000000000:App-Queue/\${Literal}`,
			Selected: "b",
			Mapped: "512",
			Chosen: "yes",
			Encoded: "aGk=",
		});
	});

	it("leave out what a condition or AWS::NoValue removes", async () => {
		const { queues } = await plan({
			App: {
				...template,
				Resources: {
					Gone: { Type: "AWS::SQS::Queue", Condition: "IsNot" },
					Kept: {
						Type: "AWS::SQS::Queue",
						Condition: "IsTest",
						Properties: { DelaySeconds: { "Fn::If": ["IsTest", { Ref: "AWS::NoValue" }, 5] }, VisibilityTimeout: "7" },
					},
				},
			},
		});
		expect(queues).toEqual([
			{ stack: "App", logicalId: "Kept", name: "App-Kept", attributes: { VisibilityTimeout: "7" } },
		]);
	});

	it("reach over stacks by Fn::ImportValue", async () => {
		const { stacks } = await plan({
			User: { Resources: {}, Outputs: { Got: { Value: { "Fn::ImportValue": "Base:Queue" } } } },
			Base: {
				Resources: { Queue: { Type: "AWS::SQS::Queue" } },
				Outputs: {
					Queue: {
						Value: { "Fn::GetAtt": ["Queue", "Arn"] },
						Export: { Name: { "Fn::Join": [":", [{ Ref: "AWS::StackName" }, "Queue"]] } },
					},
				},
			},
		});
		expect(stacks["User"]?.outputs).toEqual({ Got: "arn:aws:sqs:us-east-1:000000000000:Base-Queue" });
	});
});

describe("names", () => {
	it("fit what AWS allows", async () => {
		const long = `Stack${"x".repeat(90)}`;
		const { queues, buckets } = await plan({
			[long]: { Resources: { TheQueue: { Type: "AWS::SQS::Queue" }, TheBucket: { Type: "AWS::S3::Bucket" } } },
		});
		expect(queues[0]?.name).toMatch(/^Stackx+-[0-9a-f]{10}$/);
		expect(queues[0]?.name).toHaveLength(80);
		expect(buckets[0]?.name).toMatch(/^stackx+-[0-9a-f]{10}$/);
		expect(buckets[0]?.name).toHaveLength(63);
	});
});

/** A worker that a route of an HTTP API calls, too. */
function routed(change: { readonly route?: object; readonly integration?: object } = {}): TemplateParts["Resources"] {
	return {
		...queueWithFunction({ handler: "echo" }),
		Api: { Type: "AWS::ApiGatewayV2::Api", Properties: { Name: "api", ProtocolType: "HTTP" } },
		Stage: { Type: "AWS::ApiGatewayV2::Stage", Properties: { ApiId: { Ref: "Api" }, StageName: "$default" } },
		Integration: {
			Type: "AWS::ApiGatewayV2::Integration",
			Properties: {
				ApiId: { Ref: "Api" },
				IntegrationType: "AWS_PROXY",
				IntegrationUri: { "Fn::GetAtt": ["Worker", "Arn"] },
				PayloadFormatVersion: "2.0",
				...change.integration,
			},
		},
		Route: {
			Type: "AWS::ApiGatewayV2::Route",
			Properties: {
				ApiId: { Ref: "Api" },
				RouteKey: "GET /things/{id}",
				AuthorizationType: "AWS_IAM",
				Target: { "Fn::Join": ["", ["integrations/", { Ref: "Integration" }]] },
				...change.route,
			},
		},
	};
}

describe("what can't be honoured is refused by name", () => {
	const refusal = async (resources: TemplateParts["Resources"]): Promise<unknown> => {
		try {
			await plan({ App: { Resources: resources } });
		} catch (error) {
			return error;
		}
		return undefined;
	};
	const worker = (options: Partial<Parameters<typeof queueWithFunction>[0]>) =>
		queueWithFunction({ handler: "echo", ...options });

	it.each([
		["a layer", worker({ function: { Layers: ["x"] } }), "App: Worker (AWS::Lambda::Function): the property Layers"],
		["a Python function", worker({ function: { Runtime: "python3.13" } }), "Worker has the runtime python3.13"],
		[
			"a filter",
			worker({ mapping: { FilterCriteria: {} } }),
			"Mapping (AWS::Lambda::EventSourceMapping): the property FilterCriteria",
		],
		["a batch above ten without a window", worker({ mapping: { BatchSize: 11 } }), "a BatchSize of 11 needs"],
		[
			"a concurrency of one",
			worker({ mapping: { ScalingConfig: { MaximumConcurrency: 1 } } }),
			"ScalingConfig.MaximumConcurrency",
		],
		[
			"a stream",
			worker({ mapping: { EventSourceArn: "arn:aws:dynamodb:us-east-1:0:table/T/stream/1" } }),
			"only SQS queues feed functions",
		],
		["a FIFO queue", worker({ queue: { FifoQueue: true } }), "Queue is a FIFO queue"],
		["a visibility above 12 hours", worker({ queue: { VisibilityTimeout: 43_201 } }), "VisibilityTimeout"],
		[
			"an unknown intrinsic",
			worker({ queue: { DelaySeconds: { "Fn::Transform": {} } } }),
			"the intrinsic Fn::Transform (in Queue.DelaySeconds)",
		],
		[
			"a missing resource",
			worker({ function: { Environment: { Variables: { A: { Ref: "Nowhere" } } } } }),
			"refers to Nowhere",
		],
		[
			"an attribute without a local value",
			worker({ function: { Environment: { Variables: { A: { "Fn::GetAtt": ["Role", "RoleId"] } } } } }),
			"Fn::GetAtt Role.RoleId",
		],
		["code that is no asset", worker({ function: { Code: { S3Key: "other.zip" } } }), "the code of Worker (other.zip)"],
		[
			"the default route of an HTTP API",
			routed({ route: { RouteKey: "$default" } }),
			"only routes of a method and a path",
		],
		["a route to another stack", routed({ route: { Target: "integrations/elsewhere" } }), "to integrations/elsewhere"],
		["another payload format", routed({ integration: { PayloadFormatVersion: "1.0" } }), "PayloadFormatVersion"],
		["an integration of a URL", routed({ integration: { IntegrationType: "HTTP_PROXY" } }), "IntegrationType"],
		["a change of requests on their way", routed({ integration: { RequestParameters: {} } }), "RequestParameters"],
	])("%s", async (_name, resources, message) => {
		const error = await refusal(resources);
		expect(error).toMatchObject({ name: "MillraceError", code: "template-unsupported" });
		expect(String(error)).toContain(message);
	});

	it("but routes of an HTTP API to functions are read, and who may call them is not", async () => {
		const { httpRoutes, functions, warnings } = await plan({ App: { Resources: routed() } });
		expect(httpRoutes).toEqual([
			{
				stack: "App",
				logicalId: "Route",
				apiId: "App-Api",
				routeKey: "GET /things/{id}",
				functionArn: "arn:aws:lambda:us-east-1:000000000000:function:App-Worker",
			},
		]);
		expect([functions.map(({ logicalId }) => logicalId), warnings]).toEqual([["Worker"], []]);
	});

	it("but permissions and monitoring are left out silently, and other types with a warning", async () => {
		const { warnings } = await plan({
			App: {
				Resources: {
					Alarm: { Type: "AWS::CloudWatch::Alarm" },
					Policy: { Type: "AWS::IAM::Policy" },
					One: { Type: "AWS::StepFunctions::StateMachine" },
					Two: { Type: "AWS::StepFunctions::StateMachine" },
					Emptier: {
						Type: "AWS::Lambda::Function",
						Properties: { Handler: "x.y", Runtime: "nodejs24.x", Code: { S3Key: "unknown" }, Layers: [] },
					},
					Emptied: {
						Type: "Custom::S3AutoDeleteObjects",
						Properties: { ServiceToken: { "Fn::GetAtt": ["Emptier", "Arn"] } },
					},
					Idle: { Type: "AWS::Lambda::Function" },
					Bucket: { Type: "AWS::S3::Bucket", Properties: { VersioningConfiguration: { Status: "Enabled" } } },
				},
			},
		});
		expect(warnings).toEqual([
			"App: Bucket (AWS::S3::Bucket): VersioningConfiguration is not emulated: an overwritten or deleted object is gone.",
			"Resources of type AWS::StepFunctions::StateMachine are not emulated and were left out.",
			"The function App-Idle has no queue that feeds it and no schedule or route that calls it, so it does not run here.",
		]);
	});

	it("and a folder without an assembly says what to do", async () => {
		await expect(readAssembly("/nowhere")).rejects.toMatchObject({
			code: "assembly-not-found",
			message: expect.stringContaining("npm run synth"),
		});
	});
});

describe("a schedule", () => {
	const template = (more: object, target: object = {}): TemplateParts => ({
		Resources: {
			Caller: { Type: "AWS::IAM::Role" },
			Called: {
				Type: "AWS::Lambda::Function",
				Properties: {
					Handler: "index.handler",
					Runtime: "nodejs24.x",
					Code: { ZipFile: "exports.handler = () => {}" },
				},
			},
			Schedule: {
				Type: "AWS::Scheduler::Schedule",
				Properties: {
					ScheduleExpression: "rate(30 minutes)",
					FlexibleTimeWindow: { Mode: "OFF" },
					Target: {
						Arn: { "Fn::GetAtt": ["Called", "Arn"] },
						RoleArn: { "Fn::GetAtt": ["Caller", "Arn"] },
						Input: '{"a":1}',
						...target,
					},
					...more,
				},
			},
		},
	});

	it("that calls a function at a rate runs here, with its input as the event", async () => {
		const planned = await plan({ App: template({}) });
		expect(planned.schedules).toMatchObject([
			{ logicalId: "Schedule", everySeconds: 1_800, functionArn: planned.functions[0]?.arn, event: { a: 1 } },
		]);
		expect(planned.functions.map(({ logicalId }) => logicalId)).toEqual(["Called"]);
		expect(planned.warnings).toEqual([]);
	});

	it("that is disabled calls nothing", async () => {
		const planned = await plan({ App: template({ State: "DISABLED" }) });
		expect([planned.schedules, planned.functions]).toEqual([[], []]);
	});

	it.each([
		["another expression", { ScheduleExpression: "cron(0 12 * * ? *)" }, {}],
		["no function", {}, { Arn: "arn:aws:sqs:us-east-1:000000000000:queue" }],
		["a property unknown here", { StartDate: "2026-11-20T09:00:00Z" }, {}],
	])("with %s is refused", async (_, more, target) => {
		await expect(plan({ App: template(more, target) })).rejects.toMatchObject({ code: "template-unsupported" });
	});
});

describe("the platform address", () => {
	const parameter = (Value: unknown) => ({
		Type: "AWS::SSM::Parameter",
		Properties: { Name: { "Fn::Sub": `/millrace/\${AWS::StackName}/platform` }, Type: "String", Value },
	});

	it("is read from the stack's parameter", async () => {
		const { platforms } = await plan({
			App: {
				Resources: {
					Queue: { Type: "AWS::SQS::Queue" },
					Dead: { Type: "AWS::SQS::Queue" },
					Address: parameter({
						"Fn::Join": [
							"",
							[
								'{"table":"t","bucket":"b","queues":{"main":{"url":"',
								{ Ref: "Queue" },
								'","deadLetterUrl":"',
								{ Ref: "Dead" },
								'"}}}',
							],
						],
					}),
				},
			},
		});
		expect(platforms).toEqual({
			App: {
				table: "t",
				bucket: "b",
				queues: {
					main: {
						url: "http://127.0.0.1:1/000000000000/App-Queue",
						deadLetterUrl: "http://127.0.0.1:1/000000000000/App-Dead",
					},
				},
			},
		});
	});

	it("is refused when it is none", async () => {
		await expect(plan({ App: { Resources: { Address: parameter("{}") } } })).rejects.toMatchObject({
			code: "template-unsupported",
		});
	});
});
