/** Reads runs through the typed client and says what was found when it is not what was expected. */
import assert from "node:assert/strict";
import type { RunView } from "../../shared/wire/run-view.ts";
import { type Platform, waitFor } from "./platform.ts";

/** A run's result is up to its job; a check looks only at the fields it names. */
export type Result = Readonly<Record<string, unknown>>;
type Succeeded = Extract<RunView, { readonly state: "SUCCESS" }>;

export const WAIT_SECONDS = 30;

/** @throws Error with the run as it is when it does not become SUCCESS in time */
export async function succeeded(
	platform: Platform,
	id: string,
	timeoutSeconds: number = WAIT_SECONDS,
): Promise<{ readonly view: Succeeded; readonly result: Result }> {
	const view = await platform.client.wait(id, { timeoutSeconds });
	assert.equal(view.state, "SUCCESS", JSON.stringify(view));
	return { view, result: resultOf(view) };
}

/** @throws Error with the run as it is when it does not become FAILURE in time */
export async function failed(platform: Platform, id: string): Promise<Extract<RunView, { readonly state: "FAILURE" }>> {
	const view = await platform.client.wait(id, { timeoutSeconds: WAIT_SECONDS });
	assert.equal(view.state, "FAILURE", JSON.stringify(view));
	return view;
}

/** @throws Error with the first runs that are not SUCCESS in time */
export async function allSucceeded(
	platform: Pick<Platform, "client">,
	ids: readonly string[],
	timeoutSeconds: number,
): Promise<readonly Succeeded[]> {
	let views: readonly RunView[] = [];
	await waitFor(`all of ${ids.length} runs are SUCCESS`, timeoutSeconds, async () => {
		views = await platform.client.statusMany(ids);
		const others = views.filter(({ state }) => state !== "SUCCESS");
		return others.length === 0 ? true : `${others.length} are not, first ${JSON.stringify(others.slice(0, 3))}`;
	});
	return views.filter((view) => view.state === "SUCCESS");
}

export function resultOf({ result }: Succeeded): Result {
	assert.ok(typeof result === "object" && result !== null, `a result in the row, got ${JSON.stringify(result)}`);
	return { ...result };
}

/** @throws AssertionError when the field holds anything but texts */
export function textsIn(result: Result, field: string): readonly string[] {
	const value = result[field];
	assert.ok(Array.isArray(value), `${field} is a list in ${JSON.stringify(result)}`);
	return value.map(String);
}
