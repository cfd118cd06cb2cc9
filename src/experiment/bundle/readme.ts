import type { RunRecord } from '../run-record.ts';

/** What whoever finds the bundle must know; without times, so that equal runs give equal bytes. */
export function readmeText({ pipeline, run, environment }: RunRecord, artifacts: number): string {
  return `# ${pipeline}/${run}

A recorded run of the pipeline \`${pipeline}\`, written by \`pipe export\` (pipe ${environment.pipe}). \`pipe import FILE\` takes it in; then
\`pipe show\`, \`pipe compare\`, \`pipe reproduce\` and \`pipe predict\` work on it. It holds no data of a corpus.

| file | |
|---|---|
| \`manifest.json\` | SHA-256 and size of every other file |
| \`record/run.json\` | what was run, when, where, with which parameters and figures |
| \`record/pipeline.yaml\` | the pipeline as it was |
| \`record/tasks.jsonl\` | what made every result: code, parameters, inputs and outputs by SHA-256 |
| \`record/events.jsonl\` | the log |
| \`record/results.json\` | tables and figures of the last stages |
| \`record/predictions.jsonl\` | what was predicted for each unit, a line for each replicate |
| \`artifacts.json\` | which task gave which file of \`objects/\` (${artifacts} of them) |
| \`objects/SHA256\` | artifacts under the SHA-256 of their bytes: safetensors, .npy, .wav (32-bit float) or JSON, as \`extension\` says |

## In Python

\`\`\`python
import json, pathlib
import numpy as np                                 # pip install numpy safetensors
from safetensors import safe_open

for artifact in json.load(open("artifacts.json")):
    path = pathlib.Path("objects") / artifact["sha256"]
    print(artifact["task"], artifact["output"], artifact["extension"], artifact["size"])
    if artifact["extension"] == ".safetensors":
        with safe_open(path, framework="np") as file:
            print({name: file.get_tensor(name).shape for name in file.keys()}, file.metadata())
    elif artifact["extension"] == ".npy":
        print(np.load(path).shape)
    elif artifact["extension"] == ".json":
        print(json.load(open(path)))

predictions = pathlib.Path("record/predictions.jsonl")
if predictions.exists():
    for line in map(json.loads, open(predictions)):
        print(line["stage"], line["point"], line["classes"], line["predictions"][0])
\`\`\`

Weights of a network: the metadata of its tensors say how it is built.
`;
}
