/** Lets a worker group record its runs in X-Ray. Nothing of it is in the template of a platform that is not traced. */
import { Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { CfnFunction, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { invariant, MillraceError } from "../../shared/kernel/errors.ts";

export interface TracingOptions {
	/** Of the traces that begin with a run, 0 to 1; a producer that sends a trace along decides for its own. Default 1. */
	readonly sampleRatio?: number;
}

/** @throws MillraceError `configuration-invalid` */
export function traceWorker(worker: LambdaFunction, { sampleRatio = 1 }: TracingOptions): void {
	if (!(sampleRatio >= 0 && sampleRatio <= 1)) {
		throw new MillraceError(
			"configuration-invalid",
			`tracing.sampleRatio must be a number from 0 to 1; got ${sampleRatio}`,
		);
	}
	const resource = worker.node.defaultChild;
	invariant(resource instanceof CfnFunction && worker.role !== undefined, "a worker is a function with a role");
	// With it Lambda runs the daemon that takes our spans.
	resource.tracingConfig = { mode: "Active" };
	worker.addEnvironment("MILLRACE_TRACING", String(sampleRatio));
	worker.addToRolePolicy(
		new PolicyStatement({ actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources: ["*"] }),
	);
	Validations.of(worker.role).acknowledge({
		id: "AwsSolutions-IAM5[Resource::*]",
		reason:
			"What X-Ray's daemon calls takes no resource. It adds traces and the daemon's own numbers, and reads nothing.",
	});
}
