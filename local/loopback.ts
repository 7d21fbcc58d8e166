/**
 * What all servers of the local stack ask of a request. They answer whoever has this machine, and know no passwords: a page of another site that a
 * browser on it shows must not pass for its owner, neither under a name of its own that resolves to this machine (DNS rebinding) nor by a form.
 */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** Why it is not answered, with 403; `undefined` when it is. SDKs and command lines send no `Origin`, browsers do with all that changes something. */
export function strangerIn({ host = "", origin }: IncomingHttpHeaders): string | undefined {
	if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/.test(host))
		return "Call this machine by 127.0.0.1 or localhost: no other name of it is answered.";
	return origin === undefined || origin === `http://${host}` ? undefined : "Another site's page may not ask this one.";
}

/** `undefined` when it is too long: then the rest is let go, unread. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer | undefined> {
	const chunks: Buffer[] = [];
	let bytes = 0;
	// Closing the stream would close the connection before the answer is sent.
	for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
		bytes += chunk.length;
		if (bytes > bytesMax) {
			request.resume();
			return undefined;
		}
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}
