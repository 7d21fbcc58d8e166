/**
 * The mapping operator over Lambda's API. The reason of a pause, and the profile, are tags of the mapping itself, so that they need no store, are seen in the
 * console, and go with the mapping. Workers never load this: it and its SDK client stand behind a dynamic import.
 */
import {
	GetEventSourceMappingCommand,
	type LambdaClient,
	ListTagsCommand,
	TagResourceCommand,
	UntagResourceCommand,
	UpdateEventSourceMappingCommand,
	type UpdateEventSourceMappingCommandInput,
} from "@aws-sdk/client-lambda";
import { MillraceError } from "../kernel/errors.ts";
import { MAPPING_CONCURRENCY_MAX, TAG_VALUE_CHARACTERS_MAX } from "../kernel/limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { Feeding, MappingOperator } from "../ports/mapping-operator.ts";
import type { PlatformAddress } from "../wire/platform-address.ts";
import { awsFailure, nameOfError } from "./aws-error.ts";
import { queueUrl } from "./queue-url.ts";

export interface LambdaMappingOperatorOptions {
	readonly client: LambdaClient;
	readonly address: Pick<PlatformAddress, "queues">;
	readonly clock: Clock;
}

/** Set by the infrastructure, too. */
const PROFILE_TAG = "millrace:profile";
const REASON_TAG = "millrace:paused-because";

/** Lambda refuses a change while an earlier one is under way, which takes it up to about a minute. */
const busyErrors: ReadonlySet<string> = new Set(["ResourceInUseException", "ResourceConflictException"]);
const BUSY_TRIES_MAX = 60;
const BUSY_PAUSE_MS = 2_000;

const feedingStates: Readonly<Record<string, Feeding["state"]>> = { Enabled: "active", Disabled: "paused" };

export function createLambdaMappingOperator(options: LambdaMappingOperatorOptions): MappingOperator {
	const { client, address, clock } = options;

	function mappingOf(queueClass: string): string {
		queueUrl(address, { queueClass, queue: "main" });
		const uuid = address.queues[queueClass]?.mapping;
		if (uuid !== undefined) return uuid;
		throw new MillraceError(
			"configuration-invalid",
			`The platform's address names no event source mapping for the class ${queueClass}. Deploy the platform again: the address in SSM then has it.`,
			{ details: { queueClass } },
		);
	}

	async function call<Answer>(action: string, queueClass: string, perform: () => Promise<Answer>): Promise<Answer> {
		try {
			return await perform();
		} catch (error) {
			throw awsFailure("mapping-failed", `Lambda ${action} on the event source mapping of class ${queueClass}`, error);
		}
	}

	/** @returns the mapping's ARN. */
	async function update(
		queueClass: string,
		change: Pick<UpdateEventSourceMappingCommandInput, "Enabled" | "ScalingConfig">,
	): Promise<string> {
		const UUID = mappingOf(queueClass);
		const command = new UpdateEventSourceMappingCommand({ UUID, ...change });
		for (let tries = 1; ; tries++) {
			try {
				return (await client.send(command)).EventSourceMappingArn ?? "";
			} catch (error) {
				if (tries === BUSY_TRIES_MAX || !busyErrors.has(nameOfError(error))) {
					throw awsFailure("mapping-failed", `Lambda UpdateEventSourceMapping of class ${queueClass}`, error);
				}
			}
			await clock.sleep(BUSY_PAUSE_MS);
		}
	}

	return {
		async read(queueClass) {
			const UUID = mappingOf(queueClass);
			const told = await call("GetEventSourceMapping", queueClass, () =>
				client.send(new GetEventSourceMappingCommand({ UUID })),
			);
			const state = feedingStates[told.State ?? ""] ?? "changing";
			if (state === "active") return { state };
			const { Tags } = await call("ListTags", queueClass, () =>
				client.send(new ListTagsCommand({ Resource: told.EventSourceMappingArn })),
			);
			const reason = Tags?.[REASON_TAG];
			return {
				state,
				...(reason === undefined ? {} : { reason: fromTagValue(reason) }),
				...(told.LastModified === undefined ? {} : { since: told.LastModified.toISOString() }),
			};
		},
		async size(queueClass) {
			const UUID = mappingOf(queueClass);
			const told = await call("GetEventSourceMapping", queueClass, () =>
				client.send(new GetEventSourceMappingCommand({ UUID })),
			);
			const { Tags } = await call("ListTags", queueClass, () =>
				client.send(new ListTagsCommand({ Resource: told.EventSourceMappingArn })),
			);
			const profile = Tags?.[PROFILE_TAG];
			const invocations = told.ScalingConfig?.MaximumConcurrency ?? MAPPING_CONCURRENCY_MAX;
			return { invocations, ...(profile === undefined ? {} : { profile }) };
		},
		async resize(queueClass, { invocations, profile }) {
			const Resource = await update(queueClass, { ScalingConfig: { MaximumConcurrency: invocations } });
			await call("TagResource, after it was resized,", queueClass, () =>
				client.send(new TagResourceCommand({ Resource, Tags: { [PROFILE_TAG]: profile } })),
			);
		},
		async pause(queueClass, reason) {
			const value = reason === undefined ? undefined : toTagValue(reason);
			const Resource = await update(queueClass, { Enabled: false });
			await call("TagResource, after it was paused,", queueClass, () =>
				value === undefined
					? client.send(new UntagResourceCommand({ Resource, TagKeys: [REASON_TAG] }))
					: client.send(new TagResourceCommand({ Resource, Tags: { [REASON_TAG]: value } })),
			);
		},
		async resume(queueClass) {
			const Resource = await update(queueClass, { Enabled: true });
			await call("UntagResource, after it was resumed,", queueClass, () =>
				client.send(new UntagResourceCommand({ Resource, TagKeys: [REASON_TAG] })),
			);
		},
	};
}

/** A tag takes letters, digits, spaces and `_.:/=+-@`; everything else is spelled `=2C`, as in quoted-printable, and a sentence stays readable. */
function toTagValue(reason: string): string {
	const value = reason
		.toWellFormed()
		.replace(/[^\p{L}\p{N} _.:/+\-@]/gu, (character) =>
			[...Buffer.from(character)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
		);
	if (value.length <= TAG_VALUE_CHARACTERS_MAX) return value;
	throw new MillraceError(
		"message-invalid-field",
		`The reason of a pause is kept as a tag of ${TAG_VALUE_CHARACTERS_MAX} characters, where punctuation takes three; got ${value.length}. Shorten it.`,
	);
}

const fromTagValue = (value: string): string =>
	value.replace(/(?:=[0-9A-F]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll("=", ""), "hex").toString("utf8"));
