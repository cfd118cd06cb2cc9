import { Type, defineStage } from 'pipe/stage';

export default defineStage({
  name: 'folds',
  description: 'Leave one speaker out',
  kind: 'reduce',
  params: Type.Object({}),
  columns: ['id', 'speaker'],
  inputs: { items: { items: null } },
  outputs: { folds: 'json' },
  run({ items }) {
    const idsOf = (wanted: (speaker: unknown) => boolean) =>
      items.filter(({ columns }) => wanted(columns['speaker'])).map(({ columns }) => String(columns['id']));
    const speakers = [...new Set(items.map(({ columns }) => String(columns['speaker'])))].sort();
    return {
      folds: speakers.map((name) => ({
        name,
        parts: { train: idsOf((speaker) => speaker !== name), test: idsOf((speaker) => speaker === name) },
      })),
    };
  },
});
