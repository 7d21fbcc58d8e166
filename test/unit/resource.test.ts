/** Resources that the runs of one process share: started once, stopped in reverse. */
import { describe, expect, it } from "vitest";
import { JobError } from "../../shared/job/index.ts";
import { defineResource, replaceResource, stopResources, whenResourceStarts } from "../../shared/job/resource.ts";

const quiet = (): never => {
	throw new Error("nothing should fail");
};

describe("a resource", () => {
	it("is started once, by the first of many who ask, and not before", async () => {
		let starts = 0;
		const ready = Promise.withResolvers<void>();
		const pool = defineResource({
			name: "pool",
			start: async () => {
				await ready.promise;
				return { id: ++starts };
			},
		});
		expect(starts).toBe(0);
		const asked = [pool.get(), pool.get(), pool.get()];
		ready.resolve();
		const values = await Promise.all(asked);
		expect(values).toEqual([{ id: 1 }, { id: 1 }, { id: 1 }]);
		expect(await pool.get()).toBe(values[0]);
		await stopResources(quiet);
	});

	it("fails all who wait for it alike, and is started again by the next", async () => {
		let starts = 0;
		const database = defineResource({
			name: "database",
			errorClass: "database",
			start: () => {
				if (++starts === 1) throw new Error("connect ECONNREFUSED");
				return "connected";
			},
		});
		const [one, other] = await Promise.allSettled([database.get(), database.get()]);
		expect(one).toMatchObject({
			status: "rejected",
			reason: {
				errorClass: "database",
				retryable: true,
				message: 'Resource "database" could not be started: connect ECONNREFUSED',
				cause: { message: "connect ECONNREFUSED" },
			},
		});
		expect((other as PromiseRejectedResult).reason).toBe((one as PromiseRejectedResult).reason);
		expect(await database.get()).toBe("connected");
		expect(starts).toBe(2);
		await stopResources(quiet);
	});

	it("lets an error of the job's own vocabulary say what it is", async () => {
		const secret = new JobError("authentication", "The password is wrong");
		const database = defineResource({
			name: "database",
			start: (): string => {
				throw secret;
			},
		});
		await expect(database.get()).rejects.toBe(secret);
	});

	it("says who uses it that something is to be stopped, also where it has begun before", async () => {
		let told = 0;
		whenResourceStarts(() => told++);
		expect(told).toBe(0);
		const pool = defineResource({ name: "pool", start: () => 1 });
		await pool.get();
		expect(told).toBe(1);
		whenResourceStarts(() => (told += 10));
		expect(told).toBe(11);
		await stopResources(quiet);
	});
});

describe("stopping", () => {
	it("stops what was started, the latest first, one after another", async () => {
		const log: string[] = [];
		const make = (name: string, start: () => unknown = () => name) =>
			defineResource({
				name,
				start: async () => {
					const value = await start();
					log.push(`start ${name}`);
					return value;
				},
				stop: async () => {
					log.push(`stopping ${name}`);
					await Promise.resolve();
					log.push(`stopped ${name}`);
				},
			});
		const secrets = make("secrets");
		const database = make("database", () => secrets.get());
		const unused = make("unused");
		await database.get();
		await stopResources(quiet);
		expect(log).toEqual([
			"start secrets",
			"start database",
			"stopping database",
			"stopped database",
			"stopping secrets",
			"stopped secrets",
		]);
		expect(unused.name).toBe("unused");
	});

	it("waits for one that is starting, and goes on when one can't be stopped", async () => {
		const stopped: unknown[] = [];
		const ready = Promise.withResolvers<string>();
		const slow = defineResource({
			name: "slow",
			start: () => ready.promise,
			stop: (value) => void stopped.push(value),
		});
		const broken = defineResource({
			name: "broken",
			start: () => "broken",
			stop: () => {
				throw new Error("already closed");
			},
		});
		await broken.get();
		const asked = slow.get();
		const failed: string[] = [];
		const stopping = stopResources((name, error) => failed.push(`${name}: ${(error as Error).message}`));
		expect(stopped).toEqual([]);
		ready.resolve("value");
		await asked;
		await stopping;
		expect(stopped).toEqual(["value"]);
		expect(failed).toEqual(["broken: already closed"]);
	});

	it("lets it be started again", async () => {
		let starts = 0;
		const pool = defineResource({ name: "pool", start: () => ++starts });
		expect(await pool.get()).toBe(1);
		await stopResources(quiet);
		expect(await pool.get()).toBe(2);
		await stopResources(quiet);
	});
});

it("is replaced for a test, and only so long", async () => {
	const database = defineResource<{ query: () => string }>({
		name: "database",
		start: () => {
			throw new Error("no database in tests");
		},
	});
	const restore = replaceResource(database, { query: () => "a row of the test" });
	const restoreInner = replaceResource(database, { query: () => "another" });
	expect((await database.get()).query()).toBe("another");
	restoreInner();
	expect((await database.get()).query()).toBe("a row of the test");
	restore();
	await expect(database.get()).rejects.toThrow("no database in tests");
});
