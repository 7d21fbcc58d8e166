/** Lambda's API on the loopback interface, as far as an operator of a platform uses it: a mapping's state, pausing and resuming it, and its tags. */
import * as z from "zod/mini";
import type { MappingPlan } from "../assembly/read-mapping.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../assembly/resolve.ts";
import type { MappingSwitches } from "../mapping/mapping-switches.ts";
import { type RestAnswer, type RestRequest, type RestServer, refusal, startRestServer } from "./rest-server.ts";

const updateSchema = z.strictObject({
	Enabled: z.optional(z.boolean()),
	FunctionName: z.optional(z.string()),
	ScalingConfig: z.optional(z.strictObject({ MaximumConcurrency: z.int().check(z.gte(2), z.lte(1000)) })),
});
const tagSchema = z.strictObject({ Tags: z.record(z.string(), z.string().check(z.maxLength(256))) });

const arnOf = (uuid: string): string => `arn:aws:lambda:${LOCAL_REGION}:${LOCAL_ACCOUNT}:event-source-mapping:${uuid}`;

/** `onChanged` is told how a mapping is when it was paused, resumed or resized. */
export function startLambdaServer(
	plans: readonly MappingPlan[],
	switches: MappingSwitches,
	onChanged: (mapping: Pick<MappingPlan, "uuid" | "enabled" | "maximumConcurrency">) => void = () => {},
): Promise<RestServer> {
	const byUuid = new Map(plans.map((plan) => [plan.uuid, plan]));

	function nowOf(plan: MappingPlan) {
		const now = switches.get(plan.uuid);
		const { maximumConcurrency = plan.maximumConcurrency } = now ?? {};
		return { ...plan, changedAtMs: 0, ...now, maximumConcurrency };
	}

	function describe(plan: MappingPlan): object {
		const { enabled, changedAtMs, maximumConcurrency } = nowOf(plan);
		return {
			UUID: plan.uuid,
			EventSourceMappingArn: arnOf(plan.uuid),
			EventSourceArn: plan.queueArn,
			FunctionArn: plan.functionArn,
			BatchSize: plan.batchSize,
			MaximumBatchingWindowInSeconds: plan.windowSeconds,
			ScalingConfig: { MaximumConcurrency: maximumConcurrency },
			State: enabled ? "Enabled" : "Disabled",
			StateTransitionReason: "USER_INITIATED",
			LastModified: changedAtMs / 1000,
		};
	}

	function onMapping(uuid: string, { method, body }: RestRequest): RestAnswer {
		const plan = byUuid.get(uuid);
		if (plan === undefined) return missing();
		if (method === "GET") return { status: 200, body: describe(plan) };
		const update = parse(updateSchema, body);
		if (update === undefined) {
			return refusal(
				400,
				"InvalidParameterValueException",
				"On one machine only Enabled and ScalingConfig of a mapping can be changed.",
			);
		}
		const { Enabled, ScalingConfig } = update;
		switches.set(uuid, {
			changedAtMs: Date.now(),
			...(Enabled === undefined ? {} : { enabled: Enabled }),
			...(ScalingConfig === undefined ? {} : { maximumConcurrency: ScalingConfig.MaximumConcurrency }),
		});
		onChanged(nowOf(plan));
		return { status: 202, body: describe(plan) };
	}

	function onTags(arn: string, { method, url, body }: RestRequest): RestAnswer {
		const plan = plans.find(({ uuid }) => arnOf(uuid) === arn);
		const tags = plan === undefined ? undefined : switches.get(plan.uuid)?.tags;
		if (plan === undefined || tags === undefined) return missing();
		if (method === "GET") return { status: 200, body: { Tags: tags } };
		if (method === "DELETE") {
			const removed = url.searchParams.getAll("tagKeys");
			const left = Object.entries(tags).filter(([key]) => !removed.includes(key));
			switches.set(plan.uuid, { tags: Object.fromEntries(left) });
			return { status: 204 };
		}
		const added = parse(tagSchema, body);
		if (added === undefined) return refusal(400, "InvalidParameterValueException", "Tags must be texts.");
		switches.set(plan.uuid, { tags: { ...tags, ...added.Tags } });
		return { status: 204 };
	}

	return startRestServer((request) => {
		const path = decodeURIComponent(request.url.pathname);
		const [, uuid] = /^\/2015-03-31\/event-source-mappings\/([^/]+)\/?$/.exec(path) ?? [];
		if (uuid !== undefined && ["GET", "PUT"].includes(request.method)) return onMapping(uuid, request);
		const [, arn] = /^\/2017-03-31\/tags\/(.+)$/.exec(path) ?? [];
		if (arn !== undefined && ["GET", "POST", "DELETE"].includes(request.method)) return onTags(arn, request);
		return refusal(400, "InvalidParameterValueException", `${request.method} ${path} is not answered on one machine.`);
	});
}

const missing = (): RestAnswer =>
	refusal(404, "ResourceNotFoundException", "The event source mapping does not exist in this stack.");

function parse<Schema extends z.ZodMiniType>(schema: Schema, body: string): z.infer<Schema> | undefined {
	try {
		return schema.parse(JSON.parse(body));
	} catch {
		return undefined;
	}
}
