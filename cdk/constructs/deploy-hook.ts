/**
 * Enqueues one run for each deployed version: a custom resource of the version's own, and the function that CloudFormation calls for it, which
 * sends the message. It comes after the workers, so that the run is performed by the code it was deployed with.
 */
import { createHash, type Hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CustomResource, Duration, Token } from "aws-cdk-lib";
import { Construct, type IDependable } from "constructs";
import type { Catalogue } from "../../shared/catalogue/define-catalogue.ts";
import { inputFlaws } from "../../shared/catalogue/schedule-rules.ts";
import type { JobDefinition, JobInput } from "../../shared/job/define-job.ts";
import { routeRun } from "../../shared/job/route-run.ts";
import { canonicalJson } from "../../shared/kernel/canonical-json.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { Json } from "../../shared/kernel/json.ts";
import { quote } from "../../shared/kernel/show-value.ts";
import type { WorkerBundle } from "../bundle/worker-bundle.ts";
import { allow, type FunctionHousing, makePlatformFunction } from "./platform-function.ts";
import type { QueueClass } from "./queue-class.ts";

export interface OnDeploy<Job extends JobDefinition = JobDefinition> {
	readonly job: Job;
	readonly input: JobInput<Job>;
	/** 1–200 characters; a version is run for once with an input. Default: a hash of the workers' code, so that a deploy that leaves it alone runs nothing. */
	readonly version?: string;
}

export interface DeployHookProps extends FunctionHousing {
	readonly catalogue: Catalogue;
	readonly onDeploy: OnDeploy;
	/** The workers' own. */
	readonly bundles: readonly WorkerBundle[];
	readonly queueClassOf: (name: string) => QueueClass;
	/** What must have the version before the run is enqueued. */
	readonly after: readonly IDependable[];
}

/** As the local stack knows it, which sends the message itself. */
export const ON_DEPLOY_TYPE = "Custom::MillraceOnDeploy";

/** It becomes part of an idempotency key, which has 256 characters at most. */
const VERSION_LENGTH_MAX = 200;

export class DeployHook extends Construct {
	/** @throws MillraceError `configuration-invalid` when the catalogue has no such job, the input does not fit it, or the version can't be a key. */
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
		// A version that only the deployment finds out would not be seen to change.
		if (Token.isUnresolved(version) || version.length < 1 || version.length > VERSION_LENGTH_MAX) {
			throw new MillraceError(
				"configuration-invalid",
				`onDeploy: version must be 1–${VERSION_LENGTH_MAX} characters that are known when the app is synthesized; got ${quote(version)}`,
			);
		}
		const { queue } = props.queueClassOf(
			routeRun(catalogue, job, {
				...{ job: job.name, input, tenant: undefined, priority: undefined },
				headers: {},
			}),
		);
		const { made, role } = makePlatformFunction(this, props, {
			who: "Millrace deploy hook",
			does: "Millrace: enqueues the job of a deployment",
			service: "deploy-hook",
			timeoutSeconds: 60,
			memoryMb: 256,
		});
		allow(role, ["sqs:SendMessage"], [queue.queueArn]);
		// Another input is another run: under the same key it would be taken for this one, repeated, and nobody would be told.
		const inputHash = shortened(createHash("sha256").update(canonicalJson({ input: input as Json })));
		const body = JSON.stringify({ v: 1, job: job.name, key: `deploy/${version}/${inputHash}`, input });
		// A resource of the version's own: a rollback takes it back and leaves the earlier one alone. One that changed would be changed back, and
		// whatever kept this version's message from the queue would keep that one's, too: the stack would be stuck half-way.
		const resource = new CustomResource(this, `Version-${shortened(createHash("sha256").update(body))}`, {
			resourceType: ON_DEPLOY_TYPE,
			serviceToken: made.functionArn,
			// Instead of the hour that CloudFormation waits by itself for a function that does not answer.
			serviceTimeout: Duration.minutes(5),
			properties: { queueUrl: queue.queueUrl, body },
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
	return shortened(hash);
}

const shortened = (hash: Hash): string => hash.digest("hex").slice(0, 16);
