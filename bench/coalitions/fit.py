"""Small linear models: logistic regression with an L2 penalty, fitted on standardised columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]

Floats = NDArray[np.float64]


class Linear(Struct):
    """Weights on standardised columns."""

    center: Floats
    scale: Floats
    weights: Floats
    offset: float

    def __call__(self, rows: Floats) -> Floats:
        """Return the log-odds of each row."""
        found: Floats = (rows - self.center) / self.scale @ self.weights + self.offset
        return found


def logistic(rows: Floats, labels: Floats, penalty: float = 1.0) -> Linear:
    """Fit by Newton's method; `penalty` counts against the sum of squared weights, halved."""
    center, scale = rows.mean(axis=0), rows.std(axis=0)
    scale = np.where(scale > 1e-12, scale, 1.0)
    x = np.column_stack([(rows - center) / scale, np.ones(len(rows))])
    ridge = np.full(x.shape[1], penalty)
    ridge[-1] = 1e-9
    w = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        slope = x.T @ (labels - p) - ridge * w
        bend = (x * (p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        w += step
        if np.abs(step).max() < 1e-9:
            break
    return Linear(center, scale, w[:-1], float(w[-1]))


def sparse_logistic(rows: Any, labels: Floats, penalty: float) -> tuple[Floats, float]:
    """Fit on a scipy sparse matrix of many columns; return weights and offset."""
    used = np.flatnonzero(rows.getnnz(axis=0))
    weights, rows = np.zeros(rows.shape[1]), rows[:, used]

    def loss(w: Floats) -> tuple[float, Floats]:
        z = rows @ w[:-1] + w[-1]
        p = 1 / (1 + np.exp(-np.clip(z, -30, 30)))
        value = np.logaddexp(0, z).sum() - labels @ z + penalty * (w[:-1] @ w[:-1]) / 2
        slope = np.append(rows.T @ (p - labels) + penalty * w[:-1], (p - labels).sum())
        return float(value), slope

    found = minimize(loss, np.zeros(len(used) + 1), jac=True, method="L-BFGS-B",
                     options={"maxiter": 40})  # fmt: skip
    weights[used] = found.x[:-1]
    return weights, float(found.x[-1])
