// What Celery's broker still holds, asked of its Redis directly: what waits in the queue, and what workers took and have
// not acknowledged, also workers that are dead. A message in neither is never delivered again.
import { once } from "node:events";
import { connect } from "node:net";

export async function heldByCeleryBroker(redisUrl: string): Promise<number> {
	const { hostname, port } = new URL(redisUrl);
	const socket = connect({ host: hostname, port: Number(port) });
	let answers = "";
	socket.setEncoding("utf8").on("data", (text: string) => {
		answers += text;
	});
	// Redis sends all answers before it closes.
	socket.write("LLEN celery\r\nHLEN unacked\r\nQUIT\r\n");
	await once(socket, "close");
	const counts = [...answers.matchAll(/^:(\d+)\r$/gm)].map(([, count]) => Number(count));
	if (counts.length !== 2) throw new Error(`Redis at ${redisUrl} was asked for two counts and answered: ${answers}`);
	return counts.reduce((sum, count) => sum + count, 0);
}
