/**
 * The outside services that the newsletter's jobs call: an HTTP server on a free loopback port that answers `GET …?list=<name>` as each
 * test says, takes letters by POST, and counts every call, so that "performed once" and "never more than four at once" are seen from outside and
 * not read in our own records.
 */
import { once } from "node:events";
import { createServer } from "node:http";

export interface Call {
	/** Without the query: tells an earlier deployment's calls from a later one's. */
	readonly path: string;
	readonly list: string;
}

export interface HttpTarget {
	readonly url: string;
	callsFor(list: string): readonly Call[];
	/** What calls for a list are answered with, in turn; the last status stays. Unspoken for: 200. */
	answer(list: string, ...statuses: readonly number[]): void;
	/** Letters that were being taken at the same time, at most. */
	lettersAtOnce(): number;
	/** From now on a letter takes so long. */
	slowLetters(milliseconds: number): void;
}

/** Every answered list has these two. */
export const subscribers = [
	{ email: "ada@example.com", name: "Ada" },
	{ email: "grace@example.com", name: "Grace" },
];

export async function startHttpTarget(): Promise<HttpTarget> {
	const calls: Call[] = [];
	const plans = new Map<string, readonly number[]>();
	let [taking, atOnce, letterMs] = [0, 0, 0];
	const server = createServer((request, response) => {
		if (request.method === "POST") {
			taking += 1;
			atOnce = Math.max(atOnce, taking);
			setTimeout(() => {
				taking -= 1;
				response.writeHead(202).end();
			}, letterMs);
			return;
		}
		const { pathname, searchParams } = new URL(request.url ?? "/", "http://target");
		const list = searchParams.get("list") ?? "";
		calls.push({ path: pathname, list });
		const [status = 200, ...later] = plans.get(list) ?? [];
		if (later.length > 0) plans.set(list, later);
		response.writeHead(status, { "content-type": "application/json" });
		response.end(JSON.stringify(status === 200 ? { subscribers } : { error: "as told" }));
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	server.unref();
	const address = server.address();
	if (address === null || typeof address === "string") throw new Error("No free port on 127.0.0.1.");
	return {
		url: `http://127.0.0.1:${address.port}`,
		callsFor: (list) => calls.filter((call) => call.list === list),
		answer: (list, ...statuses) => void plans.set(list, statuses),
		lettersAtOnce: () => atOnce,
		slowLetters(milliseconds) {
			letterMs = milliseconds;
		},
	};
}
