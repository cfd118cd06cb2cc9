/** The borders of docs/architecture.md. */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'stages-import-the-stage-contract-alone',
      comment: 'A stage type gets everything else through its context.',
      severity: 'error',
      from: { path: '^stages/' },
      to: { path: '^(src|test|scripts|bench)/', pathNot: '^src/stage/index\\.ts$' },
    },
    {
      name: 'the-framework-knows-no-stage',
      comment: 'Stage types are loaded by name.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(stages|test|scripts|bench)/' },
    },
    {
      name: 'lower-rooms-know-no-higher-ones',
      severity: 'error',
      from: { path: '^src/(store|spec|stage|engine)/' },
      to: { path: '^src/(cli|dashboard|report|experiment|run|plan)/' },
    },
    {
      name: 'the-contract-stands-alone',
      severity: 'error',
      from: { path: '^src/stage/' },
      to: { path: '^src/(?!stage/)' },
    },
    {
      name: 'plan-does-not-run',
      severity: 'error',
      from: { path: '^src/plan/' },
      // A job is plain data: what plan gives to run.
      to: { path: '^src/(cli|dashboard|report|experiment|run)/', pathNot: '^src/run/(job|events)\\.ts$' },
    },
    {
      name: 'run-shows-nothing',
      severity: 'error',
      from: { path: '^src/(run|experiment)/' },
      to: { path: '^src/(cli|dashboard|report)/' },
    },
    {
      name: 'dashboard-reads-events-and-records',
      severity: 'error',
      from: { path: '^src/dashboard/' },
      to: {
        path: '^src/',
        pathNot:
          '^src/(dashboard|experiment)/|^src/run/events\\.ts$|^src/sweep/(events|read-sweep|sweep-record|search/space)\\.ts$|^src/plan/task-title\\.ts$|^src/store/process-start\\.ts$',
      },
    },
    {
      name: 'statistics-know-nothing-of-us',
      comment: 'Formulas, to be held to others.',
      severity: 'error',
      from: { path: '^src/statistics/' },
      to: { path: '^(src/(?!statistics/)|stages|test|scripts|bench)' },
    },
    {
      name: 'nothing-undeclared',
      severity: 'error',
      from: { path: '^(src|stages)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    { name: 'nothing-missing', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(assembly|build)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
};
