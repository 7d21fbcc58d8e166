/**
 * Whether a delivery comes from who shares the secret, by the four schemes. Over the bytes that were sent, in constant time: no comparison ends
 * sooner for a guess that is nearer. Pure.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { WebhookScheme } from "../../../shared/job/webhook.ts";
import { type EpochMs, epochMs } from "../../../shared/kernel/time.ts";
import { keyOf } from "./read-secrets.ts";

export interface SentDelivery {
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	readonly body: Buffer;
}

export interface Rule {
	readonly scheme: WebhookScheme;
	/** Any of them. */
	readonly secrets: readonly string[];
	readonly windowSeconds: number;
	readonly now: EpochMs;
}

export type Verified =
	| { readonly event: string; readonly id: string }
	/** Why not: for the log. Who sent it is told nothing. */
	| { readonly refused: string };

const CLOCK_SKEW_SECONDS = 300;
/** With the source before it, an idempotency key has room for it. */
const ID_CHARACTERS_MAX = 180;

export function verifyDelivery(sent: SentDelivery, rule: Rule): Verified {
	const { headers } = sent;
	switch (rule.scheme) {
		case "github":
			return signed(sent, rule, "x-hub-signature-256") ?? named(sent, "x-github-event", "x-github-delivery");
		case "gitlab":
			return rule.secrets.some((secret) => sameText(headers["x-gitlab-token"] ?? "", secret))
				? named(sent, "x-gitlab-event", "idempotency-key", "x-gitlab-event-uuid")
				: { refused: "X-Gitlab-Token is not the secret" };
		case "jira":
			return (
				signed(sent, rule, "x-hub-signature") ??
				tooOld(rule, jiraTime(sent)) ?? {
					...named(sent, "", "x-atlassian-webhook-identifier"),
					event: fieldOf(sent, "webhookEvent"),
				}
			);
		case "standard":
			return verifyStandard(sent, rule);
	}
}

/** `undefined` when the header has the right HMAC of the body. */
function signed({ headers, body }: SentDelivery, { secrets }: Rule, header: string): Verified | undefined {
	const [, given] = /^sha256=([0-9a-f]{64})$/i.exec(headers[header] ?? "") ?? [];
	if (given === undefined) return { refused: `${header} is missing or is no sha256=…` };
	const found = Buffer.from(given, "hex");
	return anyOf(secrets, (secret) => timingSafeEqual(createHmac("sha256", secret).update(body).digest(), found))
		? undefined
		: { refused: `${header} fits no secret` };
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (2026-11-21) */
function verifyStandard({ headers, body }: SentDelivery, rule: Rule): Verified {
	const id = headers["webhook-id"] ?? "";
	const timestamp = headers["webhook-timestamp"] ?? "";
	if (id === "" || id.length > ID_CHARACTERS_MAX || !/^\d{1,12}$/.test(timestamp))
		return { refused: "webhook-id or webhook-timestamp is missing or is none" };
	const signatures = (headers["webhook-signature"] ?? "")
		.split(" ")
		.filter((text) => text.startsWith("v1,"))
		.map((text) => Buffer.from(text.slice(3), "base64"));
	const fits = anyOf(rule.secrets, (secret) => {
		const mac = createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest();
		return anyOf(signatures, (signature) => signature.length === mac.length && timingSafeEqual(mac, signature));
	});
	if (!fits) return { refused: "webhook-signature fits no secret" };
	return tooOld(rule, epochMs(Number(timestamp) * 1000)) ?? { event: headers["webhook-event"] ?? "", id };
}

function tooOld({ now, windowSeconds }: Rule, signedAt: EpochMs | undefined): Verified | undefined {
	if (signedAt === undefined) return undefined;
	const ageSeconds = (now - signedAt) / 1000;
	return ageSeconds > windowSeconds || ageSeconds < -CLOCK_SKEW_SECONDS
		? { refused: `it was signed ${Math.round(ageSeconds)} s ago; the window is ${windowSeconds} s` }
		: undefined;
}

function named({ headers, body }: SentDelivery, event: string, ...ids: readonly string[]): Verified {
	const id = ids.map((name) => headers[name] ?? "").find((value) => value !== "" && value.length <= ID_CHARACTERS_MAX);
	return { event: (headers[event] ?? "").slice(0, ID_CHARACTERS_MAX), id: id ?? bodyHash(body) };
}

export const bodyHash = (body: Buffer): string => createHash("sha256").update(body).digest("hex");

function jiraTime(sent: SentDelivery): EpochMs | undefined {
	const at = Number(fieldOf(sent, "timestamp"));
	return at > 0 ? epochMs(at) : undefined;
}

/** A field of a body that is signed. One that is no JSON is refused later, by name. */
function fieldOf({ body }: SentDelivery, name: string): string {
	try {
		const parsed: unknown = JSON.parse(body.toString("utf8"));
		const value: unknown = typeof parsed === "object" && parsed !== null ? Reflect.get(parsed, name) : undefined;
		return typeof value === "string" || typeof value === "number" ? String(value).slice(0, ID_CHARACTERS_MAX) : "";
	} catch {
		return "";
	}
}

/** All are tried, whichever fits. */
const anyOf = <Thing>(things: readonly Thing[], fits: (thing: Thing) => boolean): boolean =>
	things.map(fits).includes(true);

/** Their hashes, which are as long as each other. */
function sameText(one: string, other: string): boolean {
	const [first, second] = [one, other].map((text) => createHash("sha256").update(text).digest());
	return first !== undefined && second !== undefined && timingSafeEqual(first, second);
}
