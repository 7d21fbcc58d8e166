/** A function of a platform, with its log group and a role that may write to it and do nothing else until it is allowed to. */
import { relative, sep } from "node:path";
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Effect, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
	Architecture,
	CfnFunction,
	Code,
	type FunctionOptions,
	Function as LambdaFunction,
	Runtime,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import type { WorkerBundle } from "../bundle/worker-bundle.ts";
import { metricsNamespace } from "./metrics-namespace.ts";

/** What every function of a platform is given. */
export interface FunctionHousing {
	readonly bundle: WorkerBundle;
	readonly logRetention: RetentionDays;
	/** Whether the logs outlive the stack. */
	readonly production: boolean;
}

export interface PlatformFunctionProps extends Pick<FunctionOptions, "recursiveLoop"> {
	/** Describes the role. */
	readonly who: string;
	/** Describes the function. */
	readonly does: string;
	/** In log lines and metrics. */
	readonly service: string;
	readonly timeoutSeconds: number;
	readonly memoryMb: number;
	/** Beside the service and where its metrics go. Default none. */
	readonly environment?: Readonly<Record<string, string>>;
}

/** In a scope of its own: the children are called `Logs`, `Role` and `Function`. */
export function makePlatformFunction(
	scope: Construct,
	{ bundle, logRetention, production }: FunctionHousing,
	{ who, does, service, timeoutSeconds, memoryMb, environment, ...more }: PlatformFunctionProps,
): { readonly made: LambdaFunction; readonly role: Role } {
	const logGroup = new LogGroup(scope, "Logs", {
		retention: logRetention,
		removalPolicy: production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
	});
	const role = new Role(scope, "Role", {
		assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
		description: who,
	});
	logGroup.grantWrite(role);
	const made = new LambdaFunction(scope, "Function", {
		description: does,
		runtime: Runtime.NODEJS_24_X,
		architecture: Architecture.ARM_64,
		handler: "index.handler",
		code: Code.fromAsset(bundle.folder),
		timeout: Duration.seconds(timeoutSeconds),
		memorySize: memoryMb,
		role,
		logGroup,
		environment: {
			...environment,
			POWERTOOLS_SERVICE_NAME: service,
			POWERTOOLS_METRICS_NAMESPACE: metricsNamespace(scope),
		},
		...more,
	});
	return { made, role };
}

export function allow(role: Role, actions: readonly string[], resources: readonly string[]): void {
	role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] }));
}

/** Tells the local runtime which file to watch and bundle again; AWS ignores it. */
export function noteBundle(lambdaFunction: LambdaFunction, bundle: WorkerBundle): void {
	const resource = lambdaFunction.node.defaultChild;
	if (!(resource instanceof CfnFunction)) return;
	resource.addMetadata("millrace:bundle", { entry: relative(process.cwd(), bundle.entry).split(sep).join("/") });
}
