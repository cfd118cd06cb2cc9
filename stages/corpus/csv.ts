import { join, posix, resolve } from 'node:path';
import { DataError, defineSource, Type, type SourceItem } from '../../src/stage/index.ts';
import { classesOfLabels, classNames, uncoveredLabels } from './csv/classes.ts';
import { missingFiles } from './csv/missing-files.ts';
import { readList, type ListRow } from './csv/read-list.ts';

const labels = Type.Array(Type.String({ minLength: 1 }), { minItems: 1, uniqueItems: true });

const params = Type.Object({
  root: Type.String({ minLength: 1, description: 'The folder that the paths of the list begin at.' }),
  list: Type.String({ default: 'list.csv', minLength: 1, description: 'The CSV file, below `root`.' }),
  classes: Type.Union([labels, Type.Record(Type.String(), labels, { minProperties: 1 })], {
    description: 'The labels to read, in the order of the classes; or for each class the labels that it covers.',
  }),
  ignore: Type.Array(Type.String({ minLength: 1 }), {
    default: [],
    uniqueItems: true,
    description: 'Labels whose utterances are left out. Any other label that no class covers is an error.',
  }),
  expect: Type.Optional(
    Type.Object(
      { utterances: Type.Integer({ minimum: 1 }), speakers: Type.Optional(Type.Integer({ minimum: 1 })) },
      { additionalProperties: false, description: 'How many utterances and speakers there must be.' },
    ),
  ),
});

/**
 * Utterances from a list: a CSV file with the columns `path,speaker,label[,sentence]`.
 *
 * The id of an utterance is its path below `root`, with forward slashes. All values are text: speaker `03` stays `03`.
 * Further columns are kept. `sentence` is null where the list does not say.
 *
 * Throws `DataError` naming every row at fault: a label that no class covers and `ignore` does not list, an empty field, a
 * path twice or outside the folder, a file that is not there.
 */
export default defineSource({
  name: 'corpus/csv',
  kind: 'source',
  description: 'Utterances from a CSV list: path,speaker,label[,sentence]',
  params,
  outputs: { audio: 'file' },
  roles: { unit: 'id', cluster: 'speaker', label: 'label', groups: ['sentence'] },
  async list({ root: given, list, classes, ignore, expect }) {
    const root = resolve(given);
    const file = join(root, list);
    const rows = (await readList(file)).filter(({ fields }) => !ignore.includes(fields.label ?? ''));
    const covered = classesOfLabels(classes);
    const faults = [...uncoveredLabels(rows, covered), ...(await faultsOfRows(root, rows))];
    const items = rows.flatMap((row) => itemOf(root, row, covered) ?? []);
    requireSound(file, [...faults, ...faultsOfWhole(items, classNames(classes), expect)]);
    return items.sort((a, b) => (a.columns.id < b.columns.id ? -1 : 1));
  },
});

function itemOf(root: string, { fields }: ListRow, covered: ReadonlyMap<string, string>): SourceItem | undefined {
  const { path = '', label = '', sentence = '', ...others } = fields;
  const name = covered.get(label);
  if (name === undefined) return undefined;
  const id = tidy(path);
  const columns = { ...others, id, label: name, sentence: sentence === '' ? null : sentence };
  return { columns, files: { audio: join(root, id) } };
}

async function faultsOfRows(root: string, rows: readonly ListRow[]): Promise<string[]> {
  const lines = new Map<string, number>();
  const faults: string[] = [];
  for (const { line, fields } of rows) {
    const empty = ['path', 'speaker', 'label'].filter((column) => fields[column] === '');
    faults.push(...empty.map((column) => `line ${line} has no ${column}`));
    if (!fields.path) continue;
    const path = tidy(fields.path);
    const before = lines.get(path);
    if (before !== undefined) faults.push(`${path} is there twice (lines ${before} and ${line})`);
    else if (posix.isAbsolute(path) || path.startsWith('..'))
      faults.push(`${path} is not below ${root} (line ${line})`);
    else lines.set(path, line);
  }
  const missing = await missingFiles(root, [...lines.keys()]);
  return [...faults, ...missing.map((path) => `there is no file ${path} (line ${lines.get(path)})`)];
}

/** Backslashes are those of a list made on Windows. */
function tidy(path: string): string {
  return posix.normalize(path.replaceAll('\\', '/'));
}

function faultsOfWhole(
  items: readonly SourceItem[],
  classes: readonly string[],
  expect: { readonly utterances: number; readonly speakers?: number } | undefined,
): string[] {
  const speakers = new Set(items.map(({ columns }) => columns.speaker)).size;
  const faults = classes
    .filter((name) => items.every(({ columns }) => columns.label !== name))
    .map((name) => `no utterance belongs to the class \`${name}\``);
  if (expect && expect.utterances !== items.length) {
    faults.push(`${items.length} utterances instead of the ${expect.utterances} that \`expect\` says`);
  }
  if (expect?.speakers !== undefined && expect.speakers !== speakers) {
    faults.push(`${speakers} speakers instead of the ${expect.speakers} that \`expect\` says`);
  }
  return faults;
}

function requireSound(file: string, faults: readonly string[]): void {
  if (faults.length === 0) return;
  throw new DataError('bad-list', [`${file}:`, ...faults].join('\n  '), {
    advice: 'Mend the list or the folder; labels that are not wanted go under `ignore`.',
  });
}
