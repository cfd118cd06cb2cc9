import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DataError, Type, defineSource } from 'pipe/stage';

/** Text files called SPEAKER-LABEL-NUMBER.txt. */
export default defineSource({
  name: 'letters',
  description: 'Text files of made-up speakers',
  kind: 'source',
  params: Type.Object({ root: Type.String() }),
  outputs: { text: 'file' },
  roles: { unit: 'id', cluster: 'speaker', label: 'label' },
  list({ root }) {
    const names = readdirSync(root).filter((name) => name.endsWith('.txt'));
    const bad = names.filter((name) => name.split('-').length !== 3);
    if (bad.length > 0) throw new DataError('misnamed-file', `not SPEAKER-LABEL-NUMBER.txt: ${bad.join(', ')}`);
    const items = names.map((name) => {
      const [speaker = '', label = ''] = name.split('-');
      return { columns: { id: name, speaker, label }, files: { text: join(root, name) } };
    });
    return Promise.resolve(items);
  },
});
