"""The adversary: a small critic that tells real rows from the codebook's, and a generator that learns from it.

Real rows reach the critic in two ways: through `Descent` (clipped, noised, never seen here), or in the clear where
privacy was given up. Fakes cost nothing: they are clipped like real rows, and penalties on them are free.

Fakes are levels drawn from the codebook, with CTGAN's condition: a random column, and a value of it by the noisy
one-way counts. A real row supplies its own value of a random column, so both halves follow one law. The generator
learns through straight-through samples (Bengio, Leonard, Courville 2013): the critic's derivative by a fake's one-hots
is taken as that by the probabilities they were drawn from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from synthgen.engine.critic_settings import Adversary
from synthgen.engine.fitting import CLIP_NORM, Generator, cycled, descend
from synthgen.engine.loss import Goal, gradient
from synthgen.engine.phase import Phase
from synthgen.engine.teacher import OpenRows, Teacher
from synthgen.engine.watch import Watch, length
from synthgen.privacy.dpsgd import LayeredLoss, clipped_fake

LADDER = (1, 2, 5, 10, 20, 50)
FOOLED, PATIENCE = 0.6, 50
"""Up the ladder when the critic finds fewer fakes than this, after so many generator steps on a rung."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fakes:
    """Rows of codes, the codebook rows they came from, and the conditions' columns.

    codes   int64 [rows, columns (+ 1 for the condition's code, offset by the number of codes)]
    origin  int64 [rows]
    column  int64 [rows]: whose value was given
    """

    codes: Tensor
    origin: Tensor
    column: Tensor


class Drawer:
    """Draws fakes from probabilities; its random numbers are seeded, since nothing private is in them."""

    def __init__(self, model: Generator, marginal: Tensor, *, seed: int) -> None:
        self._offsets = torch.tensor(model.offsets, device=marginal.device)
        self._marginal, self._random = marginal, torch.Generator(device=marginal.device).manual_seed(seed)

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return len(self._offsets) - 1

    def uniform(self, *shape: int) -> Tensor:
        """Fresh numbers in [0, 1)."""
        return torch.rand(shape, generator=self._random, device=self._marginal.device)

    def levels(self, probabilities: Tensor, origin: Tensor) -> Tensor:
        """One level of each column for each row, int64 codes [rows, columns]."""
        heights = probabilities[origin].cumsum(1)
        below = functional.pad(heights, (1, 0)).gather(1, self._offsets[:-1].expand(len(origin), -1))
        above = heights.gather(1, (self._offsets[1:] - 1).expand(len(origin), -1))
        place = below + self.uniform(len(origin), self.columns) * (above - below)
        codes = torch.searchsorted(heights, place, right=True)
        return torch.minimum(torch.maximum(codes, self._offsets[:-1]), self._offsets[1:] - 1)

    def conditions(self, rows: int) -> tuple[Tensor, Tensor]:
        """Random columns, and codes of them by the noisy one-way shares; int64 [rows] each."""
        column = (self.uniform(rows) * self.columns).long().clamp(max=self.columns - 1)
        heights = self._marginal.cumsum(0)
        start = torch.where(column > 0, heights[self._offsets[column] - 1], 0.0)
        end = heights[self._offsets[column + 1] - 1]
        codes = torch.searchsorted(heights, start + self.uniform(rows) * (end - start), right=True)
        return column, torch.minimum(torch.maximum(codes, self._offsets[column]), self._offsets[column + 1] - 1)

    def fakes(self, probabilities: Tensor, weights: Tensor | None, rows: int) -> Fakes:
        """Rows that have their condition's value: the codebook row by Bayes' rule, the other columns given it."""
        column, code = self.conditions(rows)
        likely = probabilities[:, code] if weights is None else probabilities[:, code] * weights[:, None]
        heights = likely.T.cumsum(1)
        origin = torch.searchsorted(heights, self.uniform(rows, 1) * heights[:, -1:], right=True).squeeze(1)
        origin = origin.clamp(max=len(probabilities) - 1)
        codes = self.levels(probabilities, origin)
        codes.scatter_(1, column[:, None], code[:, None])
        return Fakes(codes=torch.cat([codes, code[:, None] + probabilities.shape[1]], 1), origin=origin, column=column)


def critic_of(codes: int, how: Adversary, *, seed: int, device: torch.device) -> nn.Sequential:
    """An untrained critic on sums of embeddings: of each column's code, and of the condition's."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        first = nn.EmbeddingBag(2 * codes * how.pac, how.width, mode="sum")
        nn.init.normal_(first.weight, std=0.3)
        layers: list[nn.Module] = [first, nn.LeakyReLU(0.2)]
        for _ in range(how.depth - 1):
            layers += [nn.Linear(how.width, how.width), nn.LeakyReLU(0.2)]
        return nn.Sequential(*layers, nn.Linear(how.width, 1)).to(device)


def real_loss(how: Adversary) -> Callable[[Tensor], Tensor]:
    """Loss of the critic's opinion of a real row."""
    if how.loss == "hinge":
        return lambda said: functional.relu(1 - said)
    if how.loss == "wasserstein":
        return lambda said: -said
    keep = 1 - how.smoothing
    return lambda said: keep * functional.softplus(-said) + (1 - keep) * functional.softplus(said)


def fake_loss(how: Adversary) -> Callable[[Tensor], Tensor]:
    """Loss of the critic's opinion of a fake."""
    if how.loss == "hinge":
        return lambda said: functional.relu(1 + said)
    return (lambda said: said) if how.loss == "wasserstein" else functional.softplus


def generator_loss(how: Adversary) -> Callable[[Tensor], Tensor]:
    """Loss of the generator for a critic's opinion of its fakes."""
    return (lambda said: -said) if how.loss in {"hinge", "wasserstein"} else lambda said: functional.softplus(-said)


def contend(
    model: Generator,
    teacher: Teacher,
    goal: Goal,
    phase: Phase,
    *,
    seed: int,
    on_step: Callable[[], None],
    watch: Watch | None = None,
) -> Tensor:
    """Take all steps of the phase; changes `model`, and returns the averaged codebook, float32 [rows, codes]."""
    how, device, watch = phase.adversary, model.latents.device, watch or Watch()
    game = _Game(model, goal, phase, critic_of(model.offsets[-1], how, seed=seed, device=device), seed=seed)
    for step, scale in enumerate(cycled(game.generators, phase.steps)):
        game.critics.param_groups[0]["lr"] = how.critic_rate * scale
        game.critic_step(teacher)
        if game.is_due():
            game.generator_step(teacher)
        if watch.is_due(step):
            game.tell(step, watch, teacher)
        on_step()
    return game.average


class _Game:
    """Both players and what they remember."""

    def __init__(self, model: Generator, goal: Goal, phase: Phase, critic: nn.Sequential, *, seed: int) -> None:
        how = phase.adversary
        self.model, self.goal, self.phase, self.how, self.critic = model, goal, phase, how, critic
        self.drawer = Drawer(model, goal.marginal, seed=seed)
        self.critics = torch.optim.Adam(critic.parameters(), lr=how.critic_rate, betas=(0.5, 0.99))
        own = [{"params": list(model.network.parameters()), "lr": how.generator_rate}]
        own += [
            {"params": [each], "lr": rate}
            for each, rate in ((model.free, how.free_rate), (model.log_weights, 0.01))
            if each is not None
        ]
        self.generators = torch.optim.Adam(own, betas=(0.5, 0.99))
        self.turn = self.rung = self.since = 0
        self.found = 1.0
        self.said, self.fooled, self.steep = (torch.full((1,), torch.nan) for _ in range(3))  # until there is one
        with torch.no_grad():
            self.probabilities, self.weights = model.probabilities(), model.weights()
        self.average = self.probabilities.clone()

    def is_due(self) -> bool:
        """Whether the generator moves after this critic step."""
        self.turn += 1
        if self.how.ladder and self.since >= PATIENCE and self.found < FOOLED and self.rung < len(LADDER) - 1:
            self.rung, self.since = self.rung + 1, 0
        every = LADDER[self.rung] if self.how.ladder else self.how.critic_steps
        return self.turn % every == 0

    @torch.no_grad()
    def fakes(self) -> Fakes:
        """Fresh fakes."""
        return self.drawer.fakes(self.probabilities, self.weights, self.how.fakes)

    def critic_step(self, teacher: Teacher) -> None:
        """One step of the critic, on fresh rows of both kinds."""
        fakes = self.fakes()
        self.critics.zero_grad()
        if isinstance(teacher, OpenRows):
            self._open_step(teacher, fakes)
        else:
            self._private_step(teacher, fakes)
        self.critics.step()
        if self.how.spectral:
            _bound(self.critic)
        with torch.no_grad():
            self.said = self.critic(fakes.codes)
            rate = (self.said < 0).float().mean()
            self.found += 0.05 * (float(rate) - self.found)  # of fakes alone: public

    def _private_step(self, teacher: Teacher, fakes: Fakes) -> None:
        """Both halves clipped alike; noise on the real one, penalties on the other."""
        layers = list(self.critic)
        real = LayeredLoss(layers=layers, loss=real_loss(self.how), conditions=self.how.conditions)
        fake = LayeredLoss(layers=layers, loss=fake_loss(self.how))
        halves = zip(teacher.gradients(real), clipped_fake(fake, fakes.codes, clip=self.phase.clip), strict=True)
        if self.how.fake_penalty:
            torch.autograd.backward(
                [self.how.fake_penalty / 2 * _steepness(self.critic, _one_hot(fakes.codes, self.critic))]
            )
        for parameter, (mine, theirs) in zip(real.parameters, halves, strict=True):
            parameter.grad = mine + theirs if parameter.grad is None else parameter.grad + mine + theirs

    def _open_step(self, teacher: OpenRows, fakes: Fakes) -> None:
        """Plain automatic differentiation, with whatever needs real rows in the clear."""
        how = self.how
        rows = teacher.batch()
        column = (self.drawer.uniform(len(rows)) * rows.shape[1]).long()[:, None].clamp(max=rows.shape[1] - 1)
        codes = torch.cat([rows, rows.gather(1, column) + self.model.offsets[-1]], 1)
        even = min(len(codes), len(fakes.codes)) // how.pac * how.pac
        real, fake = (_one_hot(each[:even], self.critic, how.pac) for each in (codes, fakes.codes))
        if how.instance_noise:
            real, fake = (
                each + how.instance_noise * (self.drawer.uniform(*each.shape) * 12**0.5 - 3**0.5)
                for each in (real, fake)
            )
        real.requires_grad_(how.real_penalty > 0)
        fake.requires_grad_(how.fake_penalty > 0)
        said, lied = _judge(self.critic, real), _judge(self.critic, fake)
        if how.loss == "relativistic":
            loss = functional.softplus(lied - said).mean()
        else:
            loss = real_loss(how)(said).mean() + fake_loss(how)(lied).mean()
        if how.real_penalty:
            loss = loss + how.real_penalty / 2 * _square(said, real)
        if how.fake_penalty:
            loss = loss + how.fake_penalty / 2 * _square(lied, fake)
        if how.gradient_penalty:
            part = self.drawer.uniform(len(real), 1)
            between = (part * real.detach() + (1 - part) * fake.detach()).requires_grad_()
            [slope] = torch.autograd.grad(_judge(self.critic, between).sum(), between, create_graph=True)
            loss = loss + how.gradient_penalty * ((slope.norm(dim=1) - 1) ** 2).mean()
        torch.autograd.backward([loss])

    def generator_step(self, teacher: Teacher) -> None:
        """One step of the generator: the critic through straight-through samples, and the counts."""
        self.since += 1
        probabilities, weights = self.model.probabilities(), self.model.weights()
        fakes, slope = self.fakes(), torch.zeros_like(probabilities)
        hots = _one_hot(
            fakes.codes[: len(fakes.codes) // self.how.pac * self.how.pac], self.critic, self.how.pac
        ).requires_grad_()
        loss = self._fooled(hots, teacher)
        [by_hots] = torch.autograd.grad(loss, hots)
        self.fooled = loss.detach()
        by_codes = by_hots.view(-1, 2 * probabilities.shape[1])[:, : probabilities.shape[1]]
        slope.index_add_(0, fakes.origin[: len(by_codes)], by_codes)
        with torch.no_grad():
            counts = gradient(probabilities, self.goal, weights)
        self.generators.zero_grad()
        pulled = counts.probabilities + self.how.weight * slope
        descend([(probabilities, pulled), (weights, counts.weights)])
        self.steep = nn.utils.clip_grad_norm_(self.model.network.parameters(), CLIP_NORM)
        self.generators.step()
        with torch.no_grad():
            self.probabilities, self.weights = self.model.probabilities(), self.model.weights()
            self.average.mul_(self.how.ema).add_(self.probabilities, alpha=1 - self.how.ema)

    def tell(self, step: int, watch: Watch, teacher: Teacher) -> None:
        """How both players stand: of fakes and noisy gradients; where rows are open, of rows too."""
        pulls = [each.grad for each in self.critic.parameters() if each.grad is not None]
        watch.tell(
            step,
            {
                "critic/gradient": length(pulls),
                "critic/loss_on_fakes": fake_loss(self.how)(self.said).mean(),
                "critic/fakes_found": self.found,
                "generator/loss": self.fooled,
                "generator/gradient": self.steep,
            },
        )
        watch.book(step, self.probabilities, self.weights, self.goal, self.model.offsets)
        if isinstance(teacher, OpenRows) and len(teacher.held_out):
            rows = teacher.held_out[: self.how.fakes]
            column = (torch.arange(len(rows), device=rows.device) % rows.shape[1])[:, None]
            with torch.no_grad():
                said = self.critic(torch.cat([rows, rows.gather(1, column) + self.model.offsets[-1]], 1))
            found, loss = (said > 0).float().mean(), real_loss(self.how)(said).mean()
            watch.tell(step, {"critic/rows_found": found, "critic/loss_on_rows": loss})

    def _fooled(self, hots: Tensor, teacher: Teacher) -> Tensor:
        """The generator's loss."""
        said = _judge(self.critic, hots)
        if not isinstance(teacher, OpenRows):
            return generator_loss(self.how)(said).mean()
        if self.how.loss != "relativistic" and not self.how.matching:
            return generator_loss(self.how)(said).mean()
        rows = teacher.batch()
        column = torch.zeros(len(rows), 1, dtype=torch.long)
        real = torch.cat([rows, rows.gather(1, column) + self.model.offsets[-1]], 1)
        even = min(len(real) // self.how.pac, len(hots))
        seen = _one_hot(real[: even * self.how.pac], self.critic, self.how.pac)
        if self.how.loss == "relativistic":
            return functional.softplus(_judge(self.critic, seen).detach() - said[:even]).mean()
        apart = _features(self.critic, hots).mean(0) - _features(self.critic, seen).mean(0).detach()
        return generator_loss(self.how)(said).mean() + self.how.matching * apart.square().sum()


def _one_hot(codes: Tensor, critic: nn.Sequential, pac: int = 1) -> Tensor:
    """Dense one-hots of rows [rows / pac, pac * 2 * codes]."""
    wide = len(_embedding(critic).weight) // pac
    hots = torch.zeros(len(codes), wide, device=codes.device).scatter_(1, codes, 1.0)
    return hots.view(len(codes) // pac, -1)


def _features(critic: nn.Sequential, hots: Tensor) -> Tensor:
    hidden = hots @ _embedding(critic).weight
    for layer in list(critic)[1:-1]:
        hidden = layer(hidden)
    return hidden


def _embedding(critic: nn.Sequential) -> nn.EmbeddingBag:
    first = critic[0]
    assert isinstance(first, nn.EmbeddingBag)
    return first


def _judge(critic: nn.Sequential, hots: Tensor) -> Tensor:
    """The critic's opinion of soft one-hots, [rows]."""
    said: Tensor = critic[-1](_features(critic, hots))
    return said.squeeze(1)


def _square(said: Tensor, rows: Tensor) -> Tensor:
    [slope] = torch.autograd.grad(said.sum(), rows, create_graph=True)
    return slope.square().sum(1).mean()


def _steepness(critic: nn.Sequential, hots: Tensor) -> Tensor:
    hots = hots.requires_grad_()
    return _square(_judge(critic, hots), hots)


@torch.no_grad()
def _bound(critic: nn.Sequential) -> None:
    """Scale every layer down to a largest singular value of 1: of noisy weights, so free."""
    for layer in critic:
        if isinstance(layer, nn.Linear | nn.EmbeddingBag):
            layer.weight.div_(torch.linalg.matrix_norm(layer.weight, 2).clamp_min(1.0))
