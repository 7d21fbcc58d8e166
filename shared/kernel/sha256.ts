/** SHA-256 as hex. The one use of node:crypto below the adapters: it is a pure function, so the engine may use it. */
import { createHash } from "node:crypto";

export const sha256Hex = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");
