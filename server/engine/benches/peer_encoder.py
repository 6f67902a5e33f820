"""Times sentence-transformers for encoder.rs: one JSON request a line in, one answer a line out.

Arguments: folder of the model, number of threads. The clock runs here, around `encode` only, so
that neither the pipe nor JSON counts against it.
"""

import json
import os
import sys
import time

folder, threads = sys.argv[1], sys.argv[2]
os.environ.update(OMP_NUM_THREADS=threads, HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="true")

import sentence_transformers
import torch

torch.set_num_threads(int(threads))
model = sentence_transformers.SentenceTransformer(folder, device="cpu")


def encode(texts):
    return model.encode(texts, batch_size=32, normalize_embeddings=True, show_progress_bar=False)


def answer(value):
    print(json.dumps(value), flush=True)


versions = f"sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}"
answer(f"{versions}, {torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}")
for line in sys.stdin:
    request = json.loads(line)
    if "vectors" in request:
        answer(encode(request["vectors"]).tolist())
        continue
    seconds = []
    for texts in request["calls"]:
        start = time.perf_counter()
        encode(texts)
        seconds.append(time.perf_counter() - start)
    answer(seconds)
