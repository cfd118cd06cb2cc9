import { Type, type Columns, type SourceItem, type Static } from '../../../src/stage/index.ts';
import { emptyCorpus, requireContract, type Findings } from './contract.ts';
import { listAudio, type AudioFile } from './list-audio.ts';

/** An utterance as the corpus's authors published it. */
export type PublishedUtterance = Columns & {
  /** The corpus's own name of the utterance, the same for every layout and file format. */
  readonly id: string;
  readonly speaker: string;
  readonly label: string;
  readonly sentence: string;
};

/** A corpus of which every file's name is known. */
export interface PublishedCorpus {
  readonly title: string;
  readonly utterances: readonly PublishedUtterance[];
  /** The layouts that are read, for advice. */
  readonly layout: string;
  /** Whether files may lie in this folder below the root. */
  enters(folder: string): boolean;
  /** The id of the utterance that a file holds, going by its name and folder; may be an id that does not exist. */
  identify(file: AudioFile): string;
  /** Whether a file that is no utterance of the corpus may lie there all the same. */
  passesOver?(file: AudioFile): boolean;
}

const expectation = Type.Union(
  [
    Type.Literal('published'),
    Type.Object(
      {
        utterances: Type.Integer({ minimum: 1 }),
        speakers: Type.Optional(Type.Integer({ minimum: 1 })),
      },
      { additionalProperties: false },
    ),
  ],
  {
    default: 'published',
    description:
      'What must be there: `published` is every utterance of the classes and speakers that the authors published; ' +
      '`{ utterances: 80, speakers: 5 }` accepts a part of the corpus of exactly this size.',
  },
);

/** The four emotions of the paper, in its order. */
const paperClasses = ['anger', 'sadness', 'happiness', 'neutral'];

/** The parameters that the readers of published corpora share. */
export function corpusParameters(emotions: readonly string[], speakers: readonly string[]) {
  return {
    root: Type.String({ minLength: 1, description: 'The folder of the corpus.' }),
    classes: Type.Array(Type.Union(emotions.map((emotion) => Type.Literal(emotion))), {
      default: paperClasses,
      minItems: 1,
      uniqueItems: true,
      description: 'The emotions to read, in the order of the classes; utterances of the others are left out.',
    }),
    speakers: Type.Optional(
      Type.Array(Type.Union(speakers.map((speaker) => Type.Literal(speaker))), {
        minItems: 1,
        uniqueItems: true,
        description: 'The speakers to read, as strings; all by default.',
      }),
    ),
    expect: expectation,
  };
}

export interface Selection {
  readonly root: string;
  readonly classes: readonly string[];
  readonly speakers?: readonly string[];
  readonly expect: Static<typeof expectation>;
}

/**
 * Lists the selected utterances of a published corpus, in the order of their ids by code unit.
 *
 * @param also a further condition, besides classes and speakers
 * @throws DataError naming every file that is missing, misnamed, strange or twice there
 */
export async function listCorpus(
  corpus: PublishedCorpus,
  selection: Selection,
  also: (utterance: PublishedUtterance) => boolean = () => true,
): Promise<SourceItem[]> {
  const { classes, speakers } = selection;
  const files = await listAudio(selection.root, (folder) => corpus.enters(folder));
  if (files.length === 0) throw emptyCorpus(corpus, selection.root);
  const known = new Map(corpus.utterances.map((utterance) => [utterance.id, utterance]));
  const wanted = corpus.utterances.filter(
    (utterance) =>
      classes.includes(utterance.label) && (speakers?.includes(utterance.speaker) ?? true) && also(utterance),
  );
  const findings = sortOut(corpus, files, known);
  requireContract(corpus.title, selection, wanted, findings);
  return wanted
    .flatMap((utterance) => {
      const file = findings.files.get(utterance.id)?.[0];
      return file ? [{ columns: utterance, files: { audio: file.path } }] : [];
    })
    .sort((a, b) => (a.columns.id < b.columns.id ? -1 : 1));
}

function sortOut(
  corpus: PublishedCorpus,
  files: readonly AudioFile[],
  known: ReadonlyMap<string, PublishedUtterance>,
): Findings {
  const found = new Map<string, AudioFile[]>();
  const strange: AudioFile[] = [];
  for (const file of files) {
    const id = corpus.identify(file);
    if (known.has(id)) found.set(id, [...(found.get(id) ?? []), file]);
    else if (corpus.passesOver?.(file) !== true) strange.push(file);
  }
  return { files: found, strange };
}
