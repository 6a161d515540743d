"""The house rules that a syntax tree can show. Loosening one is a visible change of this file."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    path.relative_to(ROOT).as_posix() for folder in ("synthgen", "cli") for path in ROOT.glob(f"{folder}/**/*.py")
)

MOST_BODY_LINES = 50
MOST_MODULE_LINES = 400

NOISE_ROOM = "synthgen/privacy/"
"""Where noise is drawn that a guarantee rests on, from the operating system's entropy."""
ENTROPY = "synthgen/privacy/dpsgd/entropy.py"
"""Whose generators of torch begin in a state from the operating system; the only ones that may draw in that room."""
SEEDED = {
    "synthgen/engine/fitting.py",  # initialises the network
    "synthgen/engine/network.py",  # initialises the network
    "synthgen/engine/critic.py",  # initialises the critic
    "synthgen/engine/fakes.py",  # draws fakes
    "synthgen/engine/evidence.py",  # splits noisy tables in two, after they were paid for
    "synthgen/engine/openly.py",  # draws fakes beside rows that are open because privacy was given up
    "synthgen/engine/teacher.py",  # shuffles rows that are open because privacy was given up
    "synthgen/sample/draw.py",  # samples rows
    "synthgen/sample/balance.py",  # samples rows
    "synthgen/sample/scenario/changes.py",  # values that a scenario sets
    "synthgen/drift/batch.py",  # picks rows of persons who have more than the bound
    "synthgen/evaluate/inputs.py",  # resamples rows, trains learners: what is found is internal, or of synthetic rows
}
"""Where numbers are drawn from a user's seed: initialisation and sampling, after the privacy is paid for."""
RANDOM = {
    *("normal", "standard_normal", "laplace", "gumbel", "logistic", "standard_cauchy", "multivariate_normal"),
    *("randn", "randn_like", "rand", "rand_like", "normal_", "uniform_", "cauchy_", "log_normal_", "exponential_"),
    *("randint", "randperm", "bernoulli", "bernoulli_", "multinomial", "poisson", "dropout", "set_state"),
    *("gauss", "normalvariate", "default_rng", "manual_seed", "seed", "RandomState"),
    *("make_gaussian", "make_laplace", "make_geometric", "make_noise", "make_canonical_noise"),
    *("then_gaussian", "then_laplace", "then_geometric", "then_noise", "then_canonical_noise"),
}
REHEARSED = {"synthgen/audit/replays.py"}
"""Whose fits, of rows that are nobody's, hear noise that was recorded."""
ONLY_IN = {
    "opendp": {"synthgen/privacy/mechanisms.py"},
    "dp_accounting": {"synthgen/privacy/accounting.py", "synthgen/privacy/subsampling.py"},
    "opacus": {"synthgen/privacy/dpsgd/noise.py"},  # its optimizer adds the noise of DP-SGD
    "secrets": {
        "synthgen/privacy/bounding.py",
        "synthgen/privacy/selection.py",  # how many runs, and with which settings
        "synthgen/privacy/dpsgd/entropy.py",  # whole states of torch's generators: a seed would have 32 bits
        "synthgen/encode/enter.py",  # the key of a hash
        "synthgen/spending/spending.py",  # the key of a fingerprint
    },
    "random": set[str](),
    "sqlite3": {"synthgen/spending/store.py"},  # the ledger of a data set
    "faker": {"synthgen/identifiers/names.py"},  # its lists, never its draws
    "stdnum": {"synthgen/identifiers/forms.py"},
    "sdmetrics": {"synthgen/evaluate/fidelity/sdm.py"},
    "tensorboard": {"synthgen/curves/events.py"},  # an extra
    "optuna": {"synthgen/tune/free.py"},  # an extra
    "plotly": {"synthgen/evaluate/page/drawings.py"},  # its script alone, into the page
    "cryptography": {"synthgen/release/signing.py"},
    "mlflow": {"synthgen/release/tracker.py"},  # an extra
}

INSIDES = {
    *("_blocks", "_cells", "_hidden", "_noise", "_ones", "_pairs", "_per_unit", "_sizes", "_twos"),
    *("_table", "_histogram", "_owners", "_units", "_release", "_sums"),
}
"""What a private table keeps behind its door: exact counts, and the rows themselves."""

SHELLS = {
    "synthgen/schema/jsonschema.py",
    "synthgen/sample/scenario/document.py",
    "synthgen/schema/yaml.py",
    "synthgen/exchange/files.py",  # reads and writes other tools' descriptions of tables
    "synthgen/tables/delimited.py",
    "synthgen/tables/write.py",
    "synthgen/model/archive.py",
    "synthgen/curves/write.py",  # the log of a fit
    "synthgen/release/policy.py",  # policies, in YAML
    "synthgen/release/jsonschema.py",
    "synthgen/release/audits.py",  # what an audit found
    "synthgen/release/look.py",  # the digest of rows that are drawn again
    "synthgen/release/lint/places.py",  # every file that would leave, whatever it is
    "synthgen/release/lint/lint.py",  # our own files, whose words are in every release
    "synthgen/spending/store.py",  # the ledger of a data set
    "synthgen/spending/witness.py",  # and what remembers its last row
    "synthgen/evaluate/files.py",  # reports
    "synthgen/release/signing.py",  # key files
    "synthgen/release/bundle.py",
    "synthgen/release/seal.py",  # manifests and signatures
    "synthgen/release/approve.py",
    "synthgen/release/verify/claims.py",  # the checksum of a model file
    "synthgen/release/zipped.py",
    "synthgen/release/files.py",  # reads bundles
    "synthgen/release/regulator/write.py",  # templates in, documents out
}
"""Modules of the library whose job is to touch files."""
FILES = {"open", "fdopen", "read_text", "write_text", "read_bytes", "write_bytes"}

UNSAFE_MODULES = {"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
UNSAFE_NAMES = {"eval", "exec", "compile", "__import__"}
UNSAFE_METHODS = {("torch", "load"), ("torch", "save"), ("np", "load"), ("np", "save"), ("pd", "read_pickle")}

Finding = tuple[int, str]
Rule = Callable[[str, ast.Module], Iterator[Finding]]


def calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str, str]]:
    """Every call, what it is called on (a name, or nothing) and its name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node, "", node.func.id
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, node.func.value.id if isinstance(node.func.value, ast.Name) else "?", node.func.attr


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Top-level names of every import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.lineno, (node.module or "").split(".")[0]


def only_the_noise_room_draws_noise(path: str, tree: ast.Module) -> Iterator[Finding]:
    for line, name in imported(tree):
        if name in ONLY_IN and path not in ONLY_IN[name]:
            yield line, f"imports {name}"
    if path.startswith(NOISE_ROOM):
        return
    for call, _, name in calls(tree):
        if name in RANDOM and path not in SEEDED:
            yield call.lineno, f"calls {name}"
        if name == "enter" and any(keyword.arg == "noise" for keyword in call.keywords):
            yield call.lineno, "brings its own noise"
        if path not in REHEARSED and any(keyword.arg == "rehearsal" for keyword in call.keywords):
            yield call.lineno, "brings its own noise"


def nobody_reaches_behind_the_door(path: str, tree: ast.Module) -> Iterator[Finding]:
    if path.startswith(NOISE_ROOM):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in INSIDES:
            yield node.lineno, f"touches {node.attr}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "PrivateTable":
            yield node.lineno, "builds a private table beside its door"


def noise_is_never_seeded(path: str, tree: ast.Module) -> Iterator[Finding]:
    if not path.startswith(NOISE_ROOM):
        return
    for call, _, name in calls(tree):
        entropy = [ast.unparse(argument) for argument in call.args] == ["secrets.randbits(128)"]
        keyed = any(word.arg == "generator" and ast.unparse(word.value) == "fresh(device)" for word in call.keywords)
        allowed = keyed or (name == "default_rng" and entropy) or (name == "set_state" and path == ENTROPY)
        if name in RANDOM and not name.startswith("make_") and not allowed:
            yield call.lineno, f"calls {name}"


def the_core_prints_nothing_and_opens_files_only_in_its_shells(path: str, tree: ast.Module) -> Iterator[Finding]:
    if not path.startswith("synthgen/"):
        return
    for call, owner, name in calls(tree):
        if name == "print" or (name in FILES and path not in SHELLS and owner != "Spending"):
            yield call.lineno, f"calls {name}"


def nothing_is_pickled_or_evaluated(_path: str, tree: ast.Module) -> Iterator[Finding]:
    for line, name in imported(tree):
        if name in UNSAFE_MODULES:
            yield line, f"imports {name}"
    for call, owner, name in calls(tree):
        if (not owner and name in UNSAFE_NAMES) or (owner, name) in UNSAFE_METHODS:
            yield call.lineno, f"calls {name}"


def functions_fit_on_a_page(_path: str, tree: ast.Module) -> Iterator[Finding]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            if lines > MOST_BODY_LINES:
                yield node.lineno, f"{node.name} has {lines} lines"


RULES: list[Rule] = [
    only_the_noise_room_draws_noise,
    nobody_reaches_behind_the_door,
    noise_is_never_seeded,
    the_core_prints_nothing_and_opens_files_only_in_its_shells,
    nothing_is_pickled_or_evaluated,
    functions_fit_on_a_page,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_module_keeps_the_rule(rule: Rule) -> None:
    findings = [
        f"{path}:{line} {finding}"
        for path in MODULES
        for line, finding in rule(path, ast.parse((ROOT / path).read_text(encoding="utf-8")))
    ]
    assert findings == []


def test_no_module_is_too_long_to_read() -> None:
    lengths = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {path: length for path, length in lengths.items() if length > MOST_MODULE_LINES} == {}
    assert len(lengths) > 30


ENGINE, PRIVACY, COMMAND = "synthgen/engine/learn.py", "synthgen/privacy/table.py", "cli/synthgen_cli/app.py"


@pytest.mark.parametrize(
    ("rule", "path", "code"),
    [
        (only_the_noise_room_draws_noise, ENGINE, "counts + rng.normal(0, sigma)"),
        (only_the_noise_room_draws_noise, ENGINE, "np.random.default_rng(3)"),
        (only_the_noise_room_draws_noise, ENGINE, "torch.randn(3)"),
        (only_the_noise_room_draws_noise, ENGINE, "from opendp.measurements import make_gaussian"),
        (only_the_noise_room_draws_noise, ENGINE, "import random"),
        (only_the_noise_room_draws_noise, PRIVACY, "import opendp.prelude as dp"),
        (only_the_noise_room_draws_noise, COMMAND, "PrivateTable.enter(rows, noise=quiet)"),
        (only_the_noise_room_draws_noise, ENGINE, "Ledger(budget, rehearsal=quiet)"),
        (nobody_reaches_behind_the_door, ENGINE, "table._pairs[0, 1]"),
        (nobody_reaches_behind_the_door, ENGINE, "len(table._blocks)"),
        (nobody_reaches_behind_the_door, COMMAND, "PrivateTable(rows, ledger=ledger)"),
        (noise_is_never_seeded, PRIVACY, "np.random.default_rng(seed)"),
        (noise_is_never_seeded, PRIVACY, "rng.normal(0, sigma)"),
        (noise_is_never_seeded, PRIVACY, "torch.rand(3, generator=seeded)"),
        (noise_is_never_seeded, PRIVACY, "generator.set_state(known)"),
        (noise_is_never_seeded, ENTROPY, "torch.manual_seed(3)"),
        (only_the_noise_room_draws_noise, ENGINE, "from opacus.optimizers import DPOptimizer"),
        (the_core_prints_nothing_and_opens_files_only_in_its_shells, ENGINE, "print(loss)"),
        (the_core_prints_nothing_and_opens_files_only_in_its_shells, ENGINE, "path.open('w')"),
        (the_core_prints_nothing_and_opens_files_only_in_its_shells, PRIVACY, "open('rows')"),
        (nothing_is_pickled_or_evaluated, COMMAND, "import pickle"),
        (nothing_is_pickled_or_evaluated, ENGINE, "torch.load(path)"),
        (nothing_is_pickled_or_evaluated, ENGINE, "eval(condition)"),
        (functions_fit_on_a_page, ENGINE, "def f():\n" + "    x = 1\n" * 51),
    ],
)
def test_a_planted_breach_is_found(rule: Rule, path: str, code: str) -> None:
    assert list(rule(path, ast.parse(code)))


@pytest.mark.parametrize(
    ("rule", "path", "code"),
    [
        (nobody_reaches_behind_the_door, ENGINE, "PrivateTable.enter(rows, cells=cells)"),
        (nothing_is_pickled_or_evaluated, ENGINE, "network.eval()"),
        (noise_is_never_seeded, PRIVACY, "np.random.default_rng(secrets.randbits(128))"),
        (noise_is_never_seeded, PRIVACY, "torch.rand(3, generator=fresh(device))"),
        (only_the_noise_room_draws_noise, "synthgen/engine/fitting.py", "torch.randn(3)"),
        (the_core_prints_nothing_and_opens_files_only_in_its_shells, COMMAND, "print(answer)"),
        (functions_fit_on_a_page, ENGINE, "def f():\n" + "    x = 1\n" * 50),
    ],
)
def test_what_is_allowed_is_not_reported(rule: Rule, path: str, code: str) -> None:
    assert list(rule(path, ast.parse(code))) == []
