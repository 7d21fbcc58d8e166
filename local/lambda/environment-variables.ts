/** The environment of an execution environment's process: the template's variables, what Lambda sets, the local endpoints, and nothing else of the machine's. */
import type { FunctionPlan } from "../assembly/read-function.ts";
import { LOCAL_REGION } from "../assembly/resolve.ts";

export interface Endpoints {
	readonly sqs: string;
	readonly s3: string;
	readonly dynamodb: string;
	readonly scheduler: string;
	readonly lambda: string;
	/** Where functions look their platform up; absent where none does. */
	readonly ssm?: string;
	/** Where the HTTP API reads what was counted; absent where there is none. */
	readonly cloudwatch?: string;
}

/** Of the runtime's own environment a handler sees these and no others: no credentials, no proxies, no settings of the user's. */
const PASSED_ON = ["PATH", "TMPDIR", "TZ"] as const;

export function environmentVariables(
	plan: FunctionPlan,
	options: { readonly directory: string; readonly endpoints: Endpoints; readonly logStreamName: string },
): Record<string, string> {
	const variables: Record<string, string> = {};
	for (const name of PASSED_ON) {
		const value = process.env[name];
		if (value !== undefined) variables[name] = value;
	}
	return {
		...variables,
		...plan.environment,
		// Not the user's: the SDK would read the settings in ~/.aws of whoever runs this, which there are none of on Lambda.
		HOME: options.directory,
		_HANDLER: plan.handler,
		LAMBDA_TASK_ROOT: options.directory,
		LAMBDA_RUNTIME_DIR: options.directory,
		AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split(".")[0]}.x`,
		AWS_LAMBDA_FUNCTION_NAME: plan.name,
		AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
		AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(plan.memoryMb),
		AWS_LAMBDA_LOG_GROUP_NAME: plan.logGroupName,
		AWS_LAMBDA_LOG_STREAM_NAME: options.logStreamName,
		AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
		AWS_REGION: LOCAL_REGION,
		AWS_DEFAULT_REGION: LOCAL_REGION,
		AWS_ACCESS_KEY_ID: "local",
		AWS_SECRET_ACCESS_KEY: "local",
		AWS_ENDPOINT_URL_SQS: options.endpoints.sqs,
		AWS_ENDPOINT_URL_S3: options.endpoints.s3,
		AWS_ENDPOINT_URL_DYNAMODB: options.endpoints.dynamodb,
		AWS_ENDPOINT_URL_SCHEDULER: options.endpoints.scheduler,
		AWS_ENDPOINT_URL_LAMBDA: options.endpoints.lambda,
		...(options.endpoints.ssm === undefined ? {} : { AWS_ENDPOINT_URL_SSM: options.endpoints.ssm }),
		...(options.endpoints.cloudwatch === undefined
			? {}
			: { AWS_ENDPOINT_URL_CLOUDWATCH: options.endpoints.cloudwatch }),
	};
}
