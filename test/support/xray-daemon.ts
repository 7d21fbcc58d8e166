/** Stands where Lambda runs the X-Ray daemon: takes segment documents by datagram, and lets a test wait for so many. */
import { createSocket } from "node:dgram";
import { once } from "node:events";

export interface Segment {
	readonly name: string;
	readonly id: string;
	readonly trace_id: string;
	readonly parent_id?: string;
	readonly start_time: number;
	readonly end_time: number;
	readonly annotations: Readonly<Record<string, string | number>>;
	readonly fault?: boolean;
	readonly cause?: { readonly exceptions: readonly { readonly type: string; readonly message: string }[] };
	readonly links?: readonly { readonly trace_id: string; readonly id: string }[];
}

export async function startXrayDaemon() {
	const socket = createSocket("udp4");
	const segments: Segment[] = [];
	const waiting = new Set<() => void>();
	socket.on("message", (data) => {
		const [header, document = "", ...more] = data.toString("utf8").split("\n");
		if (header !== '{"format":"json","version":1}' || more.length > 0) throw new Error(`no segment: ${data}`);
		segments.push(JSON.parse(document) as Segment);
		for (const look of waiting) look();
	});
	socket.bind(0, "127.0.0.1");
	await once(socket, "listening");
	return {
		/** As AWS_XRAY_DAEMON_ADDRESS names it. */
		address: `127.0.0.1:${socket.address().port}`,
		segments,
		received: (count: number): Promise<readonly Segment[]> =>
			new Promise((resolve) => {
				const look = (): void => {
					if (segments.length < count) return;
					waiting.delete(look);
					resolve(segments);
				};
				waiting.add(look);
				look();
			}),
		stop: () => new Promise<void>((resolve) => socket.close(() => resolve())),
	};
}
