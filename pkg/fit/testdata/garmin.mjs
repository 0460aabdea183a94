// Reads FIT files with Garmin's own SDK and prints for each, in a line of JSON,
// how many messages it has of each kind, and for each field of its records how
// many have it and the sum of them in the units of the file (integers, so that
// sums are exact).
//
//   node garmin.mjs FOLDER-OF-THE-SDK FILE...
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { pathToFileURL } from "node:url";

const [sdk, ...files] = process.argv.slice(2);
const { Decoder, Stream } = await import(pathToFileURL(path.join(sdk, "src", "index.js")));

// The fields of a record, by the names of the SDK; the first that is there counts.
const fields = {
  position: [["positionLat"], 1],
  altitude: [["enhancedAltitude", "altitude"], 5],
  distance: [["distance"], 100],
  speed: [["enhancedSpeed", "speed"], 1000],
  heartrate: [["heartRate"], 1],
  cadence: [["cadence"], 1],
  power: [["power"], 1],
  temperature: [["temperature"], 1],
};

for (const file of files) {
  let data = fs.readFileSync(file);
  if (data[0] === 0x1f && data[1] === 0x8b) data = zlib.gunzipSync(data);
  const counts = {}, sums = {}, developer = {};
  const add = (to, name, v) => {
    const s = (to[name] ??= { n: 0, sum: 0 });
    s.n++;
    s.sum += v;
  };
  const result = { file, counts, sums, developer, errors: [] };
  try {
    const names = {};
    const { messages, errors } = new Decoder(Stream.fromBuffer(data)).read({
      convertTypesToStrings: false,
      convertDateTimesToDates: false,
      includeUnknownData: true,
      mesgListener: (number) => { counts[number] = (counts[number] ?? 0) + 1; },
      fieldDescriptionListener: (key, _, description) => { names[key] = description; },
    });
    result.errors = errors.map(String);
    for (const r of messages.recordMesgs ?? []) {
      if (r.timestamp === undefined) continue;
      for (const [name, [candidates, scale]] of Object.entries(fields)) {
        const v = candidates.map((c) => r[c]).find((x) => typeof x === "number");
        if (v !== undefined) add(sums, name, Math.round(v * scale));
      }
      for (const [key, v] of Object.entries(r.developerFields ?? {})) {
        if (typeof v === "number" && Number.isFinite(v)) add(developer, [names[key]?.fieldName].flat()[0] ?? "", v);
      }
    }
  } catch (e) {
    result.errors.push(String(e));
  }
  console.log(JSON.stringify(result));
}
