import { describe, expect, it } from "vitest";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { cliWorld } from "../support/cli-world.ts";
import { addFailed } from "../support/failed-letter.ts";

describe("millrace pause and resume", () => {
	it("keeps the reason of what is paused already, and says so when another takes its place", async () => {
		const world = cliWorld();
		await world.run("pause", "quick", "--reason", "warehouse is down");
		const { pause } = world.mappings;
		// It would be paused since now.
		world.mappings.pause = () => Promise.reject(new Error("it is paused already"));
		const again = await world.run("pause", "quick");
		world.mappings.pause = pause;
		expect(again).toMatchObject({ out: expect.stringContaining(": warehouse is down"), err: "target: memory" });
		const other = await world.run("pause", "quick", "--reason", "audit", "--json");
		expect(other).toMatchObject({
			json: { state: "paused", reason: "audit", replaced: "warehouse is down" },
			err: "target: memory\nhint: it was paused already, and its reason is replaced: warehouse is down",
		});
	});

	it("pauses a class with its reason, which queues shows, and resumes it", async () => {
		const world = cliWorld();
		const paused = await world.run("pause", "quick", "--reason", "warehouse\u001B[2J is down");
		expect(paused).toMatchObject({
			code: 0,
			out: "quick: paused since 2026-11-20T09:00:00.000Z: warehouse\\u001b[2J is down",
		});
		expect((await world.run("queues")).out.split("\n").at(-1)).toBe(
			"quick  office            3          2        1     0  paused since 2026-11-20T09:00:00.000Z: warehouse\\u001b[2J is down",
		);
		expect((await world.run("queues", "--json")).json).toMatchObject({
			queues: [
				{ queue: "old", state: "active" },
				{ queue: "quick", state: "paused", pausedBecause: "warehouse\u001B[2J is down" },
			],
		});
		expect(await world.run("resume", "quick", "--json")).toMatchObject({
			code: 0,
			json: { queue: "quick", state: "active" },
		});
		expect(await world.mappings.read("quick")).toEqual({ state: "active" });
	});

	it("waits until it is done, and ends with 3 when that takes more than two minutes", async () => {
		const world = cliWorld();
		world.mappings.slowness = 50;
		expect(await world.run("pause", "quick")).toMatchObject({ code: 0, out: expect.stringContaining("quick: paused") });
		expect(world.nowMs - 1_795_165_200_000).toBe(50_000);
		world.mappings.slowness = 200;
		expect(await world.run("resume", "quick")).toMatchObject({ code: 3, out: "quick: changing" });
	});

	it("names a class that is not there, before anything is asked", async () => {
		expect(await cliWorld().run("pause", "quik")).toMatchObject({
			code: 2,
			err: expect.stringContaining('There is no queue "quik". Did you mean quick?'),
		});
	});

	it("ends with 4 where Lambda refuses; queues then shows the depths all the same", async () => {
		const world = cliWorld();
		world.mappings.failure = new MillraceError("mapping-failed", "AccessDeniedException: not yours");
		expect((await world.run("pause", "quick")).code).toBe(4);
		const ran = await world.run("queues");
		expect(ran).toMatchObject({
			code: 0,
			err: "target: memory\nhint: who is paused is not known: AccessDeniedException: not yours",
		});
		expect(ran.out.split("\n").at(-1)).toBe("quick  office            3          2        1     0  ?");
		expect((await world.run("queues", "--json")).json).toMatchObject({ queues: [{ state: null }, { state: null }] });
	});
});

describe("millrace purge", () => {
	it("deletes the messages of the class on its name, and leaves its dead letters", async () => {
		const world = cliWorld();
		addFailed(world, "r-1");
		expect((await world.run("purge", "quick")).code).toBe(2);
		world.answer = "old";
		expect((await world.run("purge", "quick")).code).toBe(2);
		expect(world.purged).toEqual([]);
		world.answer = "quick";
		expect((await world.run("purge", "quick")).out).toBe("purged: about 6 messages (SQS takes up to 60 s)");
		expect(world.purged).toEqual(["quick main"]);
		expect(world.visible()).toBe(1);
	});
});
