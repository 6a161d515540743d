"""The config file of `fit`: option names and kinds, each mistake with its line."""

from pathlib import Path

import pytest
from synthgen_cli.config import read_config, settled

from synthgen.errors import SynthgenError


def config(folder: Path, text: str) -> Path:
    path = folder / "fit.yaml"
    path.write_text(text)
    return path


def test_every_option_has_its_kind(tmp_path: Path) -> None:
    text = "schema: s.yaml\nepsilon: inf\ndelta: 1e-5\noutput: m.synthgen\neffort: high\nseed: 7\ndevice: cpu\n"
    assert read_config(config(tmp_path, f"{text}no-privacy: true\nforce: false\n")) == {
        "schema": Path("s.yaml"),
        "epsilon": float("inf"),
        "delta": 1e-5,
        "output": Path("m.synthgen"),
        "effort": "high",
        "seed": 7,
        "device": "cpu",
        "no_privacy": True,
        "force": False,
    }


def test_names_may_be_spelled_as_in_python(tmp_path: Path) -> None:
    assert read_config(config(tmp_path, "no_privacy: true\n")) == {"no_privacy": True}


def test_what_is_given_comes_first(tmp_path: Path) -> None:
    path = config(tmp_path, "epsilon: 1\nseed: 3\n")
    assert settled({"epsilon": 2.0, "seed": None, "delta": None}, path) == {"epsilon": 2.0, "seed": 3}
    assert settled({"epsilon": 2.0, "seed": None}, None) == {"epsilon": 2.0}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("epsilon: 1\nepsilom: 2\n", ["line 2", "did you mean 'epsilon'?"]),
        ("data: t.csv\n", ["line 1", "one of schema, epsilon"]),
        ("epsilon: 1\nepsilon: 2\n", ["line 2"]),
        ("epsilon: three\n", ["line 1", "a number, or inf", "'three'"]),
        ("epsilon: true\n", ["a number, or inf"]),
        ("seed: 1.5\n", ["a whole number"]),
        ("seed: [1]\n", ["a whole number"]),
        ("seed: -1\n", ["a whole number from 0"]),
        ("effort: some\n", ["quick or high"]),
        ("no-privacy: yes\n", ["true or false"]),
        ("schema: 3\n", ["a path"]),
        ("7: 3\n", ["line 1", "one of"]),
        ("- epsilon\n", ["a mapping of options", "a list"]),
        ("", ["a mapping of options", "nothing"]),
        ("epsilon: {\n", ["fit.yaml"]),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, said: list[str]) -> None:
    with pytest.raises(SynthgenError) as caught:
        read_config(config(tmp_path, text))
    assert all(words in str(caught.value) for words in said)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"x" * (2**20 + 1)])
def test_a_file_that_is_no_config_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "fit.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SynthgenError):
        read_config(path)
