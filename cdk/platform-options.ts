/** What a team may say of its platform. */
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Catalogue } from "../shared/catalogue/define-catalogue.ts";
import type { JobDefinition } from "../shared/job/define-job.ts";
import type { Profile } from "../shared/job/profile.ts";
import type { WebhookDefinition } from "../shared/job/webhook.ts";
import type { WorkerOptions } from "./check-workers.ts";
import type { OnDeploy } from "./constructs/deploy-hook.ts";
import type { HttpApiAccess } from "./constructs/http-api.ts";
import type { TracingOptions } from "./constructs/trace-worker.ts";

/** One for each job: the input must be of the job that is named. */
type OnDeployOf<Job> = Job extends JobDefinition ? OnDeploy<Job> : never;

/** Of the worker groups of a catalogue. */
export type GroupName<Jobs extends Catalogue> = Jobs["workerGroups"][number]["name"];

export interface JobPlatformProps<Jobs extends Catalogue = Catalogue> {
	readonly catalogue: Jobs;
	/** One for each worker group of the catalogue, no more and no fewer. */
	readonly workers: Readonly<Record<GroupName<Jobs>, WorkerOptions>>;
	/**
	 * `true`: table, bucket, logs and queues stay when the stack is deleted, queues also when their class leaves the catalogue, and the table is
	 * protected from deletion.
	 * `false`: all goes with the stack, the bucket's objects included. Default `true`, since only losing data needs saying.
	 */
	readonly production?: boolean;
	/** How long the workers' logs are kept. Default one month. */
	readonly logRetention?: RetentionDays;
	/** Default: alarms on every class and group, told to two topics and to nobody else. `false`: none, at no cost. */
	readonly alarms?: AlarmOptions | false;
	/**
	 * Default `true`: one overview and one for each worker group, with widgets that list and act. CloudWatch bills each dashboard beyond an
	 * account's first three at $3 a month. `false`: none.
	 */
	readonly dashboards?: boolean;
	/** Default: none, since it needs an entry; idle it costs nothing. */
	readonly api?: ApiOptions | false;
	/**
	 * Records runs in X-Ray, which bills $5 for a million traces: `true` for all, or a share. Default `false`: the context of a trace goes from
	 * producers to what runs call and enqueue all the same. See docs/guides/tracing-and-logs.md.
	 */
	readonly tracing?: boolean | TracingOptions;
	/** How many invocations each class may have: a preset, or numbers for classes. Default `balanced`, which is what the catalogue says. */
	readonly profile?: Profile;
	/** Enqueued once for each version that is deployed, when the workers have it: to migrate data, say. Default none. See docs/deploy.md. */
	readonly onDeploy?: OnDeployOf<Jobs["jobs"][number]>;
	/** For queues, tables, bucket, topic, schedules and logs, instead of the keys that AWS owns: about $1 a month and its requests. Default none. */
	readonly encryptionKey?: IKey;
	/** Folder for the bundles, relative to where `cdk` runs; each group of each platform gets its own inside. Default `build`. */
	readonly bundleFolder?: string;
}

export interface ApiOptions extends HttpApiAccess {
	/** The file that exports `handler = createApi(catalogue, { webhooks })`. As a worker's entry. */
	readonly entry: string | URL;
	/** Those that the entry gives to `createApi`: the function is let at their secrets. Default none. */
	readonly webhooks?: readonly WebhookDefinition[];
}

export interface AlarmOptions {
	/**
	 * Where the pages of docs/runbooks are published, `https://…`, so that an alarm links to its own. Default their place in the package, with a
	 * warning at synth where alarms go to a chat: nobody can follow that there.
	 */
	readonly runbooks?: string;
	/**
	 * Name of the SSM SecureString (or `/aws/reference/secretsmanager/NAME`) with the URL of a Slack webhook, which alarms are then told to.
	 * Default: none.
	 */
	readonly slackWebhookParameter?: string;
}
