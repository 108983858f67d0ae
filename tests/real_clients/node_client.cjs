// One client of each endpoint, by the library `ws`.
//
// usage: node_client.cjs REPLY_URL NOTIFY_URL WATCHED_FILE
//
// Prints `ready` when all is done but the end of the server, waits for that, and prints one line
// `NAME=VALUE ...` with what was measured. A promise that is not kept ends it with a stack trace.
// CommonJS, because import does not look at NODE_PATH.

const assert = require("node:assert/strict");
const { once } = require("node:events");
const fs = require("node:fs");
const WebSocket = require("ws");

const CHANGES = 5;
// No honest answer takes this long.
const LONG_MS = 20_000;

async function connect(url) {
  const client = new WebSocket(url);
  assert.match(client._req.getHeader("Sec-WebSocket-Extensions"), /permessage-deflate/);
  await once(client, "open");
  assert.equal(client.extensions, "");
  return client;
}

async function answer(client, message) {
  client.send(message);
  const [data, isBinary] = await once(client, "message");
  assert.equal(isBinary, typeof message !== "string");
  return isBinary ? data : data.toString();
}

// Answers, a ping, and a close that this side begins.
async function talk(url) {
  const client = await connect(url);
  assert.equal(await answer(client, "hello"), "Server response: olleh");
  assert.equal(await answer(client, "añb😀"), "Server response: 😀bña");
  assert.equal(await answer(client, ""), "Server response: ");
  assert.deepEqual(await answer(client, Buffer.from([0, 1, 255])), Buffer.from([255, 1, 0]));
  const million = "0123456789".repeat(100_000);
  const reversed = "9876543210".repeat(100_000);
  assert.ok((await answer(client, million)) === "Server response: " + reversed, "1 MB");
  client.ping("still there?");
  const [pong] = await once(client, "pong");
  assert.equal(pong.toString(), "still there?");
  const start = performance.now();
  assert.equal(await answer(client, "x"), "Server response: x");
  const roundTrip = performance.now() - start;
  client.close(1000);
  const [code] = await once(client, "close");
  assert.equal(code, 1000);
  return roundTrip;
}

// Changes, each within its time.
async function hear(client, path) {
  const delays = [];
  for (let number = 0; number < CHANGES; number++) {
    const start = performance.now();
    fs.appendFileSync(path, `change ${number}\n`);
    const [notice] = await once(client, "message");
    assert.equal(notice.toString(), "File has been modified");
    delays.push(performance.now() - start);
  }
  client.on("message", (notice) => assert.fail(`a notice of no change: ${notice}`));
  return Math.max(...delays);
}

async function main(replyUrl, notifyUrl, path) {
  const roundTrip = await talk(replyUrl);
  const listener = await connect(notifyUrl);
  const delay = await hear(listener, path);
  const talker = await connect(replyUrl);
  const ends = [once(listener, "close"), once(talker, "close")];
  console.log("ready");
  for (const [code] of await Promise.all(ends)) assert.equal(code, 1001);
  const library = `ws-${require("ws/package.json").version}`;
  const [notify, reply] = [delay.toFixed(1), roundTrip.toFixed(2)];
  console.log(`library=${library} notify_ms=${notify} reply_ms=${reply}`);
}

setTimeout(() => assert.fail("no end after 20 s"), LONG_MS).unref();
main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
