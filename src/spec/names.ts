/** Names of pipelines, stages, data folders, parameters and matrix axes. */
export const namePattern = '^[a-z][a-zA-Z0-9_-]*$';

export const nameRule = 'A name starts with a small letter, then letters, digits, `_` and `-`';

/** What references begin with. */
export const namespaces: readonly string[] = ['params', 'data', 'matrix'];

/** No stage may have such a name: references to its outputs would be others. */
export const reservedNames: readonly string[] = [...namespaces, 'inputs', 'outputs', 'code'];
