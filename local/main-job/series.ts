/** The labelled series of data/nab: their points and the windows in which an anomaly was labelled. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as z from "zod/mini";
import { type EpochMs, epochMs } from "../../shared/job/index.ts";

export interface Point {
	readonly at: EpochMs;
	readonly value: number;
}

/** Both ends included. */
export interface Window {
	readonly from: EpochMs;
	readonly to: EpochMs;
}

export interface Series {
	readonly name: string;
	readonly points: readonly Point[];
	readonly windows: readonly Window[];
}

const dataFolder = fileURLToPath(new URL("../../data/nab/", import.meta.url));

const labelsSchema = z.record(z.string(), z.array(z.tuple([z.string(), z.string()])));

/** All series, in alphabetical order. */
export function readSeries(folder: string = dataFolder): readonly Series[] {
	const labels = labelsSchema.parse(JSON.parse(readFileSync(`${folder}/labels.json`, "utf8")));
	return Object.entries(labels)
		.sort(([left], [right]) => (left < right ? -1 : 1))
		.map(([file, windows]) => ({
			name: file.replace(/\.csv$/, ""),
			points: parsePoints(readFileSync(`${folder}/${file}`, "utf8"), file),
			windows: windows.map(([from, to]) => ({ from: parseInstant(from), to: parseInstant(to) })),
		}));
}

/** `timestamp,value` lines after one heading. @throws Error that names the line. */
export function parsePoints(text: string, file: string): readonly Point[] {
	const [, ...lines] = text.trimEnd().split(/\r?\n/);
	return lines.map((line, index) => {
		const [timestamp, value] = line.split(",");
		const point = { at: parseInstant(timestamp ?? ""), value: Number(value || Number.NaN) };
		if (Number.isNaN(point.at) || !Number.isFinite(point.value)) {
			throw new Error(`${file}, line ${index + 2}: expected "2014-02-14 14:30:00,0.132"; got "${line}"`);
		}
		return point;
	});
}

/** `2014-02-14 14:30:00`, with or without fractions of a second, in UTC. */
const parseInstant = (text: string): EpochMs => epochMs(Date.parse(`${text.slice(0, 19).replace(" ", "T")}Z`));
