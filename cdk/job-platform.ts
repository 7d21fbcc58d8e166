/**
 * The reusable construct: a catalogue and one entry file per worker group in, a whole job platform out. Put it into any stack.
 * It makes what the catalogue says and nothing else; applications keep their own tables and grant them to `workerGroup(name)`.
 */
import { join } from "node:path";
import { Stack, Tags } from "aws-cdk-lib";
import { Grant, type IGrantable, type Role } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { EventSourceMapping, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Topic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { Catalogue } from "../shared/catalogue/define-catalogue.ts";
import type { JobDefinition } from "../shared/job/define-job.ts";
import { profileName } from "../shared/job/profile.ts";
import { classesOfJob } from "../shared/job/route-run.ts";
import { scheduledRun } from "../shared/job/scheduled-run.ts";
import type { WorkerGroupDefinition } from "../shared/job/worker-group.ts";
import { invariant, MillraceError } from "../shared/kernel/errors.ts";
import type { PlatformAddress } from "../shared/wire/platform-address.ts";
import { bundleWorkersSync } from "./bundle/bundle-workers-sync.ts";
import { alertsEntry, apiEntry, deployHookEntry, sweeperEntry, widgetsEntry } from "./bundle/own-entries.ts";
import type { WorkerBundle } from "./bundle/worker-bundle.ts";
import { checkWorkers, type WorkerOptions } from "./check-workers.ts";
import { AddressBook } from "./constructs/address-book.ts";
import { AlertsFunction } from "./constructs/alarms/alerts-function.ts";
import { PlatformAlarms } from "./constructs/alarms/platform-alarms.ts";
import { PlatformDashboards } from "./constructs/dashboards/platform-dashboards.ts";
import { DeployHook } from "./constructs/deploy-hook.ts";
import { encryptPlatform, grantKey } from "./constructs/encrypt-platform.ts";
import { PlatformHttpApi } from "./constructs/http-api.ts";
import { JobSchedules } from "./constructs/job-schedules.ts";
import { PayloadBucket } from "./constructs/payload-bucket.ts";
import { QueueClass } from "./constructs/queue-class.ts";
import { RunTable } from "./constructs/run-table.ts";
import { Schedules } from "./constructs/schedules.ts";
import { grantReadSecret } from "./constructs/secret-parameter.ts";
import { classesByJob, Sweeper } from "./constructs/sweeper.ts";
import { traceWorker } from "./constructs/trace-worker.ts";
import { WorkerGroup } from "./constructs/worker-group.ts";
import { groupSizes } from "./group-sizes.ts";
import type { GroupName, JobPlatformProps } from "./platform-options.ts";
import { refuseTooManyResources } from "./resource-count.ts";

export type { AlarmOptions, ApiOptions, JobPlatformProps } from "./platform-options.ts";

export class JobPlatform<Jobs extends Catalogue = Catalogue> extends Construct {
	/** What was built for each worker group. */
	readonly bundles: readonly WorkerBundle[];
	/** Told of every change, once: subscribe whoever reads along. Absent without alarms. */
	readonly alarmTopic: Topic | undefined;
	/** Told of every change of what is critical, once: subscribe who is to be woken. Absent without alarms. */
	readonly pageTopic: Topic | undefined;
	/** Absent without `api`. */
	readonly api: PlatformHttpApi | undefined;
	readonly #key: IKey | undefined;
	readonly #catalogue: Catalogue;
	readonly #runTable: RunTable;
	readonly #payloads: PayloadBucket;
	readonly #schedules: Schedules;
	/** By worker group: as which the scheduler sends to its classes. */
	readonly #schedulerRoles: ReadonlyMap<string, Role>;
	readonly #queueClasses: ReadonlyMap<string, QueueClass>;
	readonly #workerGroups: ReadonlyMap<string, WorkerGroup>;

	/** @throws MillraceError `configuration-invalid` when the workers don't fit the catalogue or can't be bundled, with every fault found. */
	constructor(scope: Construct, id: string, props: JobPlatformProps<Jobs>) {
		super(scope, id);
		const {
			catalogue,
			workers,
			production = true,
			logRetention = RetentionDays.ONE_MONTH,
			bundleFolder = "build",
			alarms = {},
			profile = "balanced",
			api = false,
			dashboards = true,
			tracing = false,
		} = props;
		const another = Stack.of(this)
			.node.findAll()
			.find((other) => other instanceof JobPlatform && other !== this);
		if (another !== undefined) {
			throw new MillraceError(
				"configuration-invalid",
				`A stack holds one JobPlatform, because outputs and SSM parameters are found under the stack's name; ${this.node.path} would be the second after ${another.node.path}. Put it into a stack of its own, or its jobs into the first one's catalogue.`,
			);
		}
		const options: Readonly<Record<string, WorkerOptions>> = workers;
		const entries = checkWorkers(catalogue, options);
		// Platforms of one app may have groups of the same name, and CDK stages a folder once: the second would deploy the first one's code.
		const alerted = alarms === false ? undefined : alarms.slackWebhookParameter;
		const ownEntries = [
			sweeperEntry,
			...(alerted === undefined ? [] : [alertsEntry]),
			...(dashboards ? [widgetsEntry] : []),
			...(props.onDeploy === undefined ? [] : [deployHookEntry]),
			...(api === false ? [] : [apiEntry(api)]),
		];
		const bundles = bundleWorkersSync([...entries, ...ownEntries], { outFolder: join(bundleFolder, this.node.path) });
		this.bundles = bundles.slice(0, entries.length);
		const ownBundle = ({ group }: typeof sweeperEntry): WorkerBundle => {
			const bundle = bundles.find((built) => built.group === group);
			invariant(bundle !== undefined, `there is a bundle of ${group}`);
			return bundle;
		};

		const sizes = groupSizes(this, catalogue, profile);
		this.#catalogue = catalogue;
		this.#runTable = new RunTable(this, "Runs", { production });
		this.#payloads = new PayloadBucket(this, "Payloads", { production });
		this.#schedules = new Schedules(this, "Schedules");
		this.#queueClasses = new Map(
			catalogue.workerGroups.flatMap((group) =>
				group.queueClasses.map((definition): [string, QueueClass] => [
					definition.name,
					new QueueClass(this, `Queue-${definition.name}`, {
						...{ definition, group, production },
						jobs: catalogue.jobs.filter((job) => job.queueClass.name === definition.name),
					}),
				]),
			),
		);
		this.#schedulerRoles = new Map(
			catalogue.workerGroups.map((group): [string, Role] => {
				const classes = group.queueClasses.map((queueClass) => this.#queueClass(queueClass.name));
				return [group.name, this.#schedules.makeRole(group.name, classes)];
			}),
		);
		this.#workerGroups = new Map(
			catalogue.workerGroups.map((definition, index): [string, WorkerGroup] => {
				const bundle = this.bundles[index];
				const size = sizes[index];
				invariant(size?.group === definition.name, `one size per worker group, in order (${definition.name})`);
				invariant(bundle?.group === definition.name, `one bundle per worker group, in order (${definition.name})`);
				const ownClasses = definition.queueClasses.map((queueClass) => this.#queueClass(queueClass.name));
				const enqueuedClasses = this.#classesEnqueuedBy(definition).filter((other) => !ownClasses.includes(other));
				const schedulerRole = this.#schedulerRole(definition.name);
				const address = this.#addressOf([...ownClasses, ...enqueuedClasses]);
				const workerGroup = new WorkerGroup(this, `Worker-${definition.name}`, {
					definition,
					bundle,
					size,
					profile: profileName(profile),
					ownClasses,
					enqueuedClasses,
					address: { ...address, schedules: { group: this.#schedules.group.ref, roleArn: schedulerRole.roleArn } },
					environment: options[definition.name]?.environment ?? {},
					logRetention,
					production,
				});
				this.#runTable.grantWork(workerGroup.function);
				this.#payloads.grantWork(workerGroup.function);
				this.#schedules.grantSchedule(workerGroup.function, schedulerRole);
				for (const parameter of options[definition.name]?.secretParameters ?? [])
					grantReadSecret(this, workerGroup.function, parameter);
				if (tracing !== false) traceWorker(workerGroup.function, tracing === true ? {} : tracing);
				return [definition.name, workerGroup];
			}),
		);
		new JobSchedules(this, "Ticks", {
			catalogue,
			group: this.#schedules.group,
			targetOf: (name) => ({ queueClass: this.#queueClass(name), role: this.#schedulerRoleOf(name) }),
		});
		const address = this.#operatorAddress();
		const addresses = new AddressBook(this, "Addresses", { address });
		const sweeper = new Sweeper(this, "Sweeper", {
			bundle: ownBundle(sweeperEntry),
			event: {
				address,
				jobs: classesByJob(catalogue.jobs),
				schedules: catalogue.schedules.map((schedule) => scheduledRun(catalogue, schedule)),
			},
			queueClasses: [...this.#queueClasses.values()],
			mappings: [...this.#mappings().values()],
			schedules: this.#schedules,
			logRetention,
			production,
		});
		this.#runTable.grantSweep(sweeper.function);
		let shownAlarms: PlatformAlarms["alarms"] = [];
		if (alarms !== false) {
			const told = new PlatformAlarms(this, "Alarms", {
				queueClasses: [...this.#queueClasses.values()],
				workerGroups: this.#workerGroups,
				...{ runbooks: alarms.runbooks, toChat: alerted !== undefined, encryptionKey: props.encryptionKey },
			});
			this.alarmTopic = told.topic;
			this.pageTopic = told.pageTopic;
			shownAlarms = told.alarms;
			if (alerted !== undefined) {
				const alerts = new AlertsFunction(this, "Alerts", {
					bundle: ownBundle(alertsEntry),
					topic: told.topic,
					webhookParameter: alerted,
					queueClasses: [...this.#queueClasses.values()],
					...{ platformParameter: addresses.platform, logRetention, production },
				});
				this.#runTable.grantAlerts(alerts.function);
				told.watchUntold(alerts.untold);
			}
		}
		if (dashboards) {
			new PlatformDashboards(this, "Dashboards", {
				...{ bundle: ownBundle(widgetsEntry), catalogue, logRetention, production },
				...{ runTable: this.#runTable, payloads: this.#payloads, schedules: this.#schedules },
				...{ queueClasses: this.#queueClasses, workerGroups: this.#workerGroups, alarms: shownAlarms },
				schedulerRoles: [...this.#schedulerRoles.values()],
				platformParameter: addresses.platform,
			});
		}
		if (api !== false) {
			const { entry: _, webhooks = [], ...access } = api;
			this.api = new PlatformHttpApi(this, "HttpApi", {
				...{ access, webhooks, bundle: ownBundle(apiEntry(api)), logRetention, production },
				queueClasses: [...this.#queueClasses.values()],
				mappings: [...this.#mappings().values()],
				platformParameter: addresses.platform,
			});
			this.#runTable.grantRevoke(this.api.function);
			this.#payloads.grantPutInput(this.api.function);
			this.grantReadRuns(this.api.function);
			this.grantSchedules(this.api.function);
			this.#schedules.grantCancel(this.api.function);
		}
		if (props.onDeploy !== undefined) {
			new DeployHook(this, "DeployHook", {
				...{ catalogue, logRetention, production, onDeploy: props.onDeploy },
				...{ bundles: this.bundles, bundle: ownBundle(deployHookEntry) },
				...{ queueClassOf: (name) => this.#queueClass(name), after: [...this.#workerGroups.values()] },
			});
		}
		this.#key = props.encryptionKey;
		if (this.#key !== undefined) encryptPlatform(this, this.#key);
		refuseTooManyResources(this);
		Tags.of(this).add("millrace:platform", this.node.path);
	}

	/** The PlatformAddress as JSON, for a producer's environment: what `createClient` takes. Holds tokens until deployment. */
	get addressJson(): string {
		return Stack.of(this).toJsonString(this.#addressOf([...this.#queueClasses.values()]));
	}

	/** The function of a worker group, to grant it what its implementations need. */
	workerGroup(name: GroupName<Jobs>): LambdaFunction {
		const found = this.#workerGroups.get(name);
		if (found !== undefined) return found.function;
		throw new MillraceError(
			"configuration-invalid",
			`There is no worker group "${name}"; known: ${[...this.#workerGroups.keys()].join(", ")}`,
		);
	}

	/** Lets a producer enqueue these jobs: send to their queues, and put inputs that are too large for a message. */
	grantEnqueue(grantee: IGrantable, ...jobs: readonly [Jobs["jobs"][number], ...Jobs["jobs"][number][]]): void {
		grantKey(this.#key, grantee);
		const queues = new Set(
			jobs.flatMap((job) => classesOfJob(this.#catalogue, job)).map(({ name }) => this.#queueClass(name).queue),
		);
		Grant.addToPrincipal({
			grantee,
			actions: ["sqs:SendMessage"],
			resourceArns: [...queues].map((queue) => queue.queueArn),
		}).assertSuccess();
		this.#payloads.grantPutInput(grantee);
	}

	/** Lets a caller read the status and the results of runs, and list recent ones. */
	grantReadRuns(grantee: IGrantable): void {
		grantKey(this.#key, grantee);
		this.#runTable.grantRead(grantee);
		this.#payloads.grantReadResults(grantee);
	}

	/**
	 * Lets an operator do what `millrace queues`, `pause`, `resume`, `breaker`, `purge`, `revoke`, `limits`, `cache`, `sweep` and `dlq` do, on all classes.
	 * With `grantReadRuns` also what `status`, `runs` and `result` do.
	 */
	grantOperate(grantee: IGrantable): void {
		grantKey(this.#key, grantee);
		const classes = [...this.#queueClasses.values()];
		const allow = (actions: string[], resourceArns: string[], conditions = {}): void =>
			Grant.addToPrincipal({ grantee, actions, resourceArns, conditions }).assertSuccess();
		allow(
			["sqs:GetQueueAttributes", "sqs:PurgeQueue"],
			classes.flatMap(({ queue, deadLetterQueue }) => [queue.queueArn, deadLetterQueue.queueArn]),
		);
		allow(
			["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"],
			classes.map(({ deadLetterQueue }) => deadLetterQueue.queueArn),
		);
		allow(
			["sqs:SendMessage"],
			classes.map(({ queue }) => queue.queueArn),
		);
		const mappingArns = [...this.#mappings().values()].map(({ eventSourceMappingArn }) => eventSourceMappingArn);
		allow(
			["lambda:GetEventSourceMapping", "lambda:ListTags", "lambda:TagResource", "lambda:UntagResource"],
			mappingArns,
		);
		// An update may name another function: a class's messages would go to whichever function of the account the caller likes.
		const functionArns = [...this.#workerGroups.values()].map((group) => group.function.functionArn);
		allow(["lambda:UpdateEventSourceMapping"], mappingArns, { ArnLike: { "lambda:FunctionArn": functionArns } });
		this.#runTable.grantWork(grantee);
		this.#payloads.grantOperate(grantee);
		this.grantSchedules(grantee);
		this.#schedules.grantCancel(grantee);
		this.#runTable.grantSweep(grantee);
		this.#schedules.grantLook(grantee);
	}

	/**
	 * Lets a service see, make, change and delete schedules, as `millrace schedules` does: a report that a user asks for daily. That is much: a schedule
	 * sends any message to any class, those of the catalogue can be changed and deleted too, and rows of runs can be read. Run now and backfill need `grantEnqueue`.
	 */
	grantSchedules(grantee: IGrantable): void {
		grantKey(this.#key, grantee);
		this.#runTable.grantSchedules(grantee);
		this.#schedules.grantRecur(grantee, [...this.#schedulerRoles.values()]);
	}

	/** Lets a service see and change rate limits, as `millrace limits` does: to slow down when what it depends on does. */
	grantLimits(grantee: IGrantable): void {
		grantKey(this.#key, grantee);
		this.#runTable.grantLimits(grantee);
	}

	/** Lets a service take cached results away when it has changed the data, as `millrace cache` does. It can neither read nor make any. */
	grantInvalidateCache(grantee: IGrantable): void {
		grantKey(this.#key, grantee);
		this.#runTable.grantInvalidateCache(grantee);
	}

	#queueClass(name: string): QueueClass {
		const found = this.#queueClasses.get(name);
		if (found !== undefined) return found;
		throw new MillraceError(
			"queue-class-not-found",
			`There is no queue class "${name}" in this platform; known: ${[...this.#queueClasses.keys()].join(", ")}`,
		);
	}

	#schedulerRole(group: string | undefined): Role {
		const role = this.#schedulerRoles.get(group ?? "");
		invariant(role !== undefined, `every worker group has a role for the scheduler (${group})`);
		return role;
	}

	#schedulerRoleOf(queueClass: string): Role {
		return this.#schedulerRole(this.#catalogue.groupOf(queueClass)?.name);
	}

	/** The classes of the jobs that the group's jobs say they enqueue. */
	#classesEnqueuedBy(group: WorkerGroupDefinition): readonly QueueClass[] {
		const performs = (job: JobDefinition): boolean =>
			group.queueClasses.some((queueClass) => queueClass.name === job.queueClass.name);
		const enqueued = this.#catalogue.jobs.filter(performs).flatMap((job) => job.enqueues);
		const names = new Set(
			this.#catalogue.jobs
				.filter((job) => enqueued.includes(job.name))
				.flatMap((job) => classesOfJob(this.#catalogue, job))
				.map(({ name }) => name),
		);
		return [...names].map((name) => this.#queueClass(name));
	}

	#mappings(): ReadonlyMap<string, EventSourceMapping> {
		return new Map([...this.#workerGroups.values()].flatMap(({ mappings }) => [...mappings]));
	}

	/** With what pauses a class, which no function's environment can hold: the mapping is made after the function it feeds. */
	#operatorAddress(): PlatformAddress {
		const address = this.#addressOf([...this.#queueClasses.values()]);
		const mappings = this.#mappings();
		const queues = Object.entries(address.queues).map(([name, urls]) => {
			const mapping = mappings.get(name);
			invariant(mapping !== undefined, `a mapping feeds from every queue class (${name})`);
			const group = this.#catalogue.groupOf(name)?.name;
			return [name, { ...urls, mapping: mapping.eventSourceMappingId, group }] as const;
		});
		const roles = Object.fromEntries([...this.#schedulerRoles].map(([group, { roleArn }]) => [group, roleArn]));
		return { ...address, queues: Object.fromEntries(queues), schedules: { group: this.#schedules.group.ref, roles } };
	}

	#addressOf(queueClasses: readonly QueueClass[]): PlatformAddress {
		return {
			table: this.#runTable.table.tableName,
			bucket: this.#payloads.bucket.bucketName,
			queues: Object.fromEntries(
				queueClasses.map(({ definition, queue, deadLetterQueue }) => [
					definition.name,
					{ url: queue.queueUrl, deadLetterUrl: deadLetterQueue.queueUrl },
				]),
			),
		};
	}
}
