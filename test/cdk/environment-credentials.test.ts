import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterEach, expect, it, vi } from "vitest";
import { defaultProvider } from "../../cdk/bundle/environment-credentials.ts";

afterEach(() => {
	vi.unstubAllEnvs();
});

function setCredentials(variables: { key: string | undefined; token?: string; expiration?: string }): void {
	vi.stubEnv("AWS_ACCESS_KEY_ID", variables.key);
	vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
	vi.stubEnv("AWS_SESSION_TOKEN", variables.token);
	vi.stubEnv("AWS_CREDENTIAL_EXPIRATION", variables.expiration);
}

const createClient = (): DynamoDBClient =>
	new DynamoDBClient({ region: "eu-west-1", credentialDefaultProvider: defaultProvider });

it("gives the SDK key, secret and session token of the environment", async () => {
	setCredentials({ key: "AKID", token: "token" });
	const credentials = await createClient().config.credentials();
	expect(credentials).toMatchObject({ accessKeyId: "AKID", secretAccessKey: "secret", sessionToken: "token" });
	expect(credentials.expiration).toBeUndefined();
});

it("signs every request with the variables of that moment", async () => {
	const client = createClient();
	setCredentials({ key: "FIRST", expiration: "2026-11-20T13:00:00Z" });
	const first = await client.config.credentials();
	setCredentials({ key: "SECOND", token: "token" });
	const second = await client.config.credentials();
	expect([first.accessKeyId, first.expiration, first.sessionToken]).toEqual([
		"FIRST",
		new Date("2026-11-20T13:00:00Z"),
		undefined,
	]);
	expect([second.accessKeyId, second.expiration, second.sessionToken]).toEqual(["SECOND", undefined, "token"]);
});

it("says what is missing", async () => {
	setCredentials({ key: undefined });
	await expect(defaultProvider()()).rejects.toThrow("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
});
