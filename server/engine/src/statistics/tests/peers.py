"""Makes peers.json, which the tests of this module compare with:

pip install scipy==1.16.3 statsmodels==0.14.5
python server/engine/src/statistics/tests/peers.py > server/engine/src/statistics/tests/peers.json
"""

import json
import math
import sys

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest

z = stats.norm.isf(0.025)


def shares(k1, n1, k2, n2):
    low, high = confint_proportions_2indep(k2, n2, k1, n1, method="newcomb", compare="diff")
    _, p = proportions_ztest([k2, k1], [n2, n1])
    return {"counts": [k1, n1, k2, n2], "wilson": list(proportion_confint(k1, n1, method="wilson")), "interval": [low, high], "p": p}


def means(first, second):
    test = stats.ttest_ind(second, first, equal_var=False)
    interval = test.confidence_interval(0.95)
    return {"first": first, "second": second, "interval": [interval.low, interval.high], "p": test.pvalue}


def power(p1, p2, n1, n2):
    """Fleiss, Levin and Paik, section 4.5, with SciPy's normal distribution."""
    pooled = (p1 * n1 + p2 * n2) / (n1 + n2)
    none = math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    some = math.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
    value = stats.norm.sf((z * none - (p2 - p1)) / some) + stats.norm.cdf((-z * none - (p2 - p1)) / some)
    return {"shares": [p1, p2], "n": [n1, n2], "power": value}


random = np.random.default_rng(1)
p_values = [0.01, 0.04, 0.03, 0.005, 0.5]
pairs = random.normal(0.02, 0.1, 200).round(6).tolist()
bootstrap = stats.bootstrap((pairs,), np.mean, method="percentile", n_resamples=100_000, rng=1).confidence_interval
json.dump(
    {
        "shares": [
            shares(120, 1_000, 150, 1_000),
            shares(5_130, 50_211, 5_402, 49_790),
            shares(3, 40, 0, 35),
            shares(56, 70, 48, 80),
            shares(1_000, 100_000, 1_001, 100_000),
        ],
        "means": [
            means(random.exponential(20, 30).round(6).tolist(), random.exponential(30, 25).round(6).tolist()),
            means(random.normal(5, 1, 12).round(6).tolist(), random.normal(5, 9, 80).round(6).tolist()),
            means([1.0, 2.0], [4.0, 4.5, 7.0]),
        ],
        "ratio": [
            {"counts": [first, second], "share": share, "p": stats.chisquare([first, second], [(first + second) * share, (first + second) * (1 - share)]).pvalue}
            for first, second, share in [(50_211, 49_790, 0.5), (821_588, 815_482, 0.5), (90, 20, 0.8), (500, 500, 0.5)]
        ],
        "power": [power(0.1, 0.11, 5_000, 5_000), power(0.1, 0.11, 20_000, 10_000), power(0.02, 0.018, 30_000, 30_000), power(0.5, 0.5, 100, 100)],
        "holm": {"p": p_values, "adjusted": multipletests(p_values, method="holm")[1].tolist()},
        "bootstrap": {"values": pairs, "interval": [bootstrap.low, bootstrap.high]},
        "tails": [
            {"normal": x, "tail": stats.norm.sf(x)} for x in (-3.0, -0.5, 0.0, 0.1, 1.96, 5.0, 8.0)
        ]
        + [{"student": [x, df], "tail": stats.t.sf(x, df)} for x in (-2.0, 0.3, 2.5, 12.0) for df in (1.0, 2.7, 30.0, 4_000.0)]
        + [{"square": [x, df], "tail": stats.chi2.sf(x, df)} for x in (0.02, 1.0, 3.84, 40.0) for df in (1.0, 4.0)],
    },
    sys.stdout,
    indent=1,
)
print()
