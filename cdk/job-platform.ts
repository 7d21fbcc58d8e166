/**
 * The reusable construct: a catalogue and one entry file per worker group in, a whole job platform out. Put it into any stack.
 * It makes what the catalogue says and nothing else; applications keep their own tables and grant them to `workerGroup(name)`.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Stack, Tags } from "aws-cdk-lib";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import type { EventSourceMapping, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Catalogue } from "../shared/catalogue/define-catalogue.ts";
import type { JobDefinition } from "../shared/job/define-job.ts";
import { classesOfJob } from "../shared/job/route-run.ts";
import type { WorkerGroupDefinition } from "../shared/job/worker-group.ts";
import { invariant, MillraceError } from "../shared/kernel/errors.ts";
import type { PlatformAddress } from "../shared/wire/platform-address.ts";
import { bundleWorkersSync } from "./bundle/bundle-workers-sync.ts";
import type { WorkerBundle } from "./bundle/worker-bundle.ts";
import { checkWorkers, type WorkerOptions } from "./check-workers.ts";
import { AddressBook } from "./constructs/address-book.ts";
import { PayloadBucket } from "./constructs/payload-bucket.ts";
import { QueueClass } from "./constructs/queue-class.ts";
import { RunTable } from "./constructs/run-table.ts";
import { Schedules } from "./constructs/schedules.ts";
import { Sweeper } from "./constructs/sweeper.ts";
import { WorkerGroup } from "./constructs/worker-group.ts";

type GroupName<Jobs extends Catalogue> = Jobs["workerGroups"][number]["name"];

export interface JobPlatformProps<Jobs extends Catalogue = Catalogue> {
	readonly catalogue: Jobs;
	/** One for each worker group of the catalogue, no more and no fewer. */
	readonly workers: Readonly<Record<GroupName<Jobs>, WorkerOptions>>;
	/**
	 * `true`: table, bucket and logs stay when the stack is deleted, and the table is protected from deletion.
	 * `false`: all goes with the stack, the bucket's objects included. Default `true`, since only losing data needs saying.
	 */
	readonly production?: boolean;
	/** How long the workers' logs are kept. Default one month. */
	readonly logRetention?: RetentionDays;
	/** Folder for the bundles, relative to where `cdk` runs; each group of each platform gets its own inside. Default `build`. */
	readonly bundleFolder?: string;
}

/** No worker group has such a name, so its folder is nobody else's. */
const sweeperEntry = {
	group: "_sweeper",
	entry: fileURLToPath(new URL("../lambdas/sweeper/sweeper.ts", import.meta.url)),
};

/** Under every name that a row may know its job by. */
const classesByJob = ({ jobs }: Catalogue): Readonly<Record<string, string>> =>
	Object.fromEntries(jobs.flatMap((job) => [job.name, ...job.aliases].map((name) => [name, job.queueClass.name])));

export class JobPlatform<Jobs extends Catalogue = Catalogue> extends Construct {
	/** What was built for each worker group. */
	readonly bundles: readonly WorkerBundle[];
	readonly #catalogue: Catalogue;
	readonly #runTable: RunTable;
	readonly #payloads: PayloadBucket;
	readonly #schedules: Schedules;
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
		const bundles = bundleWorkersSync([...entries, sweeperEntry], { outFolder: join(bundleFolder, this.node.path) });
		this.bundles = bundles.slice(0, -1);

		this.#catalogue = catalogue;
		this.#runTable = new RunTable(this, "Runs", { production });
		this.#payloads = new PayloadBucket(this, "Payloads", { production });
		this.#schedules = new Schedules(this, "Schedules");
		this.#queueClasses = new Map(
			catalogue.workerGroups.flatMap((group) =>
				group.queueClasses.map((definition): [string, QueueClass] => [
					definition.name,
					new QueueClass(this, `Queue-${definition.name}`, {
						definition,
						group,
						jobs: catalogue.jobs.filter((job) => job.queueClass.name === definition.name),
					}),
				]),
			),
		);
		this.#workerGroups = new Map(
			catalogue.workerGroups.map((definition, index): [string, WorkerGroup] => {
				const bundle = this.bundles[index];
				invariant(bundle?.group === definition.name, `one bundle per worker group, in order (${definition.name})`);
				const ownClasses = definition.queueClasses.map((queueClass) => this.#queueClass(queueClass.name));
				const enqueuedClasses = this.#classesEnqueuedBy(definition).filter((other) => !ownClasses.includes(other));
				const schedulerRole = this.#schedules.makeRole(definition.name, ownClasses);
				const address = this.#addressOf([...ownClasses, ...enqueuedClasses]);
				const workerGroup = new WorkerGroup(this, `Worker-${definition.name}`, {
					definition,
					bundle,
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
				return [definition.name, workerGroup];
			}),
		);
		const address = this.#operatorAddress();
		new AddressBook(this, "Addresses", { address });
		const sweeperBundle = bundles.at(-1);
		invariant(sweeperBundle?.group === sweeperEntry.group, "the sweeper's bundle comes last");
		const sweeper = new Sweeper(this, "Sweeper", {
			bundle: sweeperBundle,
			event: { address, jobs: classesByJob(catalogue) },
			queueClasses: [...this.#queueClasses.values()],
			mappings: [...this.#mappings().values()],
			schedules: this.#schedules,
			logRetention,
			production,
		});
		this.#runTable.grantSweep(sweeper.function);
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
		this.#runTable.grantRead(grantee);
		this.#payloads.grantReadResults(grantee);
	}

	/**
	 * Lets an operator do what `millrace queues`, `pause`, `resume`, `purge`, `revoke`, `limits`, `sweep` and `dlq` do, on all classes.
	 * With `grantReadRuns` also what `status`, `runs` and `result` do.
	 */
	grantOperate(grantee: IGrantable): void {
		const classes = [...this.#queueClasses.values()];
		const allow = (actions: string[], resourceArns: string[]): void =>
			Grant.addToPrincipal({ grantee, actions, resourceArns }).assertSuccess();
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
		allow(
			[
				"lambda:GetEventSourceMapping",
				"lambda:ListTags",
				"lambda:TagResource",
				"lambda:UntagResource",
				"lambda:UpdateEventSourceMapping",
			],
			[...this.#mappings().values()].map(({ eventSourceMappingArn }) => eventSourceMappingArn),
		);
		this.#runTable.grantWork(grantee);
		this.#payloads.grantOperate(grantee);
		this.#schedules.grantCancel(grantee);
		this.#runTable.grantSweep(grantee);
		this.#schedules.grantLook(grantee);
	}

	/** Lets a service see and change rate limits, as `millrace limits` does: to slow down when what it depends on does. */
	grantLimits(grantee: IGrantable): void {
		this.#runTable.grantLimits(grantee);
	}

	#queueClass(name: string): QueueClass {
		const found = this.#queueClasses.get(name);
		if (found !== undefined) return found;
		throw new MillraceError(
			"queue-class-not-found",
			`There is no queue class "${name}" in this platform; known: ${[...this.#queueClasses.keys()].join(", ")}`,
		);
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
			return [name, { ...urls, mapping: mapping.eventSourceMappingId }] as const;
		});
		return { ...address, queues: Object.fromEntries(queues), schedules: { group: this.#schedules.group.ref } };
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
