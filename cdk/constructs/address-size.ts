/**
 * How long a platform's address may become at most. SSM refuses a parameter above 8 KB in the middle of a deploy, so that it is refused here, when
 * the stack is synthesized; what CloudFormation names is not known then, but how long a name can be.
 */
import { type Stack, Token } from "aws-cdk-lib";
import * as z from "zod/mini";
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { PlatformAddress } from "../../shared/wire/platform-address.ts";

/** Of an advanced parameter. https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html */
const ADDRESS_BYTES_MAX = 8_192;
/** `https://sqs.cn-northwest-1.amazonaws.com.cn/123456789012/`: the longest beginning of a queue's URL. */
const QUEUE_URL_START = 57;
const QUEUE_NAME_MAX = 80;
/** `arn:aws-us-gov:iam::123456789012:role/` */
const ROLE_ARN_START = 38;
const ROLE_NAME_MAX = 64;
const MAPPING_ID = 36;
const TABLE_NAME_MAX = 255;
const BUCKET_NAME_MAX = 63;
const SCHEDULE_GROUP_MAX = 64;
/** What CloudFormation puts between and after the stack's name and the logical id. */
const RANDOM_PART = 15;

const referenceSchema = z.union([
	z.object({ Ref: z.string() }),
	z.object({ "Fn::GetAtt": z.tuple([z.string(), z.string()]) }),
]);

/** The address, with letters in place of what is known at deployment only: as many as there can be. */
function longest(stack: Stack, { table, bucket, queues, schedules }: PlatformAddress): PlatformAddress {
	const filled = (value: string, start: number, nameMax: number): string => {
		if (!Token.isUnresolved(value)) return value;
		const found = referenceSchema.safeParse(stack.resolve(value));
		if (!found.success || Token.isUnresolved(stack.stackName)) return "x".repeat(start + nameMax);
		const logicalId = "Ref" in found.data ? found.data.Ref : found.data["Fn::GetAtt"][0];
		return "x".repeat(start + Math.min(nameMax, stack.stackName.length + logicalId.length + RANDOM_PART));
	};
	const mapped = <Value>(values: Readonly<Record<string, Value>>, map: (value: Value) => Value) =>
		Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
	return {
		table: filled(table, 0, TABLE_NAME_MAX),
		bucket: filled(bucket, 0, BUCKET_NAME_MAX),
		queues: mapped(queues, ({ url, deadLetterUrl, ...queue }) => ({
			...queue,
			url: filled(url, QUEUE_URL_START, QUEUE_NAME_MAX),
			deadLetterUrl: filled(deadLetterUrl, QUEUE_URL_START, QUEUE_NAME_MAX),
			...(queue.mapping === undefined ? {} : { mapping: "x".repeat(MAPPING_ID) }),
		})),
		...(schedules === undefined
			? {}
			: {
					schedules: {
						group: filled(schedules.group, 0, SCHEDULE_GROUP_MAX),
						roles: mapped(schedules.roles ?? {}, (arn) => filled(arn, ROLE_ARN_START, ROLE_NAME_MAX)),
					},
				}),
	};
}

/** @throws MillraceError `configuration-invalid` for an address that may be longer than SSM takes */
export function refuseTooLong(stack: Stack, address: PlatformAddress): void {
	const whole = longest(stack, address);
	const bytesOf = (part: unknown): number => Buffer.byteLength(JSON.stringify(part));
	const bytes = bytesOf(whole);
	if (bytes <= ADDRESS_BYTES_MAX) return;
	const classes = Object.keys(whole.queues).length;
	const besides = bytesOf({ ...whole, queues: {}, schedules: { ...whole.schedules, roles: {} } });
	const fit = Math.floor(((ADDRESS_BYTES_MAX - besides) * classes) / (bytes - besides));
	throw new MillraceError(
		"configuration-invalid",
		`The address of this platform, by which clients find its ${classes} queue classes, may become ${bytes} bytes long, and SSM takes ${ADDRESS_BYTES_MAX}: about ${fit} classes like these fit. Use fewer classes or worker groups, a shorter name of the stack or of the construct, or put some of them into a second platform with a stack of its own.`,
	);
}
