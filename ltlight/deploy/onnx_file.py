"""ONNX files: written from an exported program, quantised, run by ONNX Runtime.

`onnx`, `onnxscript` and `onnxruntime` are the extra ``export``.
"""

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ltlight.deploy.graph import OUTPUTS
from ltlight.errors import UserError

QUANTISED = ["Conv", "Gemm", "MatMul"]  # the rest costs little and loses much


def refuse_without_onnx() -> None:
    """Let pass an installation that has all three.

    Raises:
        UserError: naming the one that is missing.
    """
    for name in ("onnx", "onnxscript", "onnxruntime"):
        try:
            import_module(name)
        except ImportError as e:
            raise UserError(
                f"--to onnx needs {name}: pip install 'ltlight[export]' (in a checkout, "
                "pip install --editable '.[export]'), or take --to torch"
            ) from e


def write_onnx(program: torch.export.ExportedProgram, file: Path, about: dict[str, Any]) -> None:
    """Write a program as one ONNX file, its weights inside.

    Args:
        program: see `graph.exported_program`.
        file: where to.
        about: see `annotate`.
    """
    with _quietly():
        written = torch.onnx.export(
            program,
            dynamo=True,
            input_names=["images"],
            output_names=list(OUTPUTS),
            external_data=False,
            verbose=False,
        )
        assert written is not None
        written.save(file, external_data=False)
    annotate(file, about)


def annotate(file: Path, about: dict[str, Any]) -> None:
    """Put metadata into a file: texts as they are, all else as JSON; and name the batch's axis."""
    import onnx

    model = onnx.load(file)
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in about.items()}
    onnx.helper.set_model_props(model, texts)
    for tensor in (*model.graph.input, *model.graph.output):
        tensor.type.tensor_type.shape.dim[0].dim_param = "batch"
    model.producer_name = "ltlight"
    onnx.checker.check_model(model)
    onnx.save(model, file)


def quantise(file: Path, target: Path, images: np.ndarray) -> None:
    """Write an ONNX file with weights and activations of 8 bits.

    Static quantisation, weights by channel: the ranges of the activations are those that training
    pictures reach.

    Args:
        file: of float32.
        target: where to.
        images: training pictures uint8 [K, 3, S, S].
    """
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static

    class Pictures(CalibrationDataReader):
        def __init__(self) -> None:
            self.rest: Iterator[np.ndarray] = iter(images[:, None])

        def get_next(self) -> dict[str, np.ndarray] | None:
            found = next(self.rest, None)
            return None if found is None else {"images": found}

    with _quietly():
        quantize_static(
            file,
            target,
            Pictures(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            op_types_to_quantize=QUANTISED,
        )


class OnnxRun:
    """An ONNX file in ONNX Runtime, on the CPU."""

    def __init__(self, file: Path, threads: int) -> None:
        """Load it.

        Args:
            file: to run.
            threads: to compute on; 0: all.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3  # errors
        self.session = onnxruntime.InferenceSession(
            file, options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Images uint8 [B, 3, S, S] to probabilities float32 [B, C]."""
        found: np.ndarray = self.session.run([OUTPUTS[0]], {"images": images})[0]
        return found


@contextmanager
def _quietly() -> Iterator[None]:
    """Without what these packages say of their own insides."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
