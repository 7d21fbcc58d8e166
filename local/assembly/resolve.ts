/**
 * Resolves CloudFormation's intrinsic functions against resources whose addresses are known beforehand, so no order of creation matters.
 * What it does not know it refuses by name (`template-unsupported`): a value is never passed on half resolved.
 */
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { AssemblyStack } from "./read-assembly.ts";

export const LOCAL_REGION = "us-east-1";
export const LOCAL_ACCOUNT = "000000000000";

/** What `Ref` (attribute undefined) or `Fn::GetAtt` of a resource gives. */
export type AttributeOf = (stack: AssemblyStack, logicalId: string, attribute: string | undefined) => string;

export interface Resolver {
	/** The value with every intrinsic replaced; keys whose value is AWS::NoValue are gone. `where` names the place in error messages. */
	resolve(stack: AssemblyStack, value: unknown, where: string): unknown;
	/** Whether a named condition of the stack holds; a resource or output without one always exists. */
	holds(stack: AssemblyStack, condition: string | undefined): boolean;
}

const NO_VALUE = Symbol("AWS::NoValue");

type Walk = (value: unknown) => unknown;
interface Place {
	readonly stack: AssemblyStack;
	readonly where: string;
}

function unsupported(place: Place, what: string): MillraceError {
	return new MillraceError(
		"template-unsupported",
		`${place.stack.name}: ${what} (in ${place.where}) can not be resolved on one machine. Leave it out of the template, or deploy this stack to AWS.`,
		{ details: { stack: place.stack.name, where: place.where } },
	);
}

export function createResolver(options: {
	readonly stacks: readonly AssemblyStack[];
	readonly attributeOf: AttributeOf;
	readonly parameters?: Readonly<Record<string, string>>;
}): Resolver {
	const { stacks, attributeOf } = options;

	function pseudoParameter(name: string, place: Place): unknown {
		switch (name) {
			case "AWS::Region":
				return LOCAL_REGION;
			case "AWS::AccountId":
				return LOCAL_ACCOUNT;
			case "AWS::Partition":
				return "aws";
			case "AWS::URLSuffix":
				return "amazonaws.com";
			case "AWS::StackName":
				return place.stack.name;
			case "AWS::StackId":
				return `arn:aws:cloudformation:${LOCAL_REGION}:${LOCAL_ACCOUNT}:stack/${place.stack.name}/local`;
			case "AWS::NoValue":
				return NO_VALUE;
			case "AWS::NotificationARNs":
				return [];
			default:
				throw unsupported(place, `the pseudo parameter ${name}`);
		}
	}

	function reference(name: string, place: Place): unknown {
		if (name.startsWith("AWS::")) return pseudoParameter(name, place);
		const parameter = place.stack.template.Parameters?.[name];
		if (parameter === undefined) return attributeOf(place.stack, name, undefined);
		const given = options.parameters?.[name] ?? parameter.Default;
		if (given === undefined) throw unsupported(place, `the parameter ${name}, which has no default`);
		return given;
	}

	function text(value: unknown, what: string, place: Place): string {
		if (typeof value === "string") return value;
		if (typeof value === "number" || typeof value === "boolean") return String(value);
		throw unsupported(place, `${what} with a part that is no text (${JSON.stringify(value)})`);
	}

	function list(value: unknown, what: string, place: Place): readonly unknown[] {
		if (Array.isArray(value)) return value;
		throw unsupported(place, `${what} of something that is no list (${JSON.stringify(value)})`);
	}

	function substitute(argument: unknown, place: Place, walk: Walk): string {
		const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
		const given = walk(variables ?? {});
		return text(template, "Fn::Sub", place).replace(/\$\{(!?)([^}]+)\}/g, (whole, literal: string, name: string) => {
			if (literal === "!") return `\${${name}}`;
			const key = name.trim();
			if (typeof given === "object" && given !== null && Object.hasOwn(given, key))
				return text(Reflect.get(given, key), whole, place);
			const dot = key.indexOf(".");
			const found =
				dot === -1 ? reference(key, place) : attributeOf(place.stack, key.slice(0, dot), key.slice(dot + 1));
			return text(found, whole, place);
		});
	}

	function importValue(name: string, place: Place): unknown {
		for (const stack of stacks) {
			for (const [id, output] of Object.entries(stack.template.Outputs ?? {})) {
				if (output.Export === undefined) continue;
				const inside = { stack, where: `output ${id}` };
				if (resolveValue(output.Export.Name, inside) === name) return resolveValue(output.Value, inside);
			}
		}
		throw unsupported(place, `Fn::ImportValue of "${name}", which no stack of this assembly exports`);
	}

	function condition(value: unknown, place: Place): boolean {
		if (typeof value !== "object" || value === null) throw unsupported(place, `the condition ${JSON.stringify(value)}`);
		const [name, argument] = Object.entries(value)[0] ?? [];
		const inner = (element: unknown): boolean => condition(element, place);
		switch (name) {
			case "Condition":
				return holds(place.stack, text(argument, "Condition", place));
			case "Fn::Equals": {
				const [left, right] = list(argument, "Fn::Equals", place);
				return (
					text(resolveValue(left, place), "Fn::Equals", place) === text(resolveValue(right, place), "Fn::Equals", place)
				);
			}
			case "Fn::And":
				return list(argument, "Fn::And", place).every(inner);
			case "Fn::Or":
				return list(argument, "Fn::Or", place).some(inner);
			case "Fn::Not":
				return !list(argument, "Fn::Not", place).every(inner);
			default:
				throw unsupported(place, `the condition function ${name ?? "(none)"}`);
		}
	}

	function holds(stack: AssemblyStack, name: string | undefined): boolean {
		if (name === undefined) return true;
		const place = { stack, where: `condition ${name}` };
		const body = stack.template.Conditions?.[name];
		if (body === undefined) throw unsupported(place, `the condition ${name}, which the template does not declare`);
		return condition(body, place);
	}

	function intrinsic(name: string, argument: unknown, place: Place): unknown {
		const walk: Walk = (value) => resolveValue(value, place);
		switch (name) {
			case "Ref":
				return reference(text(argument, "Ref", place), place);
			case "Fn::GetAtt": {
				const [id, ...path] =
					typeof argument === "string" ? argument.split(".") : list(walk(argument), "Fn::GetAtt", place);
				return attributeOf(place.stack, text(id, "Fn::GetAtt", place), path.join("."));
			}
			case "Fn::Join": {
				const [separator, parts] = list(argument, "Fn::Join", place);
				return list(walk(parts), "Fn::Join", place)
					.map((part) => text(part, "Fn::Join", place))
					.join(text(separator, "Fn::Join", place));
			}
			case "Fn::Sub":
				return substitute(argument, place, walk);
			case "Fn::Select": {
				const [index, parts] = list(argument, "Fn::Select", place);
				const chosen = list(walk(parts), "Fn::Select", place)[Number(walk(index))];
				if (chosen === undefined)
					throw unsupported(place, `Fn::Select of element ${JSON.stringify(index)}, out of range`);
				return chosen;
			}
			case "Fn::Split": {
				const [separator, whole] = list(argument, "Fn::Split", place);
				return text(walk(whole), "Fn::Split", place).split(text(separator, "Fn::Split", place));
			}
			case "Fn::ImportValue":
				return importValue(text(walk(argument), "Fn::ImportValue", place), place);
			case "Fn::If": {
				const [name_, whenTrue, whenFalse] = list(argument, "Fn::If", place);
				return walk(holds(place.stack, text(name_, "Fn::If", place)) ? whenTrue : whenFalse);
			}
			case "Fn::FindInMap": {
				const [map, first, second] = list(walk(argument), "Fn::FindInMap", place).map((key) => String(key));
				const found = place.stack.template.Mappings?.[map ?? ""]?.[first ?? ""]?.[second ?? ""];
				if (found === undefined)
					throw unsupported(place, `Fn::FindInMap of ${map}.${first}.${second}, which is not there`);
				return found;
			}
			case "Fn::Base64":
				return Buffer.from(text(walk(argument), "Fn::Base64", place)).toString("base64");
			default:
				throw unsupported(place, `the intrinsic ${name}`);
		}
	}

	function resolveValue(value: unknown, place: Place): unknown {
		if (typeof value !== "object" || value === null) return value;
		if (Array.isArray(value))
			return value.map((element) => resolveValue(element, place)).filter((element) => element !== NO_VALUE);
		const entries = Object.entries(value);
		const only = entries.length === 1 ? entries[0] : undefined;
		if (only !== undefined && (only[0] === "Ref" || only[0].startsWith("Fn::")))
			return intrinsic(only[0], only[1], place);
		const resolved: Record<string, unknown> = {};
		for (const [key, element] of entries) {
			const inner = resolveValue(element, place);
			if (inner !== NO_VALUE) resolved[key] = inner;
		}
		return resolved;
	}

	return {
		resolve(stack, value, where) {
			const resolved = resolveValue(value, { stack, where });
			return resolved === NO_VALUE ? undefined : resolved;
		},
		holds,
	};
}
