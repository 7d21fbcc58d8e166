/** Turns the templates into the plan of what to run: queues, tables, buckets, functions that a queue feeds or a schedule calls, mappings, outputs. */
import type { Dashboard } from "../../shared/dashboards/dashboard.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { type PlatformAddress, platformAddressSchema } from "../../shared/wire/platform-address.ts";
import type { AssemblyStack } from "./read-assembly.ts";
import { type BucketPlan, readBucket } from "./read-bucket.ts";
import { isWidgetsFunction, readDashboards } from "./read-dashboards.ts";
import { type FunctionPlan, readFunction } from "./read-function.ts";
import { type HttpRoutePlan, readHttpRoute } from "./read-http-api.ts";
import { type MappingPlan, readMapping } from "./read-mapping.ts";
import { ON_DEPLOY_TYPE, type OnDeployPlan, readOnDeploy } from "./read-on-deploy.ts";
import type { ReadContext } from "./read-properties.ts";
import { type QueuePlan, readQueue } from "./read-queue.ts";
import { readSchedule, type SchedulePlan } from "./read-schedule.ts";
import { readTable, type TablePlan } from "./read-table.ts";
import { isTick, readTick, type TickPlan } from "./read-tick.ts";
import type { AddressBook } from "./resource-address.ts";
import { isEmulated, isPassive } from "./resource-types.ts";

export interface StackView {
	readonly outputs: Readonly<Record<string, string>>;
	/** By logical id: the type and what `Ref` gives. Only the emulated ones. */
	readonly resources: Readonly<Record<string, { readonly type: string; readonly physicalId: string }>>;
}

export interface CalledByHand {
	readonly stack: string;
	readonly logicalId: string;
	readonly functionArn: string;
}

export interface LocalPlan {
	readonly queues: readonly QueuePlan[];
	readonly tables: readonly TablePlan[];
	readonly buckets: readonly BucketPlan[];
	/** Names of the groups that schedules may be made in. */
	readonly scheduleGroups: readonly string[];
	/** Those that call functions. */
	readonly schedules: readonly SchedulePlan[];
	/** Schedules that send to a queue. */
	readonly ticks: readonly TickPlan[];
	/** What is to be sent once the workers are there. */
	readonly onDeploy: readonly OnDeployPlan[];
	readonly httpRoutes: readonly HttpRoutePlan[];
	/** Values of the templates' SSM parameters, by name. */
	readonly parameters: ReadonlyMap<string, string>;
	readonly functions: readonly FunctionPlan[];
	/** Functions that people call. */
	readonly calledByHand: readonly CalledByHand[];
	/** By stack. */
	readonly dashboards: Readonly<Record<string, readonly Dashboard[]>>;
	readonly mappings: readonly MappingPlan[];
	readonly stacks: Readonly<Record<string, StackView>>;
	/** By stack, from its SSM parameter /millrace/<stack>/platform. */
	readonly platforms: Readonly<Record<string, PlatformAddress>>;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function readPlatform(stack: AssemblyStack, value: string): PlatformAddress {
	try {
		return platformAddressSchema.parse(JSON.parse(value));
	} catch (error) {
		throw new MillraceError(
			"template-unsupported",
			`${stack.name}: the SSM parameter /millrace/${stack.name}/platform does not hold a platform address: ${messageOf(error)}`,
			{ details: { stack: stack.name }, cause: error },
		);
	}
}

export function planStacks(stacks: readonly AssemblyStack[], book: AddressBook, warn: ReadContext["warn"]): LocalPlan {
	const context: ReadContext = { resolver: book, warn };
	const queues: QueuePlan[] = [];
	const tables: TablePlan[] = [];
	const buckets: BucketPlan[] = [];
	const scheduleGroups: string[] = [];
	const schedules: SchedulePlan[] = [];
	const ticks: TickPlan[] = [];
	const onDeploy: OnDeployPlan[] = [];
	const httpRoutes: HttpRoutePlan[] = [];
	const parameters = new Map<string, string>();
	const mappings: MappingPlan[] = [];
	const calledByHand: CalledByHand[] = [];
	const functions = new Map<string, () => FunctionPlan>();
	const views: Record<string, StackView> = {};
	const platforms: Record<string, PlatformAddress> = {};

	/** Functions that only CloudFormation calls, for custom resources. */
	const providers = new Set<unknown>();
	const nameArns = new Map<string, string>();
	const unknownTypes = new Set<string>();

	for (const stack of stacks) {
		for (const [id, resource] of Object.entries(stack.template.Resources)) {
			if (resource.Type !== "AWS::Lambda::Function" || !book.holds(stack, resource.Condition)) continue;
			const address = { name: book.nameOf(stack, id), arn: book.attributeOf(stack, id, "Arn") };
			nameArns.set(address.name, address.arn);
			functions.set(address.arn, () => readFunction(context, stack, id, address));
			if (isWidgetsFunction(resource.Metadata))
				calledByHand.push({ stack: stack.name, logicalId: id, functionArn: address.arn });
		}
	}

	for (const stack of stacks) {
		const resources: Record<string, { type: string; physicalId: string }> = {};
		for (const [id, resource] of Object.entries(stack.template.Resources)) {
			if (!book.holds(stack, resource.Condition)) continue;
			const name = book.nameOf(stack, id);
			if (resource.Type.startsWith("Custom::"))
				providers.add(book.resolve(stack, resource.Properties?.["ServiceToken"], `${id}.ServiceToken`));
			switch (resource.Type) {
				case "AWS::SQS::Queue":
					queues.push(readQueue(context, stack, id, name));
					break;
				case "AWS::DynamoDB::Table":
				case "AWS::DynamoDB::GlobalTable":
					tables.push(readTable(context, stack, id, name));
					break;
				case "AWS::S3::Bucket":
					buckets.push(readBucket(context, stack, id, name));
					break;
				case "AWS::Scheduler::ScheduleGroup":
					scheduleGroups.push(name);
					break;
				case "AWS::Scheduler::Schedule":
					if (isTick(context, stack, id)) ticks.push(readTick(context, stack, id));
					else schedules.push(...[readSchedule(context, stack, id)].filter((plan) => plan !== undefined));
					break;
				case "AWS::Lambda::EventSourceMapping":
					mappings.push(readMapping(context, stack, id, (given) => nameArns.get(given) ?? given));
					break;
				case "AWS::ApiGatewayV2::Route":
					httpRoutes.push(readHttpRoute(context, book, stack, id));
					break;
				case ON_DEPLOY_TYPE:
					onDeploy.push(readOnDeploy(context, stack, id));
					break;
				case "AWS::SSM::Parameter":
					parameters.set(name, book.attributeOf(stack, id, "Value"));
					if (name === `/millrace/${stack.name}/platform`)
						platforms[stack.name] = readPlatform(stack, book.attributeOf(stack, id, "Value"));
					break;
				default:
					if (!isEmulated(resource.Type) && !isPassive(resource.Type)) unknownTypes.add(resource.Type);
			}
			if (isEmulated(resource.Type)) {
				resources[id] = { type: resource.Type, physicalId: book.attributeOf(stack, id, undefined) };
			}
		}
		views[stack.name] = { outputs: readOutputs(stack, book, warn), resources };
	}
	for (const type of [...unknownTypes].sort()) warn(`Resources of type ${type} are not emulated and were left out.`);
	return {
		queues,
		tables,
		buckets,
		scheduleGroups,
		schedules,
		ticks,
		onDeploy,
		httpRoutes,
		parameters,
		mappings,
		functions: calledFunctions([...mappings, ...schedules, ...calledByHand, ...httpRoutes], functions, providers, warn),
		calledByHand,
		dashboards: Object.fromEntries(stacks.map((stack) => [stack.name, readDashboards(stack)])),
		stacks: views,
		platforms,
	};
}

function readOutputs(stack: AssemblyStack, book: AddressBook, warn: ReadContext["warn"]): Record<string, string> {
	const outputs: Record<string, string> = {};
	for (const [id, output] of Object.entries(stack.template.Outputs ?? {})) {
		try {
			if (book.holds(stack, output.Condition)) outputs[id] = String(book.resolve(stack, output.Value, `output ${id}`));
		} catch (error) {
			warn(`${stack.name}: the output ${id} is left out: ${messageOf(error)}`);
		}
	}
	return outputs;
}

/** Only functions that something here calls can run; the others are read no further. */
function calledFunctions(
	callers: readonly (MappingPlan | SchedulePlan | CalledByHand | HttpRoutePlan)[],
	functions: ReadonlyMap<string, () => FunctionPlan>,
	providers: ReadonlySet<unknown>,
	warn: ReadContext["warn"],
): FunctionPlan[] {
	const plans = new Map<string, FunctionPlan>();
	for (const caller of callers) {
		const read = functions.get(caller.functionArn);
		if (read === undefined) {
			throw new MillraceError(
				"template-unsupported",
				`${caller.stack}: ${caller.logicalId} calls ${caller.functionArn}, which is no function of this assembly.`,
				{ details: { stack: caller.stack, logicalId: caller.logicalId } },
			);
		}
		if (!plans.has(caller.functionArn)) plans.set(caller.functionArn, read());
	}
	for (const arn of functions.keys()) {
		if (!plans.has(arn) && !providers.has(arn))
			warn(
				`The function ${arn.split(":").at(-1)} has no queue that feeds it and no schedule or route that calls it, so it does not run here.`,
			);
	}
	return [...plans.values()];
}
