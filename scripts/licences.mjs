import { readdir, readFile } from 'node:fs/promises';

/** The licences of the packages that the files at `paths` belong to, as they have to be passed on. */
export async function licencesOf(paths, root) {
  const folders = new Set(
    [...paths].flatMap((path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []),
  );
  const texts = [];
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
    const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
    if (!file) throw new Error(`${folder.slice(root.length)} has no licence file`);
    texts.push(`${name} ${version}, ${license}\n\n${(await readFile(`${folder}/${file}`, 'utf8')).trim()}\n`);
  }
  return `Parts of these packages are in the files of this folder.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
