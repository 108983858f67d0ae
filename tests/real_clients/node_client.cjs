// One client for each endpoint, written with the library `ws`.
//
// usage: node_client.cjs REPLY_URL NOTIFY_URL WATCHED_FILE
//
// Prints `ready` when only the end of the server is left to check, waits for it, and prints one line
// `NAME=VALUE ...` with what was measured. A failed check ends it with a stack trace.
// CommonJS, because `import` ignores NODE_PATH.

const assert = require("node:assert/strict");
const { once } = require("node:events");
const fs = require("node:fs");
const WebSocket = require("ws");

const CHANGES = 5;
// No correct reply takes this long.
const LONG_MS = 20_000;

async function connect(url) {
  const client = new WebSocket(url);
  assert.match(client._req.getHeader("Sec-WebSocket-Extensions"), /permessage-deflate/);
  await once(client, "open");
  assert.equal(client.extensions, "");
  return client;
}

async function replyTo(client, message) {
  client.send(message);
  const [data, isBinary] = await once(client, "message");
  assert.equal(isBinary, typeof message !== "string");
  return isBinary ? data : data.toString();
}

// Replies, a ping, and a close that this side begins.
async function converse(url) {
  const client = await connect(url);
  assert.equal(await replyTo(client, "hello"), "Server response: olleh");
  assert.equal(await replyTo(client, "añb😀"), "Server response: 😀bña");
  assert.equal(await replyTo(client, ""), "Server response: ");
  assert.deepEqual(await replyTo(client, Buffer.from([0, 1, 255])), Buffer.from([255, 1, 0]));
  const million = "0123456789".repeat(100_000);
  const reversed = "9876543210".repeat(100_000);
  assert.ok((await replyTo(client, million)) === "Server response: " + reversed, "1 MB");
  client.ping("still there?");
  const [pong] = await once(client, "pong");
  assert.equal(pong.toString(), "still there?");
  const start = performance.now();
  assert.equal(await replyTo(client, "x"), "Server response: x");
  const roundTrip = performance.now() - start;
  client.close(1000);
  const [code] = await once(client, "close");
  assert.equal(code, 1000);
  return roundTrip;
}

// Makes changes and returns the longest delay of a notice.
async function receiveNotices(client, path) {
  const delays = [];
  for (let number = 0; number < CHANGES; number++) {
    const start = performance.now();
    fs.appendFileSync(path, `change ${number}\n`);
    const [notice] = await once(client, "message");
    assert.equal(notice.toString(), "File has been modified");
    delays.push(performance.now() - start);
  }
  client.on("message", (notice) => assert.fail(`a notice without a change: ${notice}`));
  return Math.max(...delays);
}

async function main(replyUrl, notifyUrl, path) {
  const roundTrip = await converse(replyUrl);
  const listener = await connect(notifyUrl);
  const delay = await receiveNotices(listener, path);
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
