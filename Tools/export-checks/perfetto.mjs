// node perfetto.mjs ENGINE TRACE <QUERIES >ROWS: asks the engine of Perfetto's own page what it made of a trace.
//
// ENGINE is the folder of the page with engine_bundle.js and trace_processor.wasm, which the page runs in a worker:
// here it is given what it takes of one. QUERIES is a JSON object of SQL by name; ROWS is one of lists of rows.
// Status 1, and its own words, if it refuses the trace or a query.
//
// Messages are those of protos/perfetto/trace_processor/trace_processor.proto: a stream of TraceProcessorRpc.
import { readFileSync } from "node:fs";

const method = { append: 1, finalize: 2, query: 3 };
const rpc = { method: 2, reply: 3, fatalError: 5, data: 101, query: 103, appended: 201, rows: 203, finalized: 212 };
const wireVarint = 0, wireBytes = 2;

const [engine, trace] = process.argv.slice(2);
const replies = [], messages = [];
const port = { postMessage: (data) => replies.push(Buffer.from(data)) };
await start();

// --- The wire format of protocol buffers

function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}

const numberField = (number, value) => Buffer.concat([varint(number * 8 + wireVarint), varint(value)]);
const bytesField = (number, data) => Buffer.concat([varint(number * 8 + wireBytes), varint(data.length), data]);

function* varints(data, place = { at: 0 }) {
  while (place.at < data.length) {
    let value = 0n;
    for (let shift = 0n, more = true; more; shift += 7n) {
      const byte = data[place.at++];
      if (byte === undefined || shift > 63n) throw new Error("a number of the engine has no end");
      value |= BigInt(byte & 127) << shift;
      more = byte > 127;
    }
    yield value;
  }
}

// Each field of a message, as its number and its value: a BigInt, or bytes.
function* fields(message) {
  const place = { at: 0 };
  const numbers = varints(message, place);
  while (place.at < message.length) {
    const tag = Number(numbers.next().value);
    const number = Math.floor(tag / 8), wire = tag % 8;
    if (wire === wireVarint) {
      yield [number, numbers.next().value];
    } else if (wire === wireBytes) {
      const count = Number(numbers.next().value);
      yield [number, message.subarray(place.at, place.at + count)];
      place.at += count;
    } else {
      throw new Error(`field ${number} of the engine has wire type ${wire}`);
    }
  }
}

const text = (message, number) => [...fields(message)].find(([found]) => found === number)?.[1].toString();

// --- The engine

async function start() {
  class Request {
    open(verb, name) { this.name = name; }
    send() { this.response = readFileSync(`${engine}/${this.name}`); }
  }
  const worker = { location: { href: "file:///" } };
  const note = (...words) => messages.push(words.join(" "));
  const run = new Function(
    "self", "WorkerGlobalScope", "XMLHttpRequest", "process", "console",
    readFileSync(`${engine}/engine_bundle.js`, "utf8"));
  run(worker, class {}, Request, undefined, { log: note, warn: note, error: note });
  worker.onmessage({ data: port });
  // It makes its buffers ready in a promise of its own.
  await new Promise((resolve) => setImmediate(resolve));
}

// The fields `wanted` of all replies.
function ask(number, wanted, ...args) {
  replies.length = 0;
  const request = Buffer.concat([numberField(rpc.method, number), ...args]);
  port.onmessage({ data: new Uint8Array(bytesField(1, request)) });
  const found = [];
  for (const [, reply] of fields(Buffer.concat(replies))) {
    for (const [field, value] of fields(reply)) {
      if (field === rpc.fatalError) throw new Error(value.toString());
      if (field === wanted) found.push(value);
    }
  }
  if (found.length === 0) throw new Error("the engine does not answer");
  return found;
}

function refuse(error) {
  if (error) throw new Error(`Perfetto refuses it: ${error.slice(0, 300)}`);
}

function load(data) {
  // So much at once as the page hands over of a file.
  const chunkSize = 32 << 20;
  for (let at = 0; at < data.length; at += chunkSize) {
    const chunk = data.subarray(at, at + chunkSize);
    for (const result of ask(method.append, rpc.appended, bytesField(rpc.data, chunk))) refuse(text(result, 2));
  }
  for (const result of ask(method.finalize, rpc.finalized)) refuse(text(result, 1));
}

// Rows come as batches of cells: their kinds, and the values of each kind in a list of its own.
function rows(sql) {
  const cells = [];
  let columnCount = 0;
  for (const result of ask(method.query, rpc.rows, bytesField(rpc.query, bytesField(1, Buffer.from(sql))))) {
    refuse(text(result, 2));
    for (const [field, value] of fields(result)) {
      if (field === 1) columnCount += 1;
      if (field === 3) cells.push(...batch(value));
    }
  }
  const rowCount = cells.length / columnCount;
  if (!Number.isInteger(rowCount)) throw new Error("the engine tells a part of a row");
  return Array.from({ length: rowCount }, (_, row) => cells.slice(row * columnCount, (row + 1) * columnCount));
}

function batch(data) {
  const lists = new Map([...fields(data)]);
  const empty = Buffer.alloc(0);
  const kinds = lists.get(1) ?? empty;
  const integers = varints(lists.get(2) ?? empty);
  const doubles = lists.get(3) ?? empty;
  const strings = (lists.get(5) ?? empty).toString().split("\0");
  let doubleCount = 0, stringCount = 0;
  return [...kinds].map((kind) => {
    switch (kind) {
      case 1: return null;
      case 2: return Number(BigInt.asIntN(64, integers.next().value));
      case 3: return doubles.readDoubleLE(8 * doubleCount++);
      case 4: return strings[stringCount++];
      default: throw new Error(`the engine tells a cell of kind ${kind}`);
    }
  });
}

try {
  load(readFileSync(trace));
  const queries = JSON.parse(readFileSync(0, "utf8"));
  const answers = Object.entries(queries).map(([name, sql]) => [name, rows(sql)]);
  process.stdout.write(JSON.stringify(Object.fromEntries(answers)));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
