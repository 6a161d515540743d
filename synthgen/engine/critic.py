"""The adversary: a small critic that tells real rows from the codebook's, and a generator that learns from it.

Real rows reach the critic in two ways: through `Descent` (clipped, noised, never seen here), or in the clear where
privacy was given up. Fakes cost nothing: they are clipped like real rows, and penalties on them are free.

The critic's first layer adds up embeddings of codes, so nothing as wide as the codes is ever made: the slope of its
opinion by the one-hots of a row is E d, where d [width] is that by the first layer's output, and its squared length
d' (E'E) d. The generator learns through straight-through samples (Bengio, Leonard, Courville 2013): that slope is taken
as the one by the probabilities the row was drawn from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from synthgen.engine.critic_settings import Adversary
from synthgen.engine.fakes import Fakes, Urn, own_condition
from synthgen.engine.fitting import CLIP_NORM, EVERY, Generator, cycled, descend
from synthgen.engine.loss import Goal, gradient
from synthgen.engine.phase import Phase
from synthgen.engine.teacher import OpenRows, Teacher
from synthgen.engine.watch import Watch, length
from synthgen.privacy.dpsgd import LayeredLoss, clipped_fake

FIRST_STEPS = 5
"""The average of the generator follows it in its first steps: it looks back a fifth of them at most."""
SWEEPS = 30


def critic_of(codes: int, how: Adversary, *, seed: int, device: torch.device) -> nn.Sequential:
    """An untrained critic on sums of embeddings: of each column's code, and of the condition's."""
    wide = codes * (2 if how.conditions else 1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        first = nn.EmbeddingBag(wide, how.width, mode="sum")
        nn.init.normal_(first.weight, std=0.3)
        layers: list[nn.Module] = [first, nn.LeakyReLU(0.2)]
        for _ in range(how.depth - 1):
            layers += [nn.Linear(how.width, how.width), nn.LeakyReLU(0.2)]
        return nn.Sequential(*layers, nn.Linear(how.width, 1)).to(device)


def real_loss(how: Adversary) -> Callable[[Tensor], Tensor]:
    """Loss of the critic's opinion of a real row."""
    return (lambda said: functional.relu(1 - said)) if how.loss == "hinge" else lambda said: -said


def fake_loss(how: Adversary) -> Callable[[Tensor], Tensor]:
    """Loss of the critic's opinion of a fake; the generator's is minus that opinion, under either loss."""
    return (lambda said: functional.relu(1 + said)) if how.loss == "hinge" else lambda said: said


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
    """Take all steps of the phase; changes `model`, which ends as the average of its steps.

    Returns its codebook, float32 [rows, codes], with the noisy one-way shares where nothing else was counted.
    """
    how, device, watch = phase.adversary, model.latents.device, watch or Watch()
    game = _Game(model, goal, phase, critic_of(model.offsets[-1], how, seed=seed, device=device), seed=seed)
    for step, _ in enumerate(cycled(game.generators, phase.steps)):
        game.critic_step(teacher)
        for _ in range(how.moves):
            game.generator_step()
        if watch.is_due(step):
            game.tell(step, watch, teacher)
        on_step()
    game.average.settle()
    with torch.no_grad():
        probabilities, weights = model.probabilities(), model.weights()
    return with_shares(probabilities, weights, goal.marginal, model.member) if goal.is_one_way else probabilities


class _Average:
    """The running average of what is trained."""

    def __init__(self, parameters: list[Tensor], decay: float) -> None:
        self._parameters, self._decay, self._steps = parameters, decay, 0
        self._means = [each.detach().clone() for each in parameters]

    @torch.no_grad()
    def follow(self) -> None:
        self._steps += 1
        part = max(1 - self._decay, 1 / (1 + self._steps / FIRST_STEPS))
        torch._foreach_lerp_(self._means, [each.detach() for each in self._parameters], part)

    @torch.no_grad()
    def settle(self) -> None:
        """Put the average in the place of what was averaged."""
        for parameter, mean in zip(self._parameters, self._means, strict=True):
            parameter.copy_(mean)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Turn:
    """Rows of the codebook that the generator shows: probabilities with gradient, weights relative to their mean."""

    probabilities: Tensor
    weights: Tensor | None
    urn: Urn


class _Game:
    """Both players and what they remember."""

    def __init__(self, model: Generator, goal: Goal, phase: Phase, critic: nn.Sequential, *, seed: int) -> None:
        how, device = phase.adversary, model.latents.device
        self.model, self.goal, self.phase, self.how, self.critic = model, goal, phase, how, critic
        self.random = torch.Generator(device=device).manual_seed(seed)
        self.offsets = torch.tensor(model.offsets, device=device)
        self.column_of = torch.repeat_interleave(
            torch.arange(len(self.offsets) - 1, device=device), self.offsets.diff()
        )
        self.critics = torch.optim.Adam(critic.parameters(), lr=how.critic_rate, betas=(how.momentum, 0.99))
        own: list[tuple[list[Tensor], float]] = [(list(model.network.parameters()), how.generator_rate)]
        own += [
            ([each], rate)
            for each, rate in ((model.free, how.free_rate), (model.log_weights, 0.01))
            if each is not None
        ]
        self.generators = torch.optim.Adam(
            [{"params": group, "lr": rate} for group, rate in own], betas=(how.momentum, 0.99)
        )
        self.average = _Average([each for group, _ in own for each in group], how.ema)
        self.found = 1.0
        self.said, self.fooled, self.steep = (torch.full((1,), torch.nan) for _ in range(3))  # until there is one
        self.shown = self.show()

    def show(self) -> _Turn:
        """Some rows of the codebook; all of them where the counts or the weights need that."""
        model, how = self.model, self.how
        rows, weights = len(model.latents), model.weights()
        chosen: Tensor | slice = EVERY
        if self.goal.is_one_way and weights is None and how.latents < rows:
            chosen = torch.randperm(rows, generator=self.random, device=self.offsets.device)[: how.latents]
        probabilities = model.probabilities(chosen)
        urn = Urn(probabilities, weights, offsets=self.offsets, marginal=self.goal.marginal, random=self.random)
        return _Turn(probabilities=probabilities, weights=weights, urn=urn)

    def critic_step(self, teacher: Teacher) -> None:
        """One step of the critic, on fresh rows of both kinds."""
        self.critics.zero_grad()
        urn = self.shown.urn
        rows = self.how.fakes if isinstance(teacher, OpenRows) else max(round(self.phase.batch), self.how.fakes)
        fakes = urn.given(rows) if self.how.conditions else urn.alone(rows)
        if isinstance(teacher, OpenRows):
            self._open_step(teacher, fakes)
        else:
            self._private_step(teacher, fakes)
        self.critics.step()
        with torch.no_grad():
            for each in self.critic.parameters():
                each.mul_(1 - self.how.decay)
            self.said = self.judge(fakes.codes)
            self.found += 0.05 * (float((self.said < 0).float().mean()) - self.found)  # of fakes alone: public

    def _private_step(self, teacher: Teacher, fakes: Fakes) -> None:
        """Both halves clipped alike; noise on the real one."""
        layers, clip = list(self.critic), self.phase.clip
        real = LayeredLoss(layers=layers, loss=real_loss(self.how), conditions=self.how.conditions)
        fake = LayeredLoss(layers=layers, loss=fake_loss(self.how))
        halves = zip(teacher.gradients(real), clipped_fake(fake, fakes.codes, clip=clip), strict=True)
        for parameter, (mine, theirs) in zip(real.parameters, halves, strict=True):
            parameter.grad = mine + theirs

    def _open_step(self, teacher: OpenRows, fakes: Fakes) -> None:
        """Plain automatic differentiation, with penalties on rows in the clear."""
        how = self.how
        real, fake = self.enter(self.with_condition(teacher.batch())), self.enter(fakes.codes)
        said, lied = self.rest(real), self.rest(fake)
        loss = real_loss(how)(said).mean() + fake_loss(how)(lied).mean()
        if how.real_penalty:
            loss = loss + how.real_penalty / 2 * self.steepness(real, said).mean()
        if how.fake_penalty:
            loss = loss + how.fake_penalty / 2 * self.steepness(fake, lied).mean()
        torch.autograd.backward([loss])

    def generator_step(self) -> None:
        """One step of the generator: the critic through straight-through samples, and the counts."""
        shown, how = self.shown, self.how
        rows = len(shown.probabilities)
        origin = torch.arange(max(how.fakes, rows) // rows * rows, device=self.offsets.device) % rows  # all learn alike
        drawn = shown.urn.levels(origin)
        column = self.columns(len(drawn))
        hidden = self.enter(self.with_condition(drawn, column)).detach().requires_grad_()
        loss = -self.rest(hidden).mean()
        [slope] = torch.autograd.grad(loss, hidden)
        self.fooled = loss.detach()
        with torch.no_grad():
            pulled = self.pulled(slope, origin, column, rows)
            counts = gradient(shown.probabilities, self.goal, shown.weights)
        self.generators.zero_grad()
        descend(
            [
                (shown.probabilities, counts.probabilities.mul_(how.anchor).add_(pulled)),
                (shown.weights, counts.weights * how.anchor),
            ]
        )
        self.steep = nn.utils.clip_grad_norm_(self.model.network.parameters(), CLIP_NORM)
        self.generators.step()
        self.average.follow()
        self.shown = self.show()

    def pulled(self, slope: Tensor, origin: Tensor, column: Tensor, rows: int) -> Tensor:
        """The slope by what the first layer said, [fakes, width], back at the probabilities [rows, codes]."""
        table, codes = _embedding(self.critic).weight, self.model.offsets[-1]
        total = torch.zeros(rows, slope.shape[1], device=slope.device).index_add_(0, origin, slope) @ table[:codes].T
        if self.how.conditions:  # its own value is seen twice
            again = slope @ table[codes : 2 * codes].T
            total.index_add_(0, origin, again.mul_(self.column_of == column[:, None]))
        return total

    def columns(self, rows: int) -> Tensor:
        """Random columns, int64 [rows]."""
        return torch.randint(len(self.offsets) - 1, (rows,), generator=self.random, device=self.offsets.device)

    def with_condition(self, codes: Tensor, column: Tensor | None = None) -> Tensor:
        """Rows with their own value of a random column as condition, where there are conditions."""
        if not self.how.conditions:
            return codes
        return own_condition(codes, self.columns(len(codes)) if column is None else column, self.model.offsets[-1])

    def enter(self, codes: Tensor) -> Tensor:
        """What the first layer says, [rows, width]."""
        hidden: Tensor = _embedding(self.critic)(codes)
        return hidden

    def rest(self, hidden: Tensor) -> Tensor:
        """The critic's opinion, [rows]."""
        said: Tensor = self.critic[1:](hidden)
        return said.squeeze(1)

    def judge(self, codes: Tensor) -> Tensor:
        """The critic's opinion of rows of codes, [rows]."""
        return self.rest(self.enter(codes))

    def steepness(self, hidden: Tensor, said: Tensor) -> Tensor:
        """Squared length of the opinion's slope by each row's one-hots."""
        [slope] = torch.autograd.grad(said.sum(), hidden, create_graph=True)
        table = _embedding(self.critic).weight
        squares: Tensor = ((slope @ (table.T @ table)) * slope).sum(1)
        return squares

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
        with torch.no_grad():
            watch.book(step, self.model.probabilities(), self.model.weights(), self.goal, self.model.offsets)
        if isinstance(teacher, OpenRows) and len(teacher.held_out):
            luck = self.random.get_state()
            with torch.no_grad():
                said = self.judge(self.with_condition(teacher.held_out[: self.how.fakes]))
            self.random.set_state(luck)  # to be watched changes nothing
            found, loss = (said > 0).float().mean(), real_loss(self.how)(said).mean()
            watch.tell(step, {"critic/rows_found": found, "critic/loss_on_rows": loss})


def with_shares(probabilities: Tensor, weights: Tensor | None, marginal: Tensor, member: Tensor) -> Tensor:
    """The codebook [rows, codes] with these shares of each column's levels: the nearest by Kullback-Leibler divergence.

    Source: Deming and Stephan (1940), iterative proportional fitting, of each column alone; `member` [codes, columns].
    """
    parts = torch.full_like(probabilities[:, 0], 1.0) if weights is None else weights
    fitted = probabilities.clone()
    for _ in range(SWEEPS):
        fitted *= marginal / (parts @ fitted / parts.sum()).clamp_min(1e-9)
        fitted /= (fitted @ member) @ member.T
    return fitted


def _embedding(critic: nn.Sequential) -> nn.EmbeddingBag:
    first = critic[0]
    assert isinstance(first, nn.EmbeddingBag)
    return first
