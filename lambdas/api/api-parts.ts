/** What the API answers with: ports and the client, which create-api.ts opens and tests make of memory. */
import type { Catalogue } from "../../shared/catalogue/define-catalogue.ts";
import type { Client } from "../../shared/client/client.ts";
import type { WebhookDefinition } from "../../shared/job/webhook.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { JobStore } from "../../shared/ports/job-store.ts";
import type { MappingOperator } from "../../shared/ports/mapping-operator.ts";
import type { MetricSource } from "../../shared/ports/metric-source.ts";
import type { QueueOperator } from "../../shared/ports/queue-operator.ts";
import type { SecretSource } from "../../shared/ports/secret-source.ts";
import type { ApiAnswer } from "./api-answer.ts";
import type { ApiRequest } from "./api-request.ts";

export interface ApiLog {
	info(message: string, fields: Readonly<Record<string, unknown>>): void;
	warn(message: string, fields: Readonly<Record<string, unknown>>): void;
	error(message: string, fields: Readonly<Record<string, unknown>>): void;
}

export interface ApiParts {
	readonly catalogue: Pick<Catalogue, "queueClasses" | "workerGroups" | "jobs" | "groupOf">;
	readonly client: Client;
	readonly operator: Pick<QueueOperator, "depth">;
	readonly mappings: Pick<MappingOperator, "read">;
	readonly store: Pick<JobStore, "getMany">;
	readonly webhooks: readonly WebhookDefinition[];
	readonly secrets: SecretSource;
	readonly metrics: MetricSource;
	readonly clock: Clock;
	readonly log: ApiLog;
}

export type Answer = (request: ApiRequest) => Promise<ApiAnswer>;
