/** Items to DynamoDB's attribute values and back, for the four kinds of attribute that the family uses. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { JobError } from "../../../../shared/job/index.ts";
import type { Attribute, Item } from "./table.ts";

export function toAttribute(value: Attribute): AttributeValue {
	if (typeof value === "string") return { S: value };
	if (typeof value === "number") return { N: String(value) };
	if (value instanceof Uint8Array) return { B: value };
	return { NS: [...value].map(String) };
}

export const toAttributes = (attributes: Readonly<Record<string, Attribute>> | Item): Record<string, AttributeValue> =>
	Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, toAttribute(value)]));

function fromAttribute(name: string, value: AttributeValue): Attribute {
	if (value.S !== undefined) return value.S;
	if (value.N !== undefined) return Number(value.N);
	if (value.B !== undefined) return value.B;
	if (value.NS !== undefined) return new Set(value.NS.map(Number));
	throw new JobError(
		"database",
		`Attribute "${name}" is of a kind that nothing here writes: ${Object.keys(value).join()}.`,
		{
			retryable: false,
		},
	);
}

export function fromAttributes(attributes: Record<string, AttributeValue>): Item {
	const { pk, sk, ...rest } = attributes;
	return {
		...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, fromAttribute(name, value)])),
		pk: pk?.S ?? "",
		sk: sk?.S ?? "",
	};
}
