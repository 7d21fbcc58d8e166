/**
 * Enqueues one run for each deployed version: a custom resource whose properties change with the version, and the function that CloudFormation
 * calls for it, which sends the message. It comes after the workers, so that the run is performed by the code it was deployed with.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CustomResource, Duration, RemovalPolicy } from "aws-cdk-lib";
import { Effect, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct, type IDependable } from "constructs";
import type { Catalogue } from "../../shared/catalogue/define-catalogue.ts";
import { inputFlaws } from "../../shared/catalogue/schedule-rules.ts";
import type { JobDefinition, JobInput } from "../../shared/job/define-job.ts";
import { routeRun } from "../../shared/job/route-run.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { WorkerBundle } from "../bundle/worker-bundle.ts";
import type { QueueClass } from "./queue-class.ts";

export interface OnDeploy<Job extends JobDefinition = JobDefinition> {
	readonly job: Job;
	readonly input: JobInput<Job>;
	/** A version is run for once. Default: a hash of the workers' code, so that a deploy that leaves it alone runs nothing. */
	readonly version?: string;
}

export interface DeployHookProps {
	readonly bundle: WorkerBundle;
	readonly catalogue: Catalogue;
	readonly onDeploy: OnDeploy;
	/** The workers' own. */
	readonly bundles: readonly WorkerBundle[];
	readonly queueClassOf: (name: string) => QueueClass;
	/** What must have the version before the run is enqueued. */
	readonly after: readonly IDependable[];
	readonly logRetention: RetentionDays;
	readonly production: boolean;
}

/** As the local stack knows it, which sends the message itself. */
export const ON_DEPLOY_TYPE = "Custom::MillraceOnDeploy";

export class DeployHook extends Construct {
	/** @throws MillraceError `configuration-invalid` when the catalogue has no such job, or the input does not fit it. */
	constructor(scope: Construct, id: string, props: DeployHookProps) {
		super(scope, id);
		const { job, input, version = versionOf(props.bundles) } = props.onDeploy;
		const { catalogue } = props;
		if (catalogue.findJob(job.name)?.name !== job.name) {
			throw new MillraceError("configuration-invalid", `onDeploy: ${job.name} is no job of the catalogue.`);
		}
		const flaws = inputFlaws(job, input);
		if (flaws.length > 0) {
			throw new MillraceError(
				"configuration-invalid",
				`onDeploy: its input does not fit job ${job.name}: ${flaws.join("; ")}`,
			);
		}
		const { queue } = props.queueClassOf(
			routeRun(catalogue, job, {
				...{ job: job.name, input, tenant: undefined, priority: undefined },
				headers: {},
			}),
		);
		const logGroup = new LogGroup(this, "Logs", {
			retention: props.logRetention,
			removalPolicy: props.production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
		});
		const role = new Role(this, "Role", {
			assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
			description: "Millrace deploy hook",
		});
		logGroup.grantWrite(role);
		role.addToPolicy(
			new PolicyStatement({ effect: Effect.ALLOW, actions: ["sqs:SendMessage"], resources: [queue.queueArn] }),
		);
		const enqueue = new LambdaFunction(this, "Function", {
			description: "Millrace: enqueues the job of a deployment",
			runtime: Runtime.NODEJS_24_X,
			architecture: Architecture.ARM_64,
			handler: "index.handler",
			code: Code.fromAsset(props.bundle.folder),
			timeout: Duration.seconds(60),
			memorySize: 256,
			role,
			logGroup,
			environment: { POWERTOOLS_SERVICE_NAME: "deploy-hook" },
		});
		const resource = new CustomResource(this, "Resource", {
			resourceType: ON_DEPLOY_TYPE,
			serviceToken: enqueue.functionArn,
			// Instead of the hour that CloudFormation waits by itself for a function that does not answer.
			serviceTimeout: Duration.minutes(5),
			properties: {
				queueUrl: queue.queueUrl,
				body: JSON.stringify({ v: 1, job: job.name, key: `deploy/${version}`, input }),
			},
		});
		resource.node.addDependency(role, ...props.after);
	}
}

/** 16 hexadecimal digits of all that the workers run. */
function versionOf(bundles: readonly WorkerBundle[]): string {
	const hash = createHash("sha256");
	for (const { group, folder, files } of bundles) {
		for (const { path } of files) hash.update(`${group}/${path}\n`).update(readFileSync(join(folder, path)));
	}
	return hash.digest("hex").slice(0, 16);
}
