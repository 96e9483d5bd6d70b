// Bundles the pages' scripts and styles: `node build.mjs OUT`. Driven by hatch_build.py.
//
// Every file is named by its content, so that browsers may keep it for ever; `manifest.json` tells which name
// belongs to which source. Beside each file lie its compressed forms, so that no request waits for a compressor.
import { build } from "esbuild";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const OUT = path.resolve(process.argv[2]);
const HERE = import.meta.dirname;
const SOURCES = path.join(HERE, "src");
const COMPRESSED = /\.(css|js|svg)$/;

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });

const made = await build({
  absWorkingDir: HERE,
  entryPoints: (await readdir(SOURCES))
    .filter((name) => /\.(css|js|svg|webp)$/.test(name))
    .map((name) => path.join(SOURCES, name)),
  outdir: OUT,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["chrome123", "firefox121", "safari17.5"],
  minify: true,
  metafile: true,
  legalComments: "none",
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".svg": "copy", ".webp": "copy", ".woff2": "file" },
  logLevel: "warning",
});

await writeManifest(made.metafile);
await writeLicences(made.metafile);
await compressAll();

/** What pages ask for by its plain name: entry points, and the fonts that they load ahead. */
async function writeManifest({ outputs }) {
  const names = {};
  for (const [output, { entryPoint, inputs }] of Object.entries(outputs)) {
    const source = entryPoint ?? Object.keys(inputs).find((input) => input.endsWith(".woff2"));
    if (source && !output.endsWith(".map")) names[path.basename(source)] = path.basename(output);
  }
  const sorted = Object.fromEntries(Object.entries(names).sort());
  await writeFile(path.join(OUT, "manifest.json"), JSON.stringify(sorted, null, 1) + "\n");
}

/** The licences of all packages that went into the bundles. */
async function writeLicences({ inputs }) {
  const packages = new Set();
  for (const input of Object.keys(inputs)) {
    const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/);
    if (found) packages.add(found[1]);
  }
  const texts = [];
  for (const name of [...packages].sort()) {
    const folder = path.join(HERE, "node_modules", name);
    const { license } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
    const text = file ? await readFile(path.join(folder, file), "utf8") : `Licence: ${license}\n`;
    texts.push(`${name}\n${"=".repeat(name.length)}\n${text}`);
  }
  await writeFile(path.join(OUT, "LICENCES.txt"), texts.join("\n\n"));
}

async function compressAll() {
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  for (const name of (await readdir(OUT)).filter((one) => COMPRESSED.test(one))) {
    const file = path.join(OUT, name);
    const bytes = await readFile(file);
    await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, brotli));
    await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }));
  }
}
