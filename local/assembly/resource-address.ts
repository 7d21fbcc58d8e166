/**
 * Names, ARNs and URLs of the resources, computed from stack name and logical id alone: the same template gives the same addresses
 * after a restart, and a template can refer to a resource before it exists.
 */
import { createHash } from "node:crypto";
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { AssemblyStack } from "./read-assembly.ts";
import { type AttributeOf, createResolver, LOCAL_ACCOUNT, LOCAL_REGION, type Resolver } from "./resolve.ts";

/** How a type is named: the property that gives a name of the user's own, and what AWS allows. */
const naming: Readonly<Record<string, { property: string; service: string; lengthMax: number; lowerCase?: true }>> = {
	"AWS::SQS::Queue": { property: "QueueName", service: "sqs", lengthMax: 80 },
	"AWS::DynamoDB::Table": { property: "TableName", service: "dynamodb", lengthMax: 255 },
	"AWS::DynamoDB::GlobalTable": { property: "TableName", service: "dynamodb", lengthMax: 255 },
	"AWS::S3::Bucket": { property: "BucketName", service: "s3", lengthMax: 63, lowerCase: true },
	"AWS::Lambda::Function": { property: "FunctionName", service: "lambda", lengthMax: 64 },
	"AWS::Logs::LogGroup": { property: "LogGroupName", service: "logs", lengthMax: 512 },
	"AWS::Scheduler::Schedule": { property: "Name", service: "scheduler", lengthMax: 64 },
	"AWS::Scheduler::ScheduleGroup": { property: "Name", service: "scheduler", lengthMax: 64 },
	"AWS::SSM::Parameter": { property: "Name", service: "ssm", lengthMax: 1011 },
	"AWS::IAM::Role": { property: "RoleName", service: "iam", lengthMax: 64 },
};

function generatedName(stack: string, logicalId: string, lengthMax: number): string {
	const whole = `${stack}-${logicalId}`;
	if (whole.length <= lengthMax) return whole;
	const digest = createHash("sha256").update(whole).digest("hex").slice(0, 10);
	return `${whole.slice(0, lengthMax - digest.length - 1)}-${digest}`;
}

/** AWS draws it; here it is the same after a restart. */
export function mappingUuid(stack: string, logicalId: string): string {
	const digest = createHash("sha256").update(`${stack}/${logicalId}`).digest("hex");
	return [
		digest.slice(0, 8),
		digest.slice(8, 12),
		digest.slice(12, 16),
		digest.slice(16, 20),
		digest.slice(20, 32),
	].join("-");
}

function arn(service: string, name: string): string {
	switch (service) {
		case "dynamodb":
			return `arn:aws:dynamodb:${LOCAL_REGION}:${LOCAL_ACCOUNT}:table/${name}`;
		case "lambda":
			return `arn:aws:lambda:${LOCAL_REGION}:${LOCAL_ACCOUNT}:function:${name}`;
		case "s3":
			return `arn:aws:s3:::${name}`;
		case "logs":
			return `arn:aws:logs:${LOCAL_REGION}:${LOCAL_ACCOUNT}:log-group:${name}:*`;
		case "iam":
			return `arn:aws:iam::${LOCAL_ACCOUNT}:role/${name}`;
		case "scheduler":
			return `arn:aws:scheduler:${LOCAL_REGION}:${LOCAL_ACCOUNT}:schedule-group/${name}`;
		case "ssm":
			return `arn:aws:ssm:${LOCAL_REGION}:${LOCAL_ACCOUNT}:parameter/${name.replace(/^\//, "")}`;
		default:
			return `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${name}`;
	}
}

export interface AddressBook extends Resolver {
	/** The physical name: the template's own, else `<stack>-<logical id>`, shortened where AWS would refuse it. */
	nameOf(stack: AssemblyStack, logicalId: string): string;
	attributeOf: AttributeOf;
}

export function createAddressBook(options: {
	readonly stacks: readonly AssemblyStack[];
	readonly queueUrl: (queueName: string) => string;
}): AddressBook {
	const { stacks, queueUrl } = options;
	const resolver = createResolver({ stacks, attributeOf });

	function resourceOf(stack: AssemblyStack, logicalId: string) {
		const resource = stack.template.Resources[logicalId];
		if (resource !== undefined) return resource;
		throw new MillraceError(
			"template-unsupported",
			`${stack.name}: the template refers to ${logicalId}, which is neither a resource nor a parameter of it.`,
			{ details: { stack: stack.name, logicalId } },
		);
	}

	function nameOf(stack: AssemblyStack, logicalId: string): string {
		const resource = resourceOf(stack, logicalId);
		const rule = naming[resource.Type];
		const given = rule === undefined ? undefined : resource.Properties?.[rule.property];
		if (given !== undefined) return String(resolver.resolve(stack, given, `${logicalId}.${rule?.property}`));
		const name = generatedName(stack.name, logicalId, rule?.lengthMax ?? 255);
		return rule?.lowerCase === true ? name.toLowerCase() : name;
	}

	function property(stack: AssemblyStack, logicalId: string, key: string): string {
		return String(resolver.resolve(stack, resourceOf(stack, logicalId).Properties?.[key], `${logicalId}.${key}`));
	}

	/** A version's or alias's function may be given by name or by ARN. */
	function functionArn(stack: AssemblyStack, logicalId: string): string {
		const given = property(stack, logicalId, "FunctionName");
		return given.startsWith("arn:") ? given : arn("lambda", given);
	}

	function attributeOf(stack: AssemblyStack, logicalId: string, attribute: string | undefined): string {
		const { Type: type } = resourceOf(stack, logicalId);
		const service = naming[type]?.service ?? type.split("::")[1]?.toLowerCase() ?? "unknown";
		const name = nameOf(stack, logicalId);
		switch (`${type} ${attribute ?? "Ref"}`) {
			case "AWS::SQS::Queue Ref":
			case "AWS::SQS::Queue QueueUrl":
				return queueUrl(name);
			case "AWS::SQS::Queue QueueName":
				return name;
			case "AWS::Lambda::EventSourceMapping Ref":
			case "AWS::Lambda::EventSourceMapping Id":
				return mappingUuid(stack.name, logicalId);
			case "AWS::Lambda::Version Ref":
			case "AWS::Lambda::Version FunctionArn":
				return `${functionArn(stack, logicalId)}:1`;
			case "AWS::Lambda::Version Version":
				return "1";
			case "AWS::Lambda::Alias Ref":
			case "AWS::Lambda::Alias AliasArn":
				return `${functionArn(stack, logicalId)}:${property(stack, logicalId, "Name")}`;
			case "AWS::SSM::Parameter Value":
				return property(stack, logicalId, "Value");
			default:
		}
		if (attribute === undefined) return type === "AWS::SNS::Topic" ? arn(service, name) : name;
		if (/^\w*Arn$/.test(attribute) && attribute !== "StreamArn") return arn(service, name);
		throw new MillraceError(
			"template-unsupported",
			`${stack.name}: Fn::GetAtt ${logicalId}.${attribute} (${type}) has no value on one machine. Leave it out of what the functions, queues and outputs refer to.`,
			{ details: { stack: stack.name, logicalId, attribute, resourceType: type } },
		);
	}

	return { ...resolver, nameOf, attributeOf };
}
