#!/usr/bin/env node
/** `npx millrace`: from the sources in this repository, from what was compiled of them in an installed package. */
import { existsSync } from "node:fs";

const source = new URL("../cli/millrace.ts", import.meta.url);
await import(existsSync(source) ? source.href : new URL("../dist/cli/millrace.js", import.meta.url).href);
