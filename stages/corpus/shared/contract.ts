import { DataError } from '../../../src/stage/index.ts';
import type { AudioFile } from './list-audio.ts';
import type { PublishedCorpus, PublishedUtterance, Selection } from './published-corpus.ts';

/** More are no help: then it is another folder, or a large part is missing. */
const namesShown = 60;

/** What a corpus folder holds. */
export interface Findings {
  /** The files of each utterance that the authors published, by id. */
  readonly files: ReadonlyMap<string, readonly AudioFile[]>;
  /** Audio files that are none of the corpus. */
  readonly strange: readonly AudioFile[];
}

/**
 * Holds what was found against what the pipeline expects of the corpus.
 *
 * @param wanted the published utterances of the chosen classes and speakers
 * @throws DataError naming every file at fault, and how to accept a part of the corpus
 */
export function requireContract(
  title: string,
  { root, classes, speakers, expect }: Selection,
  wanted: readonly PublishedUtterance[],
  { files, strange }: Findings,
): void {
  const present = wanted.filter(({ id }) => files.has(id));
  const missing = expect === 'published' ? wanted.filter(({ id }) => !files.has(id)).map(({ id }) => id) : [];
  const twice = [...files.values()].filter((copies) => copies.length > 1);
  const faults = [
    ...named('missing', missing),
    ...named(
      'no file of the corpus, or misnamed',
      strange.map(({ relative }) => relative),
    ),
    ...named(
      'there more than once',
      twice.map((copies) => copies.map(({ relative }) => relative).join(' = ')),
    ),
    ...absent(
      'speaker',
      speakers ?? expectedSpeakers(expect, wanted),
      present.map(({ speaker }) => speaker),
    ),
    ...absent(
      'class',
      classes,
      present.map(({ label }) => label),
    ),
    ...miscounted(expect, present),
  ];
  if (faults.length === 0) return;
  throw new DataError('corpus-contract', [`${title} in ${root} is not as expected:`, ...faults].join('\n  '), {
    advice: adviceOn(missing, present),
  });
}

export function emptyCorpus({ title, layout }: PublishedCorpus, root: string): DataError {
  return new DataError('empty-corpus', `${root} has no WAV or FLAC file where ${title} would have them`, {
    advice: `Give the folder of ${title}: ${layout}.`,
  });
}

function named(fault: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const rest = names.length - namesShown;
  return [`${fault} (${names.length}): ${names.slice(0, namesShown).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`];
}

/** A part of a corpus need not have every speaker, the whole must. */
function expectedSpeakers(expect: Selection['expect'], wanted: readonly PublishedUtterance[]): string[] {
  return expect === 'published' ? [...new Set(wanted.map(({ speaker }) => speaker))] : [];
}

function absent(what: string, expected: readonly string[], present: readonly string[]): string[] {
  return expected.filter((name) => !present.includes(name)).map((name) => `${what} ${name} has no utterance`);
}

function miscounted(expect: Selection['expect'], present: readonly PublishedUtterance[]): string[] {
  if (expect === 'published') return [];
  const speakers = new Set(present.map(({ speaker }) => speaker)).size;
  return [
    ...(present.length === expect.utterances
      ? []
      : [`${present.length} utterances instead of the ${expect.utterances} that \`expect\` says (${counts(present)})`]),
    ...(expect.speakers === undefined || expect.speakers === speakers
      ? []
      : [`${speakers} speakers instead of the ${expect.speakers} that \`expect\` says (${counts(present)})`]),
  ];
}

function counts(present: readonly PublishedUtterance[]): string {
  const bySpeaker = new Map<string, number>();
  for (const { speaker } of present) bySpeaker.set(speaker, (bySpeaker.get(speaker) ?? 0) + 1);
  return [...bySpeaker].map(([speaker, count]) => `${speaker}: ${count}`).join(', ');
}

function adviceOn(missing: readonly string[], present: readonly PublishedUtterance[]): string {
  const mend = 'Mend the folder: results on other files are not results on this corpus.';
  if (missing.length === 0 || present.length === 0) return mend;
  const speakers = new Set(present.map(({ speaker }) => speaker)).size;
  return (
    `${mend} To use the part that is there on purpose, say so: ` +
    `\`expect: { utterances: ${present.length}, speakers: ${speakers} }\`.`
  );
}
