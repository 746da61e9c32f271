// A whole Bluesky network in one process: usage: node bluesky_network.cjs PDS_PORT PLC_PORT APPVIEW_PORT OZONE_PORT
const net = require("net");

// dev-env listens on every address of the machine; a test must not.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...told) {
  const [first] = told;
  if (typeof first === "number" || (typeof first === "string" && /^\d+$/.test(first))) {
    if (typeof told[1] !== "string") told.splice(1, 0, "127.0.0.1");
  } else if (first && typeof first === "object" && first.port !== undefined && !first.host) {
    told[0] = { ...first, host: "127.0.0.1" };
  }
  return listen.apply(this, told);
};

const { TestNetwork } = require("@atproto/dev-env");
const [pds, plc, appview, ozone] = process.argv.slice(2).map(Number);

TestNetwork.create({
  pds: { port: pds, hostname: "localhost", enableDidDocWithSession: true, rateLimitsEnabled: true },
  plc: { port: plc },
  bsky: { dbPostgresSchema: "bsky", port: appview, publicUrl: `http://localhost:${appview}` },
  ozone: { port: ozone },
})
  .then((network) => {
    console.log(`NETWORK-UP ${network.pds.url}`);
    const stop = async () => {
      await network.close().catch(() => undefined);
      process.exit(0);
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
    setInterval(() => undefined, 1e6);
  })
  .catch((error) => {
    console.error("NETWORK-FAILED", error);
    process.exit(1);
  });
