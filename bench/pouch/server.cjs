// PouchDB's own server, everything in memory: node server.cjs PORT. A line on its input is answered with the
// microseconds of CPU that it spent so far.
const express = require("express");
const PouchDB = require("pouchdb-core")
  .plugin(require("pouchdb-adapter-memory"))
  .plugin(require("pouchdb-mapreduce"))
  .plugin(require("pouchdb-replication"));

const app = express();
app.use("/", require("express-pouchdb")(PouchDB.defaults({ adapter: "memory" }), { mode: "minimumForPouchDB" }));
app.listen(Number(process.argv[2]), "127.0.0.1", () => console.log("{}"));
require("node:readline")
  .createInterface({ input: process.stdin })
  .on("line", () => {
    const { user, system } = process.cpuUsage();
    console.log(JSON.stringify({ cpu: user + system }));
  })
  .on("close", () => process.exit());
