import { Ajv } from 'ajv';
import {
  randomStream,
  type Columns,
  type Engine,
  type ItemRow,
  type MatrixPoint,
  type StageContext,
  type Static,
} from '../../src/stage/index.ts';
import type { TObject } from '@sinclair/typebox';

/** The parameters that a pipeline's `with` gives a stage: checked, with defaults filled in. */
export function parameters<P extends TObject>(
  stage: { readonly params: P },
  given: Record<string, unknown>,
): Static<P> {
  const value = structuredClone(given);
  const ajv = new Ajv({ useDefaults: true, allErrors: true });
  const validate = ajv.compile(stage.params);
  if (!validate(value)) throw new Error(ajv.errorsText(validate.errors));
  return value;
}

export interface Rig extends StageContext {
  readonly logs: string[];
  readonly figures: Record<string, number>[];
  /** The last checkpoint. */
  saved: Uint8Array | undefined;
}

/** A context as the framework gives one, that records what the stage does with it. */
export function stageContext(
  options: {
    readonly seed?: number;
    readonly engine?: Engine;
    readonly saved?: Uint8Array;
    readonly signal?: AbortSignal;
  } = {},
): Rig {
  const rig: Rig = {
    logs: [],
    figures: [],
    saved: options.saved,
    random: (name) => randomStream(`${options.seed ?? 0} ${name}`),
    log: (message) => rig.logs.push(message),
    progress: (figures) => rig.figures.push({ ...figures }),
    get engine() {
      if (!options.engine) throw new Error('no engine was declared');
      return options.engine;
    },
    signal: options.signal ?? new AbortController().signal,
    asset: () => Promise.reject(new Error('no assets')),
    checkpoint: {
      load: () => Promise.resolve(rig.saved),
      save: (state) => {
        rig.saved = state.slice();
        return Promise.resolve();
      },
    },
  };
  return rig;
}

/** An item as a reduce stage sees it. */
export function itemRow<S>(
  columns: Columns,
  value: S,
  membership: { readonly part?: string; readonly rows?: readonly number[] } = {},
) {
  return { columns, part: membership.part, rows: membership.rows, read: () => Promise.resolve(value) } as const;
}

/** An item of which only the columns may be seen. */
export function columnsRow(columns: Columns): ItemRow<null> {
  return { columns, part: undefined, rows: undefined, read: () => Promise.resolve(undefined) };
}

/** A value of an upstream stage at a point of its matrix. */
export function eachEntry<V>(point: MatrixPoint, value: V) {
  return { point, read: () => Promise.resolve(value) } as const;
}
