"""Captum's integrated gradients and SHAP's exact values of the network that oracles.rs describes: JSON in, JSON out."""
import importlib.metadata
import json
import sys

import numpy
import shap
import torch
from captum.attr import IntegratedGradients

torch.set_num_threads(1)
question = json.load(sys.stdin)
model = question["model"]
inputs = torch.tensor(question["inputs"])
baseline = torch.tensor(question["baseline"])
groups = question["groups"]


def linear(layer, x):
    return x @ torch.tensor(layer["weight"]) + torch.tensor(layer["bias"])


def task(number, x):
    experts = torch.stack([linear(b, linear(a, x).relu()).relu() for a, b in model["experts"]], dim=1)
    gate = linear(model["gates"][number], x).softmax(-1)
    mixed = (experts * gate.unsqueeze(2)).sum(1)
    return linear(model["towers"][number], mixed).sigmoid().squeeze(1)


def gradients(number, steps, pieces=1):
    """Of each piece of the straight line by itself, summed: what Captum keeps for one call grows with the square of its steps."""
    method = IntegratedGradients(lambda x: task(number, x))
    at = [baseline + (inputs - baseline) * piece / pieces for piece in range(pieces + 1)]
    ends = zip(at, at[1:])
    return sum(method.attribute(end, baselines=start, n_steps=steps, method="gausslegendre") for start, end in ends).tolist()


def exact(number, sets):
    """SHAP sees which sets are there (1) or away (0), and the model turns that into features."""

    def of(x):
        def score(there):
            rows = baseline.repeat(len(there), 1)
            for place, members in enumerate(sets):
                here = torch.tensor(there[:, place] > 0.5)
                for member in members:
                    rows[here, member] = x[member]
            with torch.no_grad():
                return task(number, rows).double().numpy()

        explainer = shap.explainers.Exact(score, shap.maskers.Independent(numpy.zeros((1, len(sets)))))
        return explainer(numpy.ones((1, len(sets)))).values[0].tolist()

    return [of(x) for x in inputs]


single = [[feature] for feature in range(len(question["baseline"]))]
tasks = range(len(model["towers"]))
versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("captum", "shap", "torch"))
json.dump(
    {
        "versions": versions,
        "gradients": [gradients(number, question["steps"]) for number in tasks],
        "finer": [gradients(number, 2 * question["steps"], 200) for number in tasks],
        "shapley": [exact(number, single) for number in tasks],
        "grouped": [exact(number, groups) for number in tasks],
    },
    sys.stdout,
)
