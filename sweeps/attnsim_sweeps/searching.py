# `search`: an optimiser of Optuna proposes points; a bound that costs nothing sorts out those that cannot help.
# Each trial's sampler is seeded by its number, so that a search that was cut off goes on as if it had not been.
import json
import warnings
from dataclasses import dataclass, field
from typing import Any

from attnsim_sweeps import driver, identity, reading, table
from attnsim_sweeps.errors import FAILED, SweepError
from attnsim_sweeps.figures import judged, outcome_of
from attnsim_sweeps.pareto import Box, dominates, front
from attnsim_sweeps.plan import Plan, line_of
from attnsim_sweeps.pools import Pool
from attnsim_sweeps.progress import Progress
from attnsim_sweeps.space import Point
from attnsim_sweeps.store import Store
from attnsim_sweeps.sweep_file import Objective

POPULATION = {"nsga2": 24, "tpe": 8, "random": 50}  # trials that are proposed and computed together
IDLE_GENERATIONS = 40  # without a new point, after which a search ends
# Figures of a bound (simulate batch, bound_only) that no run undercuts, or overshoots.
NEVER_LESS = ("cycles", "seconds", "energy_pj.", "area_um2.", "dram_bytes.", "buffer_bytes.")
NEVER_MORE = ("utilization.",)
EXACT = ("area_um2.", "dram_bytes.", "buffer_bytes.")


Judged = tuple[tuple[float, ...], float]  # objectives as they are, violation of the constraints


@dataclass(frozen=True)
class Settings:
    sampler: str
    seed: int
    evaluations: int


@dataclass(frozen=True)
class Step:
    """What became of a proposed point: `kind` is evaluated, known (proposed before), pruned, or excluded."""
    key: str
    kind: str


@dataclass(frozen=True)
class History:
    """A search's steps in order, and the objectives (small is good) of each point that it evaluated."""
    sampler: str
    seed: int
    steps: list[Step]
    values: dict[str, list[float]] = field(default_factory=dict)  # feasible ones

    @property
    def evaluated(self) -> list[str]:
        return [step.key for step in self.steps if step.kind == "evaluated"]

    def count(self, kind: str) -> int:
        return sum(step.kind == kind for step in self.steps)

    def hypervolumes(self, box: Box) -> list[float]:
        """After each evaluation, as a part of the box's front."""
        parts: list[float] = []
        best: list[list[float]] = []
        for key in self.evaluated:
            value = self.values.get(key)
            if value is not None and not any(dominates(other, value) or other == value for other in best):
                best = [other for other in best if not dominates(value, other)] + [value]
                parts.append(box.part(best))
            else:
                parts.append(parts[-1] if parts else 0.0)
        return parts


def can_be_pruned(plan: Plan) -> bool:
    """Whether a bound of every objective says that nothing better can come of a point."""
    def is_optimistic(objective: Objective) -> bool:
        safe = NEVER_MORE if objective.maximize else NEVER_LESS
        return objective.figure.rises_with(lambda path: path.startswith(safe) or path in plan.sweep.where)

    return all(is_optimistic(objective) for objective in plan.sweep.objectives)


def _open_storage(store: Store) -> Any:
    import optuna
    import sqlalchemy

    @sqlalchemy.event.listens_for(sqlalchemy.engine.Engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        # Every value that Optuna keeps is a commit of its own; what a crash of the machine may lose is proposed again.
        connection.execute("PRAGMA synchronous=NORMAL")

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    return optuna.storages.RDBStorage(f"sqlite:///{store.file}", engine_kwargs={"connect_args": {"timeout": 60}})


def _study_name(plan: Plan, settings: Settings) -> str:
    """One study for each space, objectives, constraints and simulator."""
    sweep = plan.sweep
    text = json.dumps([[axis.paths, axis.values] for axis in sweep.space.axes]) + json.dumps(sweep.space.fixed) + \
        "".join(rule.text for rule in sweep.space.rules) + \
        "".join(f"{objective.maximize}{objective.text}" for objective in sweep.objectives) + \
        "".join(constraint.condition.text for constraint in sweep.constraints) + plan.version
    return f"{sweep.name} {settings.sampler} {settings.seed} {identity.digest_of_text(text)}"


def _violations(trial: Any) -> tuple[float, ...]:
    return (float(trial.user_attrs.get("violation", 0.0)),)


def _sampler(settings: Settings, number: int) -> Any:
    from optuna import samplers
    seed = settings.seed * 1_000_003 + number
    if settings.sampler == "random":
        return samplers.RandomSampler(seed=seed)
    if settings.sampler == "tpe":
        return samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True, constraints_func=_violations,
                                   n_startup_trials=24)
    return samplers.NSGAIISampler(seed=seed, population_size=POPULATION["nsga2"], constraints_func=_violations)


class Search:
    """One study; a generation is proposed, computed and told at a time. Its trials live in memory, where proposing is
    fast, and go to the database a generation at a time; what a killed search kept of a generation is proposed again,
    and then skipped."""

    def __init__(self, plan: Plan, store: Store, pool: Pool, settings: Settings, storage: Any) -> None:
        import optuna
        self.plan, self.store, self.pool, self.settings = plan, store, pool, settings
        directions = ["maximize" if objective.maximize else "minimize" for objective in plan.sweep.objectives]
        self.kept = optuna.create_study(storage=storage, study_name=_study_name(plan, settings), directions=directions,
                                        load_if_exists=True)
        self.study = optuna.create_study(directions=directions, sampler=_sampler(settings, 0))
        self.prunes = settings.sampler != "random" and can_be_pruned(plan)
        self.outcomes: dict[str, Judged] = {}
        self.pruned: dict[str, Judged] = {}
        self.excluded: set[str] = set()
        self.failed: set[str] = set()
        trials = self.kept.get_trials(deepcopy=False)
        self.number = len(trials) - len(trials) % POPULATION[settings.sampler]  # of the next trial
        self.already_kept = len(trials) - self.number
        self.study.add_trials([self._in_order(trial) for trial in trials[:self.number]])
        for trial in trials[:self.number]:
            self._recall(trial)

    def _in_order(self, trial: Any) -> Any:
        """The trial with its parameters in the order of the axes, in which samplers go through them."""
        import optuna
        names = [axis.name for axis in self.plan.sweep.space.axes]
        return optuna.trial.create_trial(
            state=trial.state, values=trial.values, params={name: trial.params[name] for name in names},
            distributions={name: trial.distributions[name] for name in names}, user_attrs=trial.user_attrs,
            system_attrs=trial.system_attrs)

    def _recall(self, trial: Any) -> None:
        key, kind, judged_as = trial.user_attrs["hash"], trial.user_attrs["kind"], None
        if trial.values:
            judged_as = (tuple(trial.values), trial.user_attrs["violation"])
        if kind == "evaluated" and judged_as:
            self.outcomes[key] = judged_as
        elif kind == "evaluated":
            self.failed.add(key)
        elif kind == "pruned" and judged_as:
            self.pruned[key] = judged_as

    @property
    def evaluations(self) -> int:
        return len(self.outcomes) + len(self.failed)

    def propose(self) -> list[tuple[Any, Point]]:
        """A generation of trials."""
        proposed = []
        for _ in range(POPULATION[self.settings.sampler]):
            self.study.sampler = _sampler(self.settings, self.number)
            self.number += 1
            trial = self.study.ask()
            proposed.append((trial, self._point(trial)))
        return proposed

    def _point(self, trial: Any) -> Point:
        index = []
        for axis in self.plan.sweep.space.axes:
            count = len(axis.values)
            if axis.is_ordered or count == 1:
                index.append(trial.suggest_int(axis.name, 0, count - 1))
            else:
                index.append(trial.suggest_categorical(axis.name, list(range(count))))
        return self.plan.point(self.plan.sweep.space.point(tuple(index)))

    def compute(self, points: list[tuple[str, Point]], **more: object) -> dict[str, dict[str, Any]]:
        answers: dict[str, dict[str, Any]] = {}

        def commit(answered: list[driver.Answered]) -> None:
            if not more:
                self.store.add(self.plan.version, answered)
            answers.update({key: json.loads(reply) for key, _, reply in answered})

        driver.compute(iter([(key, point.settings, line_of(point, **more)) for key, point in points]), self.pool, commit)
        return answers

    def sort_out(self, points: list[tuple[str, Point]]) -> None:
        """Moves those to `pruned` whose bound is dominated, or breaks a constraint on what a bound gives exactly."""
        best = self._front()
        signs = [objective.sign() for objective in self.plan.sweep.objectives]
        exact = all(path.startswith(EXACT) or path in self.plan.sweep.where
                    for constraint in self.plan.sweep.constraints for path in constraint.condition.paths)
        by_key = dict(points)
        for key, answer in self.compute(points, bound_only=True).items():
            if "error" in answer:
                continue  # the run itself will say so
            try:
                objectives, violation = judged(self.plan.sweep, by_key[key], answer)
            except (KeyError, ValueError):
                continue
            values = [sign * value for sign, value in zip(signs, objectives, strict=True)]
            if (exact and violation > 0) or any(dominates(other, values) for other in best):
                self.pruned[key] = (objectives, violation if exact else 0.0)

    def _front(self) -> list[list[float]]:
        signs = [objective.sign() for objective in self.plan.sweep.objectives]
        values = [[sign * value for sign, value in zip(signs, objectives, strict=True)]
                  for objectives, violation in self.outcomes.values() if violation == 0]
        return [values[index] for index in front(values)]

    def evaluate(self, points: list[tuple[str, Point]]) -> None:
        known = self.store.known(self.plan.version)
        self.compute([(key, point) for key, point in points if key not in known])
        rows = self.store.rows(self.plan.version, [key for key, _ in points])
        for key, point in points:
            outcome = outcome_of(self.plan.sweep, point, rows[key])
            if outcome is None:
                self.failed.add(key)
            else:
                self.outcomes[key] = (outcome.objectives, outcome.violation)

    def generation(self) -> int:
        """Returns how many points were evaluated."""
        proposed = [(trial, identity.hash_of(point), point) for trial, point in self.propose()]
        new: dict[str, Point] = {}
        for _, key, point in proposed:
            if not self.plan.sweep.space.allows(point):
                self.excluded.add(key)
            elif key not in self.outcomes and key not in self.failed and key not in self.pruned:
                new[key] = point
        if self.prunes and new and self.outcomes:
            self.sort_out(list(new.items()))
        left = self.settings.evaluations - self.evaluations
        chosen = [(key, point) for key, point in new.items() if key not in self.pruned][:left]
        self.evaluate(chosen)
        fresh = {key for key, _ in chosen}
        unseen = fresh | {key for key in new if key in self.pruned}
        for trial, key, _ in proposed:
            self._tell(trial, key, key in unseen)
            unseen.discard(key)
        trials = self.study.get_trials(deepcopy=False)[-len(proposed):]
        self.kept.add_trials(trials[self.already_kept:])
        self.already_kept = 0
        return len(chosen)

    def _tell(self, trial: Any, key: str, is_new: bool) -> None:
        import optuna
        found = self.outcomes.get(key) or self.pruned.get(key)
        kind = "excluded" if key in self.excluded else "pruned" if is_new and key in self.pruned else \
            "evaluated" if is_new else "known" if found or key in self.failed else "left"
        trial.set_user_attr("hash", key)
        trial.set_user_attr("kind", kind)
        trial.set_user_attr("violation", found[1] if found else 0.0)
        # A pruned point is told its bound, which other points dominate already: it can steer, but not win.
        if found and kind != "excluded":
            self.study.tell(trial, list(found[0]))
        else:
            self.study.tell(trial, state=optuna.trial.TrialState.FAIL)


def search(plan: Plan, store: Store, pool: Pool, settings: Settings, storage: Any = None) -> None:
    """Until as many points are evaluated, or nothing new is found any more."""
    own = Search(plan, store, pool, settings, storage or _open_storage(store))
    progress = Progress(settings.evaluations, f"evaluations by {settings.sampler}")
    progress.add(own.evaluations, len(own.failed))
    idle = 0
    try:
        while own.evaluations < settings.evaluations and idle < IDLE_GENERATIONS:
            failed = len(own.failed)
            found = own.generation()
            idle = 0 if found else idle + 1
            progress.add(found, len(own.failed) - failed)
    finally:
        progress.finish()
    if not own.outcomes:
        raise SweepError(FAILED, f"{plan.sweep.name}: not one of {own.evaluations} points ran; see ./sweep status")


def histories(plan: Plan, store: Store, storage: Any = None) -> list[History]:
    """The searches of this sweep in the database, by name; none where there was no search."""
    if storage is None:
        if not store.has_table("trials"):
            return []
        storage = _open_storage(store)
    import optuna
    found = []
    for summary in optuna.study.get_all_study_summaries(storage):
        words = summary.study_name.rsplit(" ", 3)
        if len(words) != 4 or summary.study_name != _study_name(plan, Settings(words[1], int(words[2]), 0)):
            continue
        history = History(words[1], int(words[2]), [])
        signs = [objective.sign() for objective in plan.sweep.objectives]
        for trial in optuna.load_study(study_name=summary.study_name, storage=storage).get_trials(deepcopy=False):
            if not trial.state.is_finished():
                continue
            history.steps.append(Step(trial.user_attrs["hash"], trial.user_attrs["kind"]))
            if trial.user_attrs["kind"] == "evaluated" and trial.values and trial.user_attrs["violation"] == 0:
                history.values[trial.user_attrs["hash"]] = [sign * value for sign, value in
                                                            zip(signs, trial.values, strict=True)]
        found.append(history)
    return sorted(found, key=lambda one: (one.sampler == "random", one.sampler, one.seed))


def report(plan: Plan, store: Store) -> str:
    """A table of the searches, their hypervolume as a part of that of all points in the database."""
    found = reading.contents(store, plan.sweep.name)
    values = table.signed(found.sweep, found.feasible)
    if not values:
        return f"{plan.sweep.name}: no point meets the constraints"
    box = Box(values)
    rows = [["search", "seed", "evaluations", "pruned", "on its front", "hypervolume", "95 % after"]]
    for history in histories(plan, store):
        parts = history.hypervolumes(box)
        reached = next((str(place) for place, part in enumerate(parts, start=1) if part >= 0.95), "never")
        own = list(history.values.values())
        rows.append([history.sampler, str(history.seed), str(len(parts)), str(history.count("pruned")),
                     str(len(front(own))), f"{100 * parts[-1] if parts else 0.0:.2f} %", reached])
    whole = "all" if len(found.rows) == len(found.points) == plan.sweep.space.size else f"the {len(found.rows)}"
    return table.columns(rows) + f"\nhypervolume: of that of the front of {whole} points in the database"
