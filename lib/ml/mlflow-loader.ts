/**
 * The Python module that goes along with a saved model and that `mlflow.pyfunc.load_model` loads it by. MLflow's own for
 * ONNX hands columns to ONNX Runtime as they are, which refuses the texts of pandas 3 and gaps in texts.
 */
export const LOADER_MODULE = 'millrace_onnx';

export const LOADER_SOURCE = `"""Scores a data frame with model.onnx: one column in for each input, one column out for each output."""

import numpy as np
import onnxruntime
import pandas as pd

_NUMBERS = {"tensor(float)": np.float32, "tensor(int64)": np.int64}


class _Model:
    def __init__(self, path):
        self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def predict(self, data, params=None):
        frame = pd.DataFrame(data)
        feeds = {}
        for node in self._session.get_inputs():
            column = frame[node.name]
            if node.type in _NUMBERS:
                values = column.to_numpy(dtype=_NUMBERS[node.type])
            else:
                values = column.astype(object).where(column.notna(), "").to_numpy(dtype=object)
            feeds[node.name] = values.reshape(-1, 1) if len(node.shape) == 2 else values
        names = [node.name for node in self._session.get_outputs()]
        outputs = self._session.run(names, feeds)
        return pd.DataFrame({name: np.asarray(values).reshape(-1) for name, values in zip(names, outputs)}, index=frame.index)


def _load_pyfunc(path):
    return _Model(path)
`;
