"""HimNet: encoders in parallel, a decoder queried by what they found (Dong et al., KDD '24)."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from himnet.config import DAYS_PER_WEEK, INPUT_CHANNELS, OUTPUT_CHANNELS, HimNetConfig
from himnet.devices import beside, compute_dtype
from himnet.errors import InputError
from himnet.model.layers import MetaGraphConv, adaptive_graph
from himnet.model.recurrent import RecurrentStack

_DRAWING = threading.Lock()  # threads share torch's global random generator


class HimNet(nn.Module):
    """The model; parameter names are those of published state dicts.

    Hooks fire on every module, with the shapes that its `forward` documents (``tod_embedding``:
    (B, d_tod), ``dow_embedding``: (B, d_dow), ``st_proj``: (B, N, d_st), ``out_proj``: (B, N, 1) in
    every step), and a changed output takes effect:

        states = []
        hook = model.encoder_s.register_forward_hook(lambda *call: states.append(call[-1]))
        forecast = model(x, y_cov)  # states[0]: (B, L, N, h)
        hook.remove()

    Encoders and decoder run step by step if they hold a hook or one is registered globally (as by
    `torch.utils.flop_counter`); otherwise fused: the same result up to rounding, and faster.

    Args:
        config: sizes and ablation.
        seed: of the initialisation; None uses torch's global generator as it is.

    Attributes:
        validate_inputs: check shapes and calendars of every forward pass (on by default; training
            on a checked data set switches it off, since on a GPU it waits for the device).
    """

    def __init__(self, config: HimNetConfig, *, seed: int | None = None) -> None:
        super().__init__()
        self.config = config
        self.validate_inputs = True
        with _DRAWING:  # torch's layers draw random numbers when they are created
            if config.ablate != "E_s":
                spatial = torch.empty(config.num_nodes, config.node_embedding_dim)
                self.node_embedding = nn.Parameter(spatial)
            self.encoder_s = RecurrentStack(config, "encoder_s")
            self.encoder_t = RecurrentStack(config, "encoder_t")
            self.decoder = RecurrentStack(config, "decoder")
            self.out_proj = nn.Linear(config.hidden_dim, OUTPUT_CHANNELS)
            if config.has_dictionaries:
                self.tod_embedding = nn.Embedding(config.steps_per_day, config.tod_embedding_dim)
                self.dow_embedding = nn.Embedding(DAYS_PER_WEEK, config.dow_embedding_dim)
            if config.ablate != "E_st":
                self.st_proj = nn.Linear(config.hidden_dim, config.st_embedding_dim)
        self.reset_parameters(seed)

    @torch.no_grad()
    def reset_parameters(self, seed: int | None = None) -> None:
        """Draw the published initialisation (see `MetaGraphConv.reset_parameters`)."""
        with _DRAWING, torch.random.fork_rng(devices=[], enabled=seed is not None):
            if seed is not None:
                torch.manual_seed(seed)
            if self.config.ablate != "E_s":
                nn.init.xavier_normal_(self.node_embedding)
            for module in self.modules():
                if isinstance(module, MetaGraphConv | nn.Linear | nn.Embedding):
                    module.reset_parameters()

    def temporal_embedding(self, x: Tensor) -> Tensor:
        """Return E_t (B, d_t) of windows (B, T, N, 3): both dictionaries at the last input step."""
        if not self.config.has_dictionaries:
            return x.new_ones(x.shape[0], self.config.temporal_embedding_dim)
        last = x[:, -1, 0].float()
        steps = self.config.steps_per_day
        time_of_day = torch.round(last[:, 1] * steps).long() % steps
        day_of_week = last[:, 2].round().long()
        return torch.cat([self.tod_embedding(time_of_day), self.dow_embedding(day_of_week)], dim=-1)

    def spatial_embedding(self, like: Tensor) -> Tensor:
        """Return E_s (N, d_s)."""
        if self.config.ablate == "E_s":
            return like.new_ones(self.config.num_nodes, self.config.node_embedding_dim)
        return self.node_embedding

    def _last_state(self, x: Tensor) -> Tensor:
        """Return H (B, N, h), the encoders' last states summed."""
        spatial = self.spatial_embedding(x)
        graph = adaptive_graph(spatial).to(compute_dtype(x))
        with beside(x.device) as join:
            of_time = self.encode_time(x, graph, self.temporal_embedding(x))
        of_space = self.encode_space(x, graph, spatial)
        join()
        return of_time + of_space

    def encode_time(self, x: Tensor, graph: Tensor, query: Tensor) -> Tensor:
        """Return the temporal encoder's last state (B, N, h): graph (N, N), query E_t (B, d_t)."""
        if self.encoder_t.hooked:
            states: Tensor = self.encoder_t(x, graph, query.unsqueeze(1))
            return states[:, -1]
        # each encoder's first axis is the one along which its parameters differ: windows or sensors
        return self.encoder_t.encode(x.transpose(1, 2), graph.expand(len(x), *graph.shape), query)

    def encode_space(self, x: Tensor, graph: Tensor, query: Tensor) -> Tensor:
        """Return the spatial encoder's last state (B, N, h): graph (N, N), query E_s (N, d_s)."""
        if self.encoder_s.hooked:
            states: Tensor = self.encoder_s(x, graph, query.unsqueeze(0))
            return states[:, -1]
        return self.encoder_s.encode(x.permute(2, 0, 1, 3), graph, query).transpose(0, 1)

    def _st_embedding(self, state: Tensor) -> Tensor:
        if self.config.ablate == "E_st":
            return state.new_ones(*state.shape[:-1], self.config.st_embedding_dim)
        embedding: Tensor = self.st_proj(state)
        return embedding

    def encode(self, x: Tensor) -> Tensor:
        """Return the ST-mixed embedding E_st = H W_E + b_E of windows.

        Args:
            x: (B, T, N, 3), as in `forward`.

        Returns:
            (B, N, d_st) float32; ones under w/o E_st.

        Raises:
            InputError: see `check_inputs`.
        """
        if self.validate_inputs:
            self.check_inputs(x)
        return self._st_embedding(self._last_state(x)).float()

    def forward(
        self,
        x: Tensor,
        y_cov: Tensor,
        *,
        targets: Tensor | None = None,
        teacher: Sequence[bool] | Tensor | None = None,
    ) -> Tensor:
        """Forecast the next T' steps.

        Args:
            x: (B, T, N, 3): normalised value, time of day in [0, 1), day of week 0-6.
            y_cov: (B, T', N, 2): time of day and day of week of the steps to forecast.
            targets: (B, T', N, 1) normalised truth, for scheduled sampling.
            teacher: for each of the first T' - 1 steps, whether the truth (instead of the
                    output) is the next step's input; one draw for the whole batch. A boolean tensor
                    (T' - 1,) is not read before the device needs it.

        Returns:
            (B, T', N, 1) in normalised units, float32.

        Raises:
            InputError: see `check_inputs`.
        """
        return self.forecast_with_embedding(x, y_cov, targets=targets, teacher=teacher)[0]

    def forecast_with_embedding(
        self,
        x: Tensor,
        y_cov: Tensor,
        *,
        targets: Tensor | None = None,
        teacher: Sequence[bool] | Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Do as `forward` does and return E_st (B, N, d_st) as well, from the same pass."""
        if self.validate_inputs:
            self.check_inputs(x, y_cov)
        return self.decode(self._last_state(x), y_cov, targets=targets, teacher=teacher)

    def decode(
        self,
        state: Tensor,
        y_cov: Tensor,
        *,
        targets: Tensor | None = None,
        teacher: Sequence[bool] | Tensor | None = None,
        graph: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Forecast from the encoders' last states summed, H (B, N, h); else as `forward`.

        Args:
            state: H.
            y_cov, targets, teacher: see `forward`.
            graph: (B, N, N) instead of the decoder's own, softmax(relu(E_st E_st^T)).

        Returns:
            The forecast (B, T', N, 1) in normalised units and E_st (B, N, d_st), both float32.
        """
        embedding = self._st_embedding(state)
        if graph is None:
            graph = adaptive_graph(embedding.float())
        graph = graph.to(compute_dtype(y_cov))
        step = self.decoder.decoding(state, graph, embedding, y_cov.transpose(1, 2))
        value = y_cov.new_zeros(*state.shape[:-1], OUTPUT_CHANNELS)
        outputs = []
        for number in range(self.config.out_steps):
            value = self._project(step(value))
            outputs.append(value)
            if targets is not None and teacher is not None and number < len(teacher):
                value = _next_input(value, targets[:, number], teacher[number])
        return torch.stack(outputs, dim=1).float(), embedding.float()

    def _project(self, state: Tensor) -> Tensor:
        """Return the forecast (B, N, 1) of a state, in full precision: a small product."""
        with torch.autocast(state.device.type, enabled=False):
            value: Tensor = self.out_proj(state.to(self.out_proj.weight.dtype))
        return value

    def check_inputs(self, x: Tensor, y_cov: Tensor | None = None) -> None:
        """Refuse input that would give wrong results.

        Raises:
            InputError: for a wrong shape, a batch size that differs between the two, values that
                are not finite, a time of day outside [0, 1) or a fractional day of week.
        """
        config = self.config
        _check_shape("x", x, (config.in_steps, config.num_nodes, INPUT_CHANNELS))
        if not bool(torch.isfinite(x[..., 0]).all()):
            raise InputError(
                "x contains values that are not finite; replace missing readings by the data set's "
                "missing value before normalising"
            )
        _check_calendar("x", x[..., 1:])
        if y_cov is None:
            return
        _check_shape("y_cov", y_cov, (config.out_steps, config.num_nodes, INPUT_CHANNELS - 1))
        if len(x) != len(y_cov):
            raise InputError(f"x has {len(x)} windows but y_cov has {len(y_cov)}; give as many")
        _check_calendar("y_cov", y_cov)


def _next_input(output: Tensor, truth: Tensor, teach: bool | Tensor) -> Tensor:
    """Return the truth where teacher forcing applies, otherwise the output."""
    if isinstance(teach, Tensor):
        return torch.where(teach, truth, output)
    return truth if teach else output


def _check_shape(name: str, tensor: Tensor, expected: tuple[int, ...]) -> None:
    if tensor.dim() != len(expected) + 1 or tuple(tensor.shape[1:]) != expected:
        sizes = ", ".join(str(size) for size in expected)
        raise InputError(
            f"{name} has shape {tuple(tensor.shape)}, but this model takes (B, {sizes})"
        )
    if len(tensor) == 0:
        raise InputError(f"{name} has no windows; give at least one")
    if not tensor.is_floating_point():
        raise InputError(f"{name} has type {tensor.dtype}; convert it to float32")


def _check_calendar(name: str, calendar: Tensor) -> None:
    """Check (..., 2) time of day and day of week; NaN fails both comparisons."""
    time_of_day, day_of_week = calendar.unbind(-1)
    bad = ~((time_of_day >= 0) & (time_of_day < 1))
    if bool(bad.any()):
        value = time_of_day[bad][0].item()
        raise InputError(
            f"{name} has a time of day of {value:g}; it must be a fraction of a day in [0, 1)"
        )
    bad = ~((day_of_week >= 0) & (day_of_week <= 6) & (day_of_week == day_of_week.round()))
    if bool(bad.any()):
        value = day_of_week[bad][0].item()
        raise InputError(
            f"{name} has a day of week of {value:g}; it must be a whole number from 0 to 6 "
            f"(multiply by 7 if it is stored as a fraction)"
        )
