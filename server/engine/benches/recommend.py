"""The peer of benches/recommend.rs: the item-item ridge in NumPy, the sequence model in PyTorch. A JSON question a line, a JSON answer a line."""
import json
import sys
import time

import numpy as np


def moments(histories, items, past, future):
    gram = np.zeros((items, items), dtype=np.float32)
    cross = np.zeros((items, items), dtype=np.float32)
    known = {}
    for history in histories:
        n = len(history)
        if n not in known:
            # What each pair of places gives, summed over the prefixes.
            g = np.zeros((n - 1, n - 1), dtype=np.float32)
            c = np.zeros((n, n), dtype=np.float32)
            for end in range(n - 1):
                x = past ** np.arange(end, -1, -1.0)
                y = future ** np.arange(0, n - end - 1.0)
                g[: end + 1, : end + 1] += np.outer(x, x)
                c[: end + 1, end + 1 :] += np.outer(x, y)
            known[n] = (g, c)
        g, c = known[n]
        h = np.asarray(history)
        p = h[:-1]
        np.add.at(gram, (p[:, None], p[None, :]), g)
        np.add.at(cross, (h[:, None], h[None, :]), c)
    return gram, cross


def linear(q):
    begin = time.perf_counter()
    gram, cross = moments(q["histories"], q["items"], q["past"], q["future"])
    gram[np.diag_indices(q["items"])] += q["ridge"]
    weights = np.linalg.solve(gram, cross)
    return {"seconds": time.perf_counter() - begin, "row": weights[0].tolist()}


def sequence(q):
    import torch
    from torch import nn

    torch.manual_seed(1)
    items, hidden, heads, window = q["items"], q["hidden"], q["heads"], q["window"]

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.n1, self.n2 = nn.LayerNorm(hidden, eps=1e-6), nn.LayerNorm(hidden, eps=1e-6)
            self.qkv, self.out = nn.Linear(hidden, 3 * hidden), nn.Linear(hidden, hidden)
            self.up, self.down = nn.Linear(hidden, 2 * hidden), nn.Linear(2 * hidden, hidden)
            self.drop = nn.Dropout(q["dropout"])

        def forward(self, x):
            b, n, h = x.shape
            qkv = self.qkv(self.n1(x)).reshape(b, n, 3, heads, h // heads).permute(2, 0, 3, 1, 4)
            seen = nn.functional.scaled_dot_product_attention(
                qkv[0], qkv[1], qkv[2], is_causal=True, dropout_p=q["dropout"]
            )
            x = x + self.drop(self.out(seen.transpose(1, 2).reshape(b, n, h)))
            return x + self.drop(self.down(torch.relu(self.up(self.n2(x)))))

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.items, self.places = nn.Embedding(items, hidden), nn.Embedding(window, hidden)
            self.blocks = nn.ModuleList(Block() for _ in range(q["blocks"]))
            self.norm, self.drop = nn.LayerNorm(hidden, eps=1e-6), nn.Dropout(q["dropout"])

        def forward(self, ids):
            x = self.drop(self.items(ids) + self.places.weight[: ids.shape[1]])
            for block in self.blocks:
                x = block(x)
            return self.norm(x)

    model = Model()
    adam = torch.optim.Adam(model.parameters(), lr=3e-3, betas=(0.9, 0.98))
    data = torch.tensor(q["histories"])
    times = []
    for begin in range(0, len(data), q["batch"]):
        batch = data[begin : begin + q["batch"]]
        start = time.perf_counter()
        states = model(batch[:, :-1]).reshape(-1, hidden)
        loss = nn.functional.cross_entropy(states @ model.items.weight.T, batch[:, 1:].reshape(-1))
        adam.zero_grad()
        loss.backward()
        adam.step()
        loss.item()
        times.append(time.perf_counter() - start)
    times = sorted(times[2:])
    return {"seconds": times[len(times) // 2]}


for line in sys.stdin:
    question = json.loads(line)
    if "threads" in question:
        try:
            import torch

            torch.set_num_threads(question["threads"])
            answer = {"name": f"numpy {np.__version__}, torch {torch.__version__}"}
        except ImportError:
            answer = {"name": f"numpy {np.__version__}, no torch"}
    else:
        answer = {"linear": linear, "sequence": sequence}[question["what"]](question)
    print(json.dumps(answer), flush=True)
