/** The OpenAPI document: sound by a linter's measure, and about the routes that there are. That docs/openapi.json is current, generated-docs.test.ts tests. */
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { describe, expect, it } from "vitest";
import { operations, routeOf } from "../../../shared/wire/http-routes.ts";
import { openApiDocument } from "../../../shared/wire/open-api.ts";

const document = openApiDocument("1.2.3");

async function problemsOf(source: object): Promise<readonly string[]> {
	const config = await createConfig({ extends: ["recommended-strict"] });
	const found = await lintFromString({ source: JSON.stringify(source), absoluteRef: "openapi.json", config });
	return found.map(({ ruleId, message, location }) => `${ruleId}: ${message} (${location[0]?.pointer ?? ""})`);
}

describe("the OpenAPI document", () => {
	it("passes every recommended rule of Redocly's linter", async () => {
		expect(await problemsOf(document)).toEqual([]);
	});

	it("would not with a fault", async () => {
		const { components: _, ...without } = document;
		expect((await problemsOf(without)).length).toBeGreaterThan(10);
	});

	it("has each route once, under the operation that the code knows", () => {
		const paths = document["paths"] as Record<string, Record<string, { operationId: string; security?: unknown[] }>>;
		const described = Object.entries(paths).flatMap(([path, methods]) =>
			Object.entries(methods).map(([method, { operationId }]) => `${operationId}: ${method.toUpperCase()} ${path}`),
		);
		expect(described.sort()).toEqual(
			operations.map((operation) => `${operation}: ${routeOf(operation).method} ${routeOf(operation).path}`).sort(),
		);
		expect(paths["/webhooks/{source}"]?.["post"]?.security).toEqual([]);
		expect(paths["/api/v1/jobs"]?.["post"]?.security).toBeUndefined();
	});

	it("closes every request body", () => {
		const { schemas } = document["components"] as { schemas: Record<string, { additionalProperties?: boolean }> };
		for (const name of ["EnqueueRequest", "ScheduleRequest", "BackfillRequest", "Reason"])
			expect([name, schemas[name]?.additionalProperties]).toEqual([name, false]);
	});
});
