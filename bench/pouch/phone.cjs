// Phones that hold a PouchDB in memory and replicate with a server, told what to do line by line:
// {"do": "open", "url"} begins with an empty phone, {"do": "put", "docs"} keeps documents on it, {"do": "sync"} brings
// and fetches. Each is answered with one line.
const PouchDB = require("pouchdb-core")
  .plugin(require("pouchdb-adapter-memory"))
  .plugin(require("pouchdb-adapter-http"))
  .plugin(require("pouchdb-replication"));

let phone, server;
let phones = 0;
const can = {
  async open({ url }) {
    phone = new PouchDB(`phone-${++phones}`, { adapter: "memory" });
    server = new PouchDB(url, { skip_setup: true });
    return {};
  },
  async put({ docs }) {
    await phone.bulkDocs(docs);
    return {};
  },
  async sync() {
    const { push, pull } = await phone.sync(server);
    const faults = [...push.errors, ...pull.errors].map(String);
    return { sent: push.docs_written, got: pull.docs_written, faults, holds: (await phone.info()).doc_count };
  },
};

require("node:readline")
  .createInterface({ input: process.stdin })
  .on("line", async (line) => {
    const asked = JSON.parse(line);
    const said = await can[asked.do](asked).catch((fault) => ({ fault: String(fault) }));
    console.log(JSON.stringify(said));
  })
  .on("close", () => process.exit());
