// One client of the vendor's SDK as it is on npm, driven by a JSON line each way:
//   in   {"id": 1, "method": "addTextItem", "args": [...]}
//   out  {"id": 1, "result": ...} | {"id": 1, "error": {...}} | {"event": "itemAdded", "data": {...}}
"use strict";

const { createRequire } = require("node:module");
const readline = require("node:readline");

console.log = console.error;
const Circuit = createRequire(`${process.cwd()}/`)("circuit-sdk");
const [options, events] = process.argv.slice(2).map((text) => JSON.parse(text));

function tell(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

Circuit.setLogger({});
Circuit.NodeSDK.rejectUnauthorized = true;
const client = new Circuit.Client(options);
for (const event of events) {
  client.addEventListener(event, (data) => tell({ event, data }));
}

const lines = readline.createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const { id, method, args } = JSON.parse(line);
  try {
    tell({ id, result: (await client[method](...args)) ?? null });
  } catch (error) {
    tell({ id, error: { code: String(error?.code), message: String(error?.message ?? error) } });
  }
});
lines.on("close", () => process.exit(0));
