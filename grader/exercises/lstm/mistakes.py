"""Wrong answers to 04-lstm that students really give, in each exercise the subtle ones first."""

import copy
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from grader.checking import mistake

# ---------------------------------------------------------------- create_sequences


def _values(data):
    return torch.as_tensor(np.asarray(data)).to(torch.float32)


def _refuse(n, look_back):
    if not 1 <= look_back < n:
        raise ValueError(
            f"look_back is {look_back}; it must be at least 1 and less than the length of data, {n}"
        )


def _sequences(data, look_back, count=None, first=0, gap=0):
    """Right windows; `count`, the first window and the gap before the target can be others."""
    values = _values(data)
    _refuse(len(values), look_back)
    count = len(values) - look_back if count is None else count
    starts = range(first, count)
    X = torch.stack([values[start : start + look_back] for start in starts])
    return X[..., None], torch.stack([values[start + look_back + gap] for start in starts])


def _pairs(X, y):
    return X[..., None], y


@mistake(
    "create_sequences",
    "Your ValueError does not say which argument is wrong: its message has to name look_back.",
)
def error_without_a_name(data, look_back):
    if not 1 <= look_back < len(data):
        raise ValueError("invalid argument")
    return _sequences(data, look_back)


@mistake(
    "create_sequences",
    "You stop one window too early: n values give n − look_back windows, the last of which is followed by "
    "the last value.",
)
def stops_one_window_early(data, look_back):
    values = _values(data)
    _refuse(len(values), look_back)
    X, y = _sequences(data, look_back)
    return X[:-1], y[:-1]


@mistake("create_sequences", "You begin with the second window; the first starts with the first value.")
def skips_the_first_window(data, look_back):
    X, y = _sequences(data, look_back)
    return X[1:], y[1:]


@mistake(
    "create_sequences",
    "Each target is the last value of its own window: the model would only have to copy it. The target is "
    "the value right after the window.",
)
def target_inside_the_window(data, look_back):
    X, _ = _sequences(data, look_back)
    return X, X[:, -1, 0].clone()


@mistake(
    "create_sequences",
    "Your windows begin one value late, so that each ends with its own target.",
)
def windows_one_late(data, look_back):
    _refuse(len(data), look_back)
    windows = _values(data).unfold(0, look_back, 1).clone()
    return windows[1:, :, None], windows[1:, -1].clone()


@mistake(
    "create_sequences",
    "Between each window and its target one value is left out; the target comes right after the window.",
)
def leaves_a_value_out(data, look_back):
    values = _values(data)
    _refuse(len(values), look_back)
    X, y = _sequences(data, look_back)
    return X[:-1], y[1:]


@mistake("create_sequences", "Your windows are one value longer than look_back: the target is in them.")
def window_with_the_target(data, look_back):
    values = _values(data)
    _refuse(len(values), look_back)
    windows = values.unfold(0, look_back + 1, 1).clone()
    return windows[..., None], windows[:, -1].clone()


@mistake(
    "create_sequences",
    "Your windows do not overlap. Each starts one value after the one before, not where that one ended.",
)
def windows_side_by_side(data, look_back):
    X, y = _sequences(data, look_back)
    return X[::look_back], y[::look_back]


@mistake("create_sequences", "Your windows run backwards: the latest value comes last.")
def windows_backwards(data, look_back):
    X, y = _sequences(data, look_back)
    return X.flip(1), y


@mistake(
    "create_sequences",
    "Your X has two axes. An LSTM wants three, the last for the features: (n − look_back, look_back, 1).",
)
def windows_without_a_feature_axis(data, look_back):
    X, y = _sequences(data, look_back)
    return X[..., 0], y


@mistake(
    "create_sequences",
    "Your y is a column, (n − look_back, 1). Against predictions of shape (N,) that broadcasts to a square: "
    "return (n − look_back,).",
)
def targets_as_a_column(data, look_back):
    X, y = _sequences(data, look_back)
    return X, y[:, None]


@mistake(
    "create_sequences",
    "The axes of X are in another order: windows, then steps, then the one feature.",
)
def axes_in_another_order(data, look_back):
    X, y = _sequences(data, look_back)
    return X.transpose(1, 2), y


@mistake("create_sequences", "Your tensors keep the dtype of the data; return float32, whatever comes in.")
def keeps_the_dtype(data, look_back):
    values = torch.as_tensor(data)
    _refuse(len(values), look_back)
    windows = values.unfold(0, look_back, 1)[:-1]
    return _pairs(windows.clone(), values[look_back:].clone())


@mistake("create_sequences", "Your tensors are float64; return float32, which the weights of a model are.")
def double_precision(data, look_back):
    X, y = _sequences(data, look_back)
    return X.double(), y.double()


@mistake("create_sequences", "You return NumPy arrays; return tensors.")
def returns_arrays(data, look_back):
    X, y = _sequences(data, look_back)
    return X.numpy(), y.numpy()


@mistake("create_sequences", "You rescale the data. The windows hold the values as they are.")
def rescales_the_data(data, look_back):
    values = _values(data)
    _refuse(len(values), look_back)
    return _sequences((values - values.mean()) / values.std(), look_back)


@mistake("create_sequences", "Your data has to be a NumPy array; lists and tuples are allowed as well.")
def arrays_only(data, look_back):
    if not isinstance(data, np.ndarray):
        raise TypeError("an array is expected")
    return _sequences(data, look_back)


@mistake("create_sequences", "Your data has to be a tensor; lists and arrays are allowed as well.")
def tensors_only(data, look_back):
    if not isinstance(data, torch.Tensor):
        raise TypeError("a tensor is expected")
    return _sequences(data, look_back)


@mistake("create_sequences", "You shuffle the windows; they are in the order of the series.")
def shuffles_the_windows(data, look_back):
    X, y = _sequences(data, look_back)
    order = torch.randperm(len(y))
    return X[order], y[order]


@mistake("create_sequences", "You return X only; the second result is y.")
def returns_x_only(data, look_back):
    return _sequences(data, look_back)[0]


@mistake(
    "create_sequences",
    "A look_back that is not smaller than the number of values leaves no window with a target; that is a "
    "ValueError, and n itself is such a look_back.",
)
def accepts_look_back_n(data, look_back):
    values = _values(data)
    if not 1 <= look_back <= len(values):
        raise ValueError(f"look_back is {look_back}")
    if look_back == len(values):
        return torch.zeros(0, look_back, 1), torch.zeros(0)
    return _sequences(data, look_back)


@mistake("create_sequences", "A look_back of n or more is accepted by you; it must raise a ValueError.")
def accepts_large_look_backs(data, look_back):
    values = _values(data)
    if look_back < 1:
        raise ValueError(f"look_back is {look_back}")
    if look_back >= len(values):
        return torch.zeros(0, look_back, 1), torch.zeros(0)
    return _sequences(data, look_back)


@mistake("create_sequences", "A look_back of 0 is accepted by you; it must raise a ValueError.")
def accepts_look_back_0(data, look_back):
    values = _values(data)
    if look_back == 0:
        return torch.zeros(len(values), 0, 1), values
    return _sequences(data, look_back)


@mistake(
    "create_sequences", "You do not look at look_back: below 1 and from n on it must raise a ValueError."
)
def accepts_any_look_back(data, look_back):
    values = _values(data)
    if not 1 <= look_back < len(values):
        return torch.zeros(0, max(look_back, 0), 1), torch.zeros(0)
    return _sequences(data, look_back)


@mistake("create_sequences", "You assert; an invalid look_back must raise a ValueError with a message.")
def asserts_look_back(data, look_back):
    assert 1 <= look_back < len(data), "look_back"
    return _sequences(data, look_back)


@mistake("create_sequences", "A look_back of n − 1 is allowed: it leaves one window, and one target.")
def refuses_the_longest_window(data, look_back):
    if look_back >= len(data) - 1:
        raise ValueError(f"look_back is {look_back}")
    return _sequences(data, look_back)


@mistake("create_sequences", "A look_back of 1 is allowed: windows of one value.")
def refuses_look_back_1(data, look_back):
    if look_back <= 1:
        raise ValueError(f"look_back is {look_back}")
    return _sequences(data, look_back)


def _split(X, y, size):
    return X[:size], y[:size], X[size:], y[size:]


@mistake(
    "create_sequences",
    "You shuffle before you split, so the test windows overlap with training windows and lie between them: "
    "the model has seen what it is tested on. Cut once, in the order of time.",
    defines="split_chronologically",
)
def shuffled_split(X, y, train_fraction=0.8):
    order = torch.randperm(len(y))
    return _split(X[order], y[order], int(train_fraction * len(y)))


@mistake(
    "create_sequences",
    "You round the number of training windows; int() cuts off.",
    defines="split_chronologically",
)
def rounds_the_size(X, y, train_fraction=0.8):
    return _split(X, y, round(train_fraction * len(y)))


@mistake(
    "create_sequences",
    "You round the number of training windows up (or that of the test windows down, which comes to the "
    "same); int(fraction · n) cuts off.",
    defines="split_chronologically",
)
def rounds_the_size_up(X, y, train_fraction=0.8):
    return _split(X, y, math.ceil(train_fraction * len(y)))


@mistake(
    "create_sequences",
    "The window at the cut is in neither part; both parts together hold them all.",
    defines="split_chronologically",
)
def loses_the_window_at_the_cut(X, y, train_fraction=0.8):
    size = int(train_fraction * len(y))
    return X[:size], y[:size], X[size + 1 :], y[size + 1 :]


@mistake(
    "create_sequences",
    "The window at the cut is in both parts; it must not be tested on what was trained on.",
    defines="split_chronologically",
)
def window_at_the_cut_in_both(X, y, train_fraction=0.8):
    size = int(train_fraction * len(y))
    return X[: size + 1], y[: size + 1], X[size:], y[size:]


@mistake(
    "create_sequences",
    "Your test part is all of the data; it must not contain what was trained on.",
    defines="split_chronologically",
)
def everything_is_tested(X, y, train_fraction=0.8):
    size = int(train_fraction * len(y))
    return X[:size], y[:size], X, y


@mistake(
    "create_sequences",
    "You train on the last windows and test on the first: a forecast is to be tested on the future.",
    defines="split_chronologically",
)
def trains_on_the_future(X, y, train_fraction=0.8):
    size = len(y) - int(train_fraction * len(y))
    return X[size:], y[size:], X[:size], y[:size]


@mistake(
    "create_sequences",
    "You ignore `train_fraction` and always take 0.8.",
    defines="split_chronologically",
)
def ignores_the_fraction(X, y, train_fraction=0.8):
    return _split(X, y, int(0.8 * len(y)))


@mistake(
    "create_sequences",
    "Your default for `train_fraction` is another one; it is 0.8.",
    defines="split_chronologically",
)
def another_default_fraction(X, y, train_fraction=0.7):
    return _split(X, y, int(train_fraction * len(y)))


@mistake(
    "create_sequences",
    "`train_fraction` windows go to testing in your function; they go to training.",
    defines="split_chronologically",
)
def fraction_of_the_test(X, y, train_fraction=0.8):
    return _split(X, y, len(y) - int(train_fraction * len(y)))


@mistake(
    "create_sequences",
    "You return the parts in another order; it is X_train, y_train, X_test, y_test.",
    defines="split_chronologically",
)
def parts_in_another_order(X, y, train_fraction=0.8):
    X_train, y_train, X_test, y_test = _split(X, y, int(train_fraction * len(y)))
    return X_train, X_test, y_train, y_test


@mistake(
    "create_sequences",
    "You return two pairs; return the four tensors one after the other.",
    defines="split_chronologically",
)
def returns_pairs(X, y, train_fraction=0.8):
    X_train, y_train, X_test, y_test = _split(X, y, int(train_fraction * len(y)))
    return (X_train, y_train), (X_test, y_test)


@mistake(
    "create_sequences",
    "You take every so many windows for testing, out of the middle of the series. They overlap with training "
    "windows: cut once, in the order of time.",
    defines="split_chronologically",
)
def every_fifth_for_testing(X, y, train_fraction=0.8):
    size = int(train_fraction * len(y))
    test = torch.linspace(0, len(y) - 1, len(y) - size).long() if size < len(y) else torch.zeros(0).long()
    chosen = torch.zeros(len(y), dtype=torch.bool)
    chosen[test] = True
    return X[~chosen], y[~chosen], X[chosen], y[chosen]


# ---------------------------------------------------------------- lstm_cell


def _gates(x, h, W_ih, W_hh, b_ih, b_hh):
    return (x @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, dim=1)


def _cell(i, f, g, o, c):
    """The step from the four sums."""
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


@mistake(
    "lstm_cell",
    "Your gates are in another order: i, f, o, g. PyTorch stacks them as i, f, g, o.",
)
def order_ifog(x, state, W_ih, W_hh, b_ih, b_hh):
    i, f, o, g = _gates(x, state[0], W_ih, W_hh, b_ih, b_hh)
    return _cell(i, f, g, o, state[1])


@mistake("lstm_cell", "Your gates are in another order: f, i, g, o. PyTorch stacks them as i, f, g, o.")
def order_figo(x, state, W_ih, W_hh, b_ih, b_hh):
    f, i, g, o = _gates(x, state[0], W_ih, W_hh, b_ih, b_hh)
    return _cell(i, f, g, o, state[1])


@mistake("lstm_cell", "Your gates are in another order: f, i, o, g. PyTorch stacks them as i, f, g, o.")
def order_fiog(x, state, W_ih, W_hh, b_ih, b_hh):
    f, i, o, g = _gates(x, state[0], W_ih, W_hh, b_ih, b_hh)
    return _cell(i, f, g, o, state[1])


@mistake("lstm_cell", "Your gates are in another order: i, o, f, g. PyTorch stacks them as i, f, g, o.")
def order_iofg(x, state, W_ih, W_hh, b_ih, b_hh):
    i, o, f, g = _gates(x, state[0], W_ih, W_hh, b_ih, b_hh)
    return _cell(i, f, g, o, state[1])


@mistake("lstm_cell", "Your gates are in another order: i, g, f, o. PyTorch stacks them as i, f, g, o.")
def order_igfo(x, state, W_ih, W_hh, b_ih, b_hh):
    i, g, f, o = _gates(x, state[0], W_ih, W_hh, b_ih, b_hh)
    return _cell(i, f, g, o, state[1])


@mistake("lstm_cell", "You read the four blocks from the end: o, g, f, i. PyTorch stacks them as i, f, g, o.")
def order_ogfi(x, state, W_ih, W_hh, b_ih, b_hh):
    o, g, f, i = _gates(x, state[0], W_ih, W_hh, b_ih, b_hh)
    return _cell(i, f, g, o, state[1])


@mistake(
    "lstm_cell",
    "You take every fourth row for a gate. The gates are stacked as four blocks of H rows each.",
)
def interleaved_gates(x, state, W_ih, W_hh, b_ih, b_hh):
    sums = torch.cat(_gates(x, state[0], W_ih, W_hh, b_ih, b_hh), 1)
    return _cell(*(sums[:, each::4] for each in range(4)), state[1])


@mistake("lstm_cell", "Your function adds one bias only, b_ih; there are two.")
def input_bias_only(x, state, W_ih, W_hh, b_ih, b_hh):
    return _cell(*_gates(x, state[0], W_ih, W_hh, b_ih, 0 * b_hh), state[1])


@mistake("lstm_cell", "Your function adds one bias only, b_hh; there are two.")
def hidden_bias_only(x, state, W_ih, W_hh, b_ih, b_hh):
    return _cell(*_gates(x, state[0], W_ih, W_hh, 0 * b_ih, b_hh), state[1])


@mistake("lstm_cell", "Your function adds no bias; there are two.")
def without_biases(x, state, W_ih, W_hh, b_ih, b_hh):
    return _cell(*_gates(x, state[0], W_ih, W_hh, 0 * b_ih, 0 * b_hh), state[1])


@mistake("lstm_cell", "h is o · tanh(c); you leave the tanh out.")
def no_tanh_on_the_cell_state(x, state, W_ih, W_hh, b_ih, b_hh):
    i, f, g, o = _gates(x, state[0], W_ih, W_hh, b_ih, b_hh)
    c = f.sigmoid() * state[1] + i.sigmoid() * g.tanh()
    return o.sigmoid() * c, c


@mistake("lstm_cell", "Your h comes from the old cell state; it is o · tanh of the new one.")
def hidden_from_the_old_cell_state(x, state, W_ih, W_hh, b_ih, b_hh):
    i, f, g, o = _gates(x, state[0], W_ih, W_hh, b_ih, b_hh)
    c = f.sigmoid() * state[1] + i.sigmoid() * g.tanh()
    return o.sigmoid() * state[1].tanh(), c


@mistake("lstm_cell", "Your h is the tanh of c alone; the output gate is missing.")
def no_output_gate(x, state, W_ih, W_hh, b_ih, b_hh):
    _, c = _cell(*_gates(x, state[0], W_ih, W_hh, b_ih, b_hh), state[1])
    return c.tanh(), c


@mistake("lstm_cell", "You keep the tanh of c as the new cell state; the tanh is only in h.")
def squashes_the_cell_state(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = _cell(*_gates(x, state[0], W_ih, W_hh, b_ih, b_hh), state[1])
    return h, c.tanh()


@mistake("lstm_cell", "The candidate g goes through a sigmoid in your function; it is a tanh.")
def sigmoid_of_the_candidate(x, state, W_ih, W_hh, b_ih, b_hh):
    i, f, g, o = _gates(x, state[0], W_ih, W_hh, b_ih, b_hh)
    c = f.sigmoid() * state[1] + i.sigmoid() * g.sigmoid()
    return o.sigmoid() * c.tanh(), c


@mistake("lstm_cell", "Your candidate g goes through no tanh.")
def candidate_as_it_is(x, state, W_ih, W_hh, b_ih, b_hh):
    i, f, g, o = _gates(x, state[0], W_ih, W_hh, b_ih, b_hh)
    c = f.sigmoid() * state[1] + i.sigmoid() * g
    return o.sigmoid() * c.tanh(), c


@mistake("lstm_cell", "Your gates go through a tanh; gates open from 0 to 1, by a sigmoid.")
def tanh_of_the_gates(x, state, W_ih, W_hh, b_ih, b_hh):
    i, f, g, o = (each.tanh() for each in _gates(x, state[0], W_ih, W_hh, b_ih, b_hh))
    c = f * state[1] + i * g
    return o * c.tanh(), c


@mistake("lstm_cell", "Your output gate goes through a tanh; it is a sigmoid.")
def tanh_of_the_output_gate(x, state, W_ih, W_hh, b_ih, b_hh):
    i, f, g, o = _gates(x, state[0], W_ih, W_hh, b_ih, b_hh)
    c = f.sigmoid() * state[1] + i.sigmoid() * g.tanh()
    return o.tanh() * c.tanh(), c


@mistake("lstm_cell", "Your gates go through no sigmoid.")
def gates_as_they_are(x, state, W_ih, W_hh, b_ih, b_hh):
    i, f, g, o = _gates(x, state[0], W_ih, W_hh, b_ih, b_hh)
    c = f * state[1] + i * g.tanh()
    return o * c.tanh(), c


@mistake("lstm_cell", "You take the state for (c, h); it is (h, c).")
def state_the_other_way_round(x, state, W_ih, W_hh, b_ih, b_hh):
    return _cell(*_gates(x, state[1], W_ih, W_hh, b_ih, b_hh), state[0])


@mistake("lstm_cell", "You return (c, h); return (h, c).")
def returns_the_cell_state_first(x, state, W_ih, W_hh, b_ih, b_hh):
    return _cell(*_gates(x, state[0], W_ih, W_hh, b_ih, b_hh), state[1])[::-1]


@mistake("lstm_cell", "The old cell state is not in your new one: the forget gate multiplies it.")
def forgets_the_cell_state(x, state, W_ih, W_hh, b_ih, b_hh):
    return _cell(*_gates(x, state[0], W_ih, W_hh, b_ih, b_hh), 0 * state[1])


@mistake("lstm_cell", "Your forget gate is missing: the old cell state is added as it is.")
def no_forget_gate(x, state, W_ih, W_hh, b_ih, b_hh):
    i, _, g, o = _gates(x, state[0], W_ih, W_hh, b_ih, b_hh)
    c = state[1] + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


@mistake(
    "lstm_cell",
    "You multiply the old cell state by 1 − f: the forget gate says how much is kept, in spite of its name.",
)
def forgets_what_is_to_be_kept(x, state, W_ih, W_hh, b_ih, b_hh):
    i, f, g, o = _gates(x, state[0], W_ih, W_hh, b_ih, b_hh)
    return _cell(i, -f, g, o, state[1])


@mistake("lstm_cell", "Your input gate is 1 − f, as in a GRU; an LSTM has one of its own.")
def coupled_gates(x, state, W_ih, W_hh, b_ih, b_hh):
    _, f, g, o = _gates(x, state[0], W_ih, W_hh, b_ih, b_hh)
    return _cell(-f, f, g, o, state[1])


@mistake("lstm_cell", "The hidden state is not in your gates: W_hh h is missing.")
def ignores_the_hidden_state(x, state, W_ih, W_hh, b_ih, b_hh):
    return _cell(*_gates(x, 0 * state[0], W_ih, W_hh, b_ih, b_hh), state[1])


@mistake("lstm_cell", "You add 1 to the forget gate; the biases that come in are all there are.")
def adds_a_forget_bias(x, state, W_ih, W_hh, b_ih, b_hh):
    i, f, g, o = _gates(x, state[0], W_ih, W_hh, b_ih, b_hh)
    return _cell(i, f + 1, g, o, state[1])


@mistake(
    "lstm_cell",
    "You change the cell state that you were given, in place (`*=`, `+=`, `mul_`). Compute a new one.",
)
def changes_the_state_in_place(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = _cell(*_gates(x, state[0], W_ih, W_hh, b_ih, b_hh), state[1])
    with torch.no_grad():
        state[1].copy_(c)
    return h, c


@mistake(
    "lstm_cell",
    "The old cell state is detached in your function, so no gradient goes back through it: that is the very "
    "path by which an LSTM remembers.",
)
def detaches_the_cell_state(x, state, W_ih, W_hh, b_ih, b_hh):
    return _cell(*_gates(x, state[0], W_ih, W_hh, b_ih, b_hh), state[1].detach())


@mistake(
    "lstm_cell",
    "The old hidden state is detached in your function, so no gradient goes back through it.",
)
def detaches_the_hidden_state(x, state, W_ih, W_hh, b_ih, b_hh):
    return _cell(*_gates(x, state[0].detach(), W_ih, W_hh, b_ih, b_hh), state[1])


@mistake(
    "lstm_cell",
    "The state is detached in your function (`.detach()`, `.data`), so no gradient goes back in time.",
)
def detaches_the_state(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = state[0].detach(), state[1].detach()
    return _cell(*_gates(x, h, W_ih, W_hh, b_ih, b_hh), c)


@mistake(
    "lstm_cell",
    "The weights lose their gradients in your function (`.data`, `.detach()`, new nn.Parameters): nothing "
    "could be trained.",
)
def detaches_the_weights(x, state, W_ih, W_hh, b_ih, b_hh):
    weights = (each.detach() for each in (W_ih, W_hh, b_ih, b_hh))
    return _cell(*_gates(x, state[0], *weights), state[1])


@mistake(
    "lstm_cell",
    "No gradient goes through your function: it computes under no_grad, or returns detached tensors.",
)
@torch.no_grad()
def computes_without_gradients(x, state, W_ih, W_hh, b_ih, b_hh):
    return _cell(*_gates(x, state[0], W_ih, W_hh, b_ih, b_hh), state[1])


@mistake("lstm_cell", "You compute with NumPy, where gradients cannot follow; use torch's own functions.")
def computes_with_numpy(x, state, W_ih, W_hh, b_ih, b_hh):
    x, h, c, W_ih, W_hh, b_ih, b_hh = (each.numpy() for each in (x, *state, W_ih, W_hh, b_ih, b_hh))
    i, f, g, o = np.split(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh, 4, axis=1)

    def sigmoid(z):
        with np.errstate(over="ignore"):
            return 1 / (1 + np.exp(-z))

    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return torch.from_numpy(sigmoid(o) * np.tanh(c)), torch.from_numpy(c)


@mistake(
    "lstm_cell",
    "Your tanh is made of exponentials that become infinite for large numbers, and infinity by infinity is "
    "NaN. torch.tanh has no such limit.",
)
def tanh_of_exponentials(x, state, W_ih, W_hh, b_ih, b_hh):
    def tanh(z):
        up, down = z.exp(), (-z).exp()
        return (up - down) / (up + down)

    i, f, g, o = _gates(x, state[0], W_ih, W_hh, b_ih, b_hh)
    c = f.sigmoid() * state[1] + i.sigmoid() * tanh(g)
    return o.sigmoid() * tanh(c), c


@mistake(
    "lstm_cell",
    "Your sigmoid is exp(z) / (1 + exp(z)): for large numbers that is infinity by infinity, NaN. "
    "torch.sigmoid has no such limit.",
)
def sigmoid_of_exponentials(x, state, W_ih, W_hh, b_ih, b_hh):
    def sigmoid(z):
        return z.exp() / (1 + z.exp())

    i, f, g, o = _gates(x, state[0], W_ih, W_hh, b_ih, b_hh)
    c = sigmoid(f) * state[1] + sigmoid(i) * g.tanh()
    return sigmoid(o) * c.tanh(), c


@mistake("lstm_cell", "You limit the sums or the cell state to a range; an LSTM does not.")
def clamps_the_sums(x, state, W_ih, W_hh, b_ih, b_hh):
    sums = (each.clamp(-3, 3) for each in _gates(x, state[0], W_ih, W_hh, b_ih, b_hh))
    return _cell(*sums, state[1])


@mistake("lstm_cell", "Your results are float32 whatever comes in; keep the dtype of the arguments.")
def single_precision_only(x, state, W_ih, W_hh, b_ih, b_hh):
    x, h, c, *weights = (each.float() for each in (x, *state, W_ih, W_hh, b_ih, b_hh))
    return _cell(*_gates(x, h, *weights), c)


@mistake(
    "lstm_cell",
    "`squeeze` removes an axis of length 1: the state of one sequence, or of one unit, is (N, H).",
)
def squeezes_the_state(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = _cell(*_gates(x, state[0], W_ih, W_hh, b_ih, b_hh), state[1])
    return h.squeeze(), c.squeeze()


@mistake("lstm_cell", "You return h only; return the new state, (h, c).")
def returns_h_only(x, state, W_ih, W_hh, b_ih, b_hh):
    return _cell(*_gates(x, state[0], W_ih, W_hh, b_ih, b_hh), state[1])[0]


@mistake("lstm_cell", "You return h and (h, c), as nn.LSTM does; this is one step: return (h, c).")
def returns_output_and_state(x, state, W_ih, W_hh, b_ih, b_hh):
    h, c = _cell(*_gates(x, state[0], W_ih, W_hh, b_ih, b_hh), state[1])
    return h, (h, c)


@mistake(
    "lstm_cell", "W_hh is not transposed in your function; each of its rows belongs to one gate of one unit."
)
def misses_a_transpose(x, state, W_ih, W_hh, b_ih, b_hh):
    blocks = torch.cat([block.T for block in W_hh.chunk(4)])
    return _cell(*_gates(x, state[0], W_ih, blocks, b_ih, b_hh), state[1])


@mistake(
    "lstm_cell",
    "You let one of torch's own LSTMs do the work. Compute the four gates, c and h from their equations.",
)
def uses_an_lstm_of_torch(x, state, W_ih, W_hh, b_ih, b_hh):
    own = nn.LSTMCell(x.shape[1], state[0].shape[1], dtype=x.dtype)
    named = {"weight_ih": W_ih, "weight_hh": W_hh, "bias_ih": b_ih, "bias_hh": b_hh}
    return torch.func.functional_call(own, named, (x, state))


# ---------------------------------------------------------------- sine_lstm


class _SineLSTM(nn.Module):
    """A right network, of which the mistakes replace a part.

    Random numbers are drawn for the layers in their order and for nothing else, as by students.
    """

    layer, batch_first, bidirectional, bias = nn.LSTM, True, False, True

    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 1):
        super().__init__()
        sizes = {"input_size": input_size, "hidden_size": hidden_size, "num_layers": num_layers}
        self.lstm = self.layer(**sizes, batch_first=self.batch_first, bidirectional=self.bidirectional)
        self.fc = nn.Linear((1 + self.bidirectional) * hidden_size, out_features=1, bias=self.bias)

    def forward(self, x):
        return self.fc(self.lstm(x)[0][:, -1])[:, 0]


@mistake(
    "sine_lstm",
    "Your output has a second axis, (N, 1). Against targets of shape (N,) the loss would broadcast to N × N: "
    "return (N,).",
    defines="SineLSTM",
)
class OutputAsAColumn(_SineLSTM):
    def forward(self, x):
        return self.fc(self.lstm(x)[0][:, -1])


@mistake(
    "sine_lstm",
    "`squeeze` without an axis also removes the batch's axis when there is only one sequence.",
    defines="SineLSTM",
)
class SqueezesTheBatch(_SineLSTM):
    def forward(self, x):
        return self.fc(self.lstm(x)[0][:, -1]).squeeze()


@mistake(
    "sine_lstm",
    "Without batch_first=True nn.LSTM takes the first axis for time: your sequences flow into each other.",
    defines="SineLSTM",
)
class ForgetsBatchFirst(_SineLSTM):
    batch_first = False


@mistake(
    "sine_lstm",
    "Without batch_first=True nn.LSTM takes the first axis for time, and the batch comes first here: your "
    "`[-1]` is the last sequence, not the last step.",
    defines="SineLSTM",
)
class TakesTheBatchForTime(_SineLSTM):
    batch_first = False

    def forward(self, x):
        return self.fc(self.lstm(x)[0][-1])[:, 0]


@mistake(
    "sine_lstm",
    "Your `lstm` has the time first, and you turn the axes around it; make it with batch_first=True.",
    defines="SineLSTM",
)
class TransposesInstead(_SineLSTM):
    batch_first = False

    def forward(self, x):
        return self.fc(self.lstm(x.transpose(0, 1))[0][-1])[:, 0]


@mistake(
    "sine_lstm",
    "You take the last sequence of the batch, `[-1]`; the last step is `[:, -1]`.",
    defines="SineLSTM",
)
class LastSequenceInsteadOfStep(_SineLSTM):
    def forward(self, x):
        return self.fc(self.lstm(x)[0][-1])[:, 0]


@mistake(
    "sine_lstm",
    "You take the first step, which has seen one value only; take the last.",
    defines="SineLSTM",
)
class FirstStep(_SineLSTM):
    def forward(self, x):
        return self.fc(self.lstm(x)[0][:, 0])[:, 0]


@mistake("sine_lstm", "You average over all steps; take the last.", defines="SineLSTM")
class MeanOverTime(_SineLSTM):
    def forward(self, x):
        return self.fc(self.lstm(x)[0].mean(1))[:, 0]


@mistake("sine_lstm", "You take the largest value over all steps; take the last step.", defines="SineLSTM")
class MaximumOverTime(_SineLSTM):
    def forward(self, x):
        return self.fc(self.lstm(x)[0].amax(1))[:, 0]


@mistake(
    "sine_lstm",
    "You take the hidden state of the first layer; what comes out of an LSTM with several is that of the "
    "last, `h_n[-1]`.",
    defines="SineLSTM",
)
class FirstLayer(_SineLSTM):
    def forward(self, x):
        return self.fc(self.lstm(x)[1][0][0])[:, 0]


@mistake("sine_lstm", "You use the cell state c; the output is made of h.", defines="SineLSTM")
class CellStateInsteadOfHidden(_SineLSTM):
    def forward(self, x):
        return self.fc(self.lstm(x)[1][1][-1])[:, 0]


@mistake("sine_lstm", "You ignore `num_layers`: your LSTM has always one.", defines="SineLSTM")
class IgnoresNumLayers(_SineLSTM):
    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 1):
        super().__init__(input_size, hidden_size)


@mistake("sine_lstm", "You ignore `hidden_size`: your LSTM has always 32 units.", defines="SineLSTM")
class IgnoresHiddenSize(_SineLSTM):
    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 1):
        super().__init__(input_size, 32, num_layers)


@mistake("sine_lstm", "You ignore `input_size`: your LSTM takes always one feature.", defines="SineLSTM")
class IgnoresInputSize(_SineLSTM):
    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 1):
        super().__init__(1, hidden_size, num_layers)


@mistake("sine_lstm", "The default of `hidden_size` is 32.", defines="SineLSTM")
class AnotherDefaultSize(_SineLSTM):
    def __init__(self, input_size: int = 1, hidden_size: int = 64, num_layers: int = 1):
        super().__init__(input_size, hidden_size, num_layers)


@mistake("sine_lstm", "The default of `num_layers` is 1.", defines="SineLSTM")
class AnotherDefaultOfLayers(_SineLSTM):
    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 2):
        super().__init__(input_size, hidden_size, num_layers)


@mistake(
    "sine_lstm", "Your LSTM is bidirectional; the network has one that goes forward.", defines="SineLSTM"
)
class Bidirectional(_SineLSTM):
    bidirectional = True


@mistake("sine_lstm", "Your `fc` has no bias; it is an ordinary `nn.Linear`.", defines="SineLSTM")
class NoBias(_SineLSTM):
    bias = False


@mistake("sine_lstm", "Your network is a GRU; an LSTM is asked for.", defines="SineLSTM")
class UsesAGru(_SineLSTM):
    layer = nn.GRU


@mistake("sine_lstm", "Your network is a plain RNN; an LSTM is asked for.", defines="SineLSTM")
class UsesAnRnn(_SineLSTM):
    layer = nn.RNN


@mistake("sine_lstm", "Your layers have other names; they are `lstm` and `fc`.", defines="SineLSTM")
class OtherNames(nn.Module):
    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 1):
        super().__init__()
        self.rnn = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True)
        self.linear = nn.Linear(hidden_size, 1)

    def forward(self, x):
        return self.linear(self.rnn(x)[0][:, -1])[:, 0]


@mistake(
    "sine_lstm",
    "There is a Dropout in your network, or between the layers of its LSTM, that was not asked for.",
    defines="SineLSTM",
)
class AddsDropout(_SineLSTM):
    def forward(self, x):
        hidden = functional.dropout(self.lstm(x)[0][:, -1], 0.5, self.training)
        return self.fc(hidden)[:, 0]


@mistake(
    "sine_lstm",
    "Between `lstm` and `fc` there is a ReLU that was not asked for: it throws away every negative h.",
    defines="SineLSTM",
)
class ReluBeforeTheLinearLayer(_SineLSTM):
    def forward(self, x):
        return self.fc(self.lstm(x)[0][:, -1].relu())[:, 0]


@mistake(
    "sine_lstm",
    "Your output goes through a tanh, and cannot leave −1 … 1; return what `fc` gives.",
    defines="SineLSTM",
)
class TanhOnTheOutput(_SineLSTM):
    def forward(self, x):
        return super().forward(x).tanh()


@mistake(
    "sine_lstm",
    "You return a prediction for every step; return that of the last one only.",
    defines="SineLSTM",
)
class AllSteps(_SineLSTM):
    def forward(self, x):
        return self.fc(self.lstm(x)[0])[..., 0]


@mistake(
    "sine_lstm",
    "Your model keeps its state from one call to the next; every call starts from zeros.",
    defines="SineLSTM",
)
class KeepsItsState(_SineLSTM):
    def forward(self, x):
        state = getattr(self, "state", None)
        if state is not None and state[0].shape[1] != len(x):
            state = None
        steps, state = self.lstm(x, state)
        self.state = tuple(each.detach() for each in state)
        return self.fc(steps[:, -1])[:, 0]


@mistake(
    "sine_lstm",
    "Your state starts with random numbers; it starts with zeros.",
    defines="SineLSTM",
)
class RandomInitialState(_SineLSTM):
    def forward(self, x):
        shape = (self.lstm.num_layers, len(x), self.lstm.hidden_size)
        state = torch.randn(shape), torch.randn(shape)
        return self.fc(self.lstm(x, state)[0][:, -1])[:, 0]


@mistake(
    "sine_lstm",
    "Part of your network computes without gradients (no_grad, detach, .data), so the LSTM cannot learn.",
    defines="SineLSTM",
)
class DetachesTheLstm(_SineLSTM):
    def forward(self, x):
        return self.fc(self.lstm(x)[0][:, -1].detach())[:, 0]


@mistake("sine_lstm", "Your prediction is detached: nothing can be learned from it.", defines="SineLSTM")
class DetachesTheOutput(_SineLSTM):
    def forward(self, x):
        return super().forward(x).detach()


_SHARED = {}


@mistake(
    "sine_lstm",
    "Your layers are made once, outside `__init__`, so that all models share them.",
    defines="SineLSTM",
)
class SharesLayers(_SineLSTM):
    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 1):
        super().__init__(input_size, hidden_size, num_layers)
        parts = _SHARED.setdefault((input_size, hidden_size, num_layers), (self.lstm, self.fc))
        self.lstm, self.fc = parts


@mistake(
    "sine_lstm",
    "Your layers are made in `forward`: new ones at each pass, and never trained. Make them in `__init__`.",
    defines="SineLSTM",
)
class LayersInForward(nn.Module):
    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 1):
        super().__init__()
        self.sizes = input_size, hidden_size, num_layers

    def forward(self, x):
        return _SineLSTM(*self.sizes)(x)


@mistake(
    "sine_lstm",
    "Your `__init__` does not begin with `super().__init__()`, without which a module cannot hold layers.",
    defines="SineLSTM",
)
class ForgetsSuper(nn.Module):
    def __init__(self, input_size: int = 1, hidden_size: int = 32, num_layers: int = 1):
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True)


@mistake("sine_lstm", "Your `forward` returns nothing; is a `return` missing?", defines="SineLSTM")
class ForwardWithoutReturn(_SineLSTM):
    def forward(self, x):
        super().forward(x)


# ---------------------------------------------------------------- train_lstm


def _batches(X, y, batch_size, device="cpu", moves=True):
    order = torch.randperm(len(X))
    for batch in order.split(batch_size):
        yield (X[batch].to(device), y[batch].to(device)) if moves else (X[batch], y[batch])


def _mean(losses, sizes):
    return sum(loss * size for loss, size in zip(losses, sizes, strict=True)) / sum(sizes)


def _train(
    model,
    X,
    y,
    epochs=30,
    lr=1e-2,
    batch_size=64,
    device="cpu",
    *,
    optimizer=torch.optim.Adam,
    criterion=functional.mse_loss,
    figure=_mean,
    prepare=None,
    clear=True,
    batches=_batches,
    after=lambda: None,
    moves=("model", "data"),
):
    """A right training, parts of which can be replaced."""
    if "model" in moves:
        model.to(device)
    optimizer = optimizer(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        (prepare or model.train)()
        losses, sizes = [], []
        for inputs, targets in batches(X, y, batch_size, device, "data" in moves):
            if clear:
                optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            sizes.append(len(targets))
        history.append(figure(losses, sizes))
        after()
    return history


@mistake(
    "train_lstm",
    "You average the means of the batches. The last batch may be smaller and must weigh less: multiply each "
    "mean by the size of its batch, and divide the sum by the number of samples.",
)
def mean_of_batch_means(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    def figure(losses, sizes):
        return sum(losses) / len(losses)

    def in_order(X, y, batch_size, device, moves):
        return zip(X.to(device).split(batch_size), y.to(device).split(batch_size), strict=True)

    return _train(model, X, y, epochs, lr, batch_size, device, figure=figure, batches=in_order)


@mistake(
    "train_lstm",
    "You divide the sum of the batches' mean losses by the number of samples; each of them is a mean over "
    "its batch already, and has to be multiplied by the batch's size first.",
)
def sum_of_means_by_samples(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    def figure(losses, sizes):
        return sum(losses) / sum(sizes)

    def in_order(X, y, batch_size, device, moves):
        return zip(X.to(device).split(batch_size), y.to(device).split(batch_size), strict=True)

    return _train(model, X, y, epochs, lr, batch_size, device, figure=figure, batches=in_order)


@mistake("train_lstm", "Your losses are those of the last batch of each epoch, not of the epoch.")
def loss_of_the_last_batch(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    def figure(losses, sizes):
        return losses[-1]

    def in_order(X, y, batch_size, device, moves):
        return zip(X.to(device).split(batch_size), y.to(device).split(batch_size), strict=True)

    return _train(model, X, y, epochs, lr, batch_size, device, figure=figure, batches=in_order)


@mistake("train_lstm", "Your losses are sums over batches or samples; return the mean over samples.")
def sum_of_losses(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    def figure(losses, sizes):
        return sum(loss * size for loss, size in zip(losses, sizes, strict=True))

    return _train(model, X, y, epochs, lr, batch_size, device, figure=figure)


@mistake("train_lstm", "Your losses are roots of the mean squared error; return the error itself.")
def root_mean_squares(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    def figure(losses, sizes):
        return _mean(losses, sizes) ** 0.5

    return _train(model, X, y, epochs, lr, batch_size, device, figure=figure)


@mistake(
    "train_lstm",
    "You return one loss for each batch; return one mean for each epoch.",
)
def loss_of_every_batch(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    history = []
    for _ in range(epochs):
        _train(model, X, y, 1, lr, batch_size, device, figure=lambda losses, sizes: history.extend(losses))
    return history


@mistake(
    "train_lstm",
    "Your targets are a column, (N, 1), and the predictions a row, (N,): their difference is a square of "
    "N × N, and the model learns the mean of all targets. Both have the shape (N,).",
)
def targets_as_a_column_in_the_loss(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    def criterion(predictions, targets):
        return ((predictions - targets[:, None]) ** 2).mean()

    return _train(model, X, y, epochs, lr, batch_size, device, criterion=criterion)


@mistake("train_lstm", "You minimise the mean absolute error; it is the mean squared error.")
def absolute_error(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return _train(model, X, y, epochs, lr, batch_size, device, criterion=functional.l1_loss)


@mistake("train_lstm", "Your loss is the smooth L1 (Huber) loss; it is the mean squared error.")
def huber_loss(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return _train(model, X, y, epochs, lr, batch_size, device, criterion=functional.smooth_l1_loss)


@mistake("train_lstm", "Your losses are tensors that hold on to their graphs; `.item()` makes floats.")
def losses_with_graphs(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    losses = _train(model, X, y, epochs, lr, batch_size, device)
    return [torch.tensor(loss, requires_grad=True) for loss in losses]


@mistake(
    "train_lstm",
    "Your sum of losses is not set back to zero at the start of each epoch: every entry is a mean over all "
    "epochs so far.",
)
def mean_over_all_epochs(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    losses = _train(model, X, y, epochs, lr, batch_size, device)
    return [sum(losses[: epoch + 1]) / (epoch + 1) for epoch in range(epochs)]


@mistake("train_lstm", "You return the last loss only; return a list, one loss an epoch.")
def last_loss_only(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return _train(model, X, y, epochs, lr, batch_size, device)[-1]


@mistake("train_lstm", "You return nothing; return the losses.")
def returns_nothing(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    _train(model, X, y, epochs, lr, batch_size, device)


@mistake("train_lstm", "You return the model; return the losses. The model is trained in place.")
def returns_the_model(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    _train(model, X, y, epochs, lr, batch_size, device)
    return model


@mistake("train_lstm", "Your optimizer is AdamW, which lets the weights decay besides; Adam is asked for.")
def with_adamw(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return _train(model, X, y, epochs, lr, batch_size, device, optimizer=torch.optim.AdamW)


@mistake("train_lstm", "Your optimizer is plain SGD; Adam is asked for.")
def with_sgd(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return _train(model, X, y, epochs, lr, batch_size, device, optimizer=torch.optim.SGD)


@mistake("train_lstm", "Your optimizer is RMSprop; Adam is asked for.")
def with_rmsprop(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return _train(model, X, y, epochs, lr, batch_size, device, optimizer=torch.optim.RMSprop)


@mistake(
    "train_lstm",
    "You make a new optimizer in every epoch: Adam forgets its averages. Make one, before the loop.",
)
def new_optimizer_in_every_epoch(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return [_train(model, X, y, 1, lr, batch_size, device)[0] for _ in range(epochs)]


@mistake(
    "train_lstm",
    "You make a new optimizer for every batch: Adam forgets its averages. Make one, before the loop.",
)
def new_optimizer_for_every_batch(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    class Forgetful(torch.optim.Adam):
        def zero_grad(self):
            super().zero_grad()
            self.state.clear()

    return _train(model, X, y, epochs, lr, batch_size, device, optimizer=Forgetful)


@mistake("train_lstm", "Your optimizer has the parameters of `fc` only; the LSTM never learns.")
def trains_the_last_layer_only(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    def optimizer(parameters, lr):
        return torch.optim.Adam(model.fc.parameters(), lr=lr)

    return _train(model, X, y, epochs, lr, batch_size, device, optimizer=optimizer)


@mistake("train_lstm", "The learning rate is always 1e-2 in your function; use `lr`.")
def ignores_lr(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return _train(model, X, y, epochs, 1e-2, batch_size, device)


@mistake("train_lstm", "The default learning rate is 1e-2; yours is another one.")
def another_default_lr(model, X, y, epochs=30, lr=1e-3, batch_size=64, device="cpu"):
    return _train(model, X, y, epochs, lr, batch_size, device)


@mistake("train_lstm", "You train for 30 epochs, whatever `epochs` says.")
def ignores_epochs(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return _train(model, X, y, 30, lr, batch_size, device)


@mistake("train_lstm", "You train for one epoch only; is a `return` inside the loop?")
def one_epoch_only(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return _train(model, X, y, 1, lr, batch_size, device)


@mistake("train_lstm", "You ignore `batch_size`: all samples are in one batch, so an epoch is one step.")
def one_batch(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return _train(model, X, y, epochs, lr, len(X), device)


@mistake("train_lstm", "You ignore `batch_size`, and always take 64.")
def ignores_the_batch_size(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return _train(model, X, y, epochs, lr, 64, device)


@mistake("train_lstm", "You take one sample at a time; take batches of `batch_size`.")
def one_sample_at_a_time(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return _train(model, X, y, epochs, lr, 1, device)


@mistake("train_lstm", "You leave the last batch out because it is smaller; it counts, too.")
def drops_the_small_batch(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    def batches(X, y, batch_size, device, moves):
        for inputs, targets in zip(X.split(batch_size), y.split(batch_size), strict=True):
            if len(targets) == min(batch_size, len(y)):
                yield inputs.to(device), targets.to(device)

    return _train(model, X, y, epochs, lr, batch_size, device, batches=batches)


@mistake(
    "train_lstm",
    "You shuffle the windows but not their targets with them: nothing fits together any more.",
)
def shuffles_windows_only(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    def batches(X, y, batch_size, device, moves):
        order = (torch.arange(len(X)) + 1 + torch.randint(len(X), ())) % len(X)
        return zip(X[order].to(device).split(batch_size), y.to(device).split(batch_size), strict=True)

    return _train(model, X, y, epochs, lr, batch_size, device, batches=batches)


@mistake(
    "train_lstm",
    "Your gradients pile up: `backward` adds to those of the batches before, so clear them for every batch "
    "(`optimizer.zero_grad()`).",
)
def forgets_zero_grad(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return _train(model, X, y, epochs, lr, batch_size, device, clear=False)


@mistake(
    "train_lstm", "Nothing is learned: there is no step, or the optimizer has no parameters of this model."
)
def forgets_the_step(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    def still(parameters, lr):
        return torch.optim.Adam(parameters, lr=0.0)

    return _train(model, X, y, epochs, lr, batch_size, device, optimizer=still)


@mistake("train_lstm", "You train a copy; the model that you were given stays as it was.")
def trains_a_copy(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return _train(copy.deepcopy(model), X, y, epochs, lr, batch_size, device)


@mistake("train_lstm", "You start by resetting the model's parameters; train the model that you are given.")
def resets_the_model(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    torch.manual_seed(0)
    for module in model.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    return _train(model, X, y, epochs, lr, batch_size, device)


@mistake(
    "train_lstm",
    "You rescale the data inside your function: the model learns from numbers of another size than it will "
    "get to see.",
)
def rescales_inside(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    mean, spread = X.mean(), X.std()
    return _train(model, (X - mean) / spread, (y - mean) / spread, epochs, lr, batch_size, device)


@mistake("train_lstm", "You train in eval mode, in which Dropout does nothing.")
def trains_in_eval_mode(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return _train(model, X, y, epochs, lr, batch_size, device, prepare=model.eval)


@mistake(
    "train_lstm",
    "You switch to train mode once, before the loop, and leave it when you measure the loss: begin every "
    "epoch with `model.train()`.",
)
def train_mode_once(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    model.train()
    return _train(
        model, X, y, epochs, lr, batch_size, device, prepare=lambda: None, after=lambda: model.eval()
    )


@mistake("train_lstm", "You add noise to X, or change it otherwise, in place: the data are not yours.")
def changes_the_data(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    losses = _train(model, X, y, epochs, lr, batch_size, device)
    X -= X.mean()
    return losses


@mistake("train_lstm", "You ignore `device`: neither the model nor the data are moved there.")
def ignores_the_device(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return _train(model, X, y, epochs, lr, batch_size, device, moves=())


@mistake("train_lstm", "You do not move the model to `device`.")
def leaves_the_model(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return _train(model, X, y, epochs, lr, batch_size, device, moves=("data",))


@mistake("train_lstm", "You do not move the data to `device`.")
def leaves_the_data(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    return _train(model, X, y, epochs, lr, batch_size, device, moves=("model",))


@mistake("train_lstm", "You move the windows to `device`, but not the targets.")
def leaves_the_targets(model, X, y, epochs=30, lr=1e-2, batch_size=64, device="cpu"):
    def batches(X, y, batch_size, device, moves):
        for inputs, targets in _batches(X, y, batch_size, moves=False):
            yield inputs.to(device), targets

    return _train(model, X, y, epochs, lr, batch_size, device, batches=batches)


def _squares(X, y):
    return (y - X[:, -1, 0]) ** 2


@mistake(
    "train_lstm",
    "You subtract a column from a row, or a row from a column: `X[:, -1]` has the shape (n, 1), and with y "
    "it broadcasts to a square of n × n. `X[:, -1, 0]` is (n,).",
    defines="persistence_mse",
)
def persistence_as_a_square(X, y):
    return ((y - X[:, -1]) ** 2).mean().item()


@mistake(
    "train_lstm",
    "You predict the first value of each window; persistence repeats the last one.",
    defines="persistence_mse",
)
def persists_the_first_value(X, y):
    return ((y - X[:, 0, 0]) ** 2).mean().item()


@mistake(
    "train_lstm",
    "You compare with y of the row before. That is the last value of the window only if no row is missing, "
    "and never for the first: it stands in X itself.",
    defines="persistence_mse",
)
def compares_targets_with_each_other(X, y):
    return ((y[1:] - y[:-1]) ** 2).mean().item()


@mistake(
    "train_lstm",
    "You predict the mean of the window; persistence repeats its last value.",
    defines="persistence_mse",
)
def predicts_the_mean_of_the_window(X, y):
    return ((y - X[..., 0].mean(1)) ** 2).mean().item()


@mistake(
    "train_lstm",
    "You compare with the last window, `X[-1]`; the last value of each window is `X[:, -1, 0]`.",
    defines="persistence_mse",
)
def repeats_the_last_window(X, y):
    return ((y[:, None] - X[-1, :, 0]) ** 2).mean().item()


@mistake("train_lstm", "You take the mean absolute error; take the squares.", defines="persistence_mse")
def absolute_error_of_persistence(X, y):
    return (y - X[:, -1, 0]).abs().mean().item()


@mistake(
    "train_lstm", "You take the root; the mean squared error itself is asked for.", defines="persistence_mse"
)
def root_of_the_error(X, y):
    return _squares(X, y).mean().sqrt().item()


@mistake("train_lstm", "You sum the squares; take their mean.", defines="persistence_mse")
def sum_of_the_squares(X, y):
    return _squares(X, y).sum().item()


@mistake(
    "train_lstm", "You compute a variance, which takes the mean difference off.", defines="persistence_mse"
)
def variance_of_the_error(X, y):
    return (y - X[:, -1, 0]).var(correction=0).item()


@mistake(
    "train_lstm", "You square the mean difference; take the mean of the squares.", defines="persistence_mse"
)
def square_of_the_mean(X, y):
    return (y - X[:, -1, 0]).mean().item() ** 2


@mistake("train_lstm", "You divide by n − 1; the mean divides by n.", defines="persistence_mse")
def divides_by_one_less(X, y):
    return _squares(X, y).sum().item() / max(len(y) - 1, 1)


@mistake("train_lstm", "You return a tensor; `.item()` makes a float.", defines="persistence_mse")
def persistence_as_a_tensor(X, y):
    return _squares(X, y).mean()


@mistake(
    "train_lstm", "You return the squared errors, one each; return their mean.", defines="persistence_mse"
)
def error_of_each_window(X, y):
    return _squares(X, y)


# ---------------------------------------------------------------- rollout


def _predict(model, window):
    return model(window[None])[0].detach()


def _rollout(model, window, steps, follow=None, finish=None, before=True):
    """A right roll-out; `follow` makes the next window, `finish` ends with the model."""
    was_training = model.training
    if before:
        model.eval()
    predictions = []
    with torch.no_grad():
        for _ in range(steps):
            predictions.append(_predict(model, window))
            window = (follow or _slide)(window, predictions[-1])
    (finish or model.train)(was_training)
    return torch.stack(predictions) if predictions else torch.zeros(0)


def _slide(window, value):
    return torch.cat([window[1:], value.view(1, 1)])


@mistake(
    "rollout",
    "You put each prediction at the front of the window; the newest value comes last.",
)
def appends_to_the_wrong_end(model, window, steps):
    return _rollout(model, window, steps, lambda window, value: torch.cat([value.view(1, 1), window[:-1]]))


@mistake(
    "rollout",
    "You drop the newest value and keep the oldest; drop the first one of the window.",
)
def drops_the_newest_value(model, window, steps):
    return _rollout(model, window, steps, lambda window, value: torch.cat([window[:-1], value.view(1, 1)]))


@mistake(
    "rollout",
    "Your window grows: each prediction is added, but the oldest value is not dropped. (An LSTM that carries "
    "its state on, fed one value at a time, comes to the same.)",
)
def lets_the_window_grow(model, window, steps):
    return _rollout(model, window, steps, lambda window, value: torch.cat([window, value.view(1, 1)]))


@mistake(
    "rollout",
    "Your window shrinks: the oldest value is dropped, but the prediction does not get in.",
)
def lets_the_window_shrink(model, window, steps):
    return _rollout(model, window, steps, lambda window, value: window[1:] if len(window) > 1 else window)


@mistake(
    "rollout",
    "The model sees the same window at every step; each prediction has to be fed back in.",
)
def feeds_the_same_window(model, window, steps):
    return _rollout(model, window, steps, lambda window, value: window)


@mistake(
    "rollout",
    "You feed the prediction alone: the model sees a window of one value, without the ones before.",
)
def feeds_the_prediction_alone(model, window, steps):
    return _rollout(model, window, steps, lambda window, value: value.view(1, 1))


@mistake(
    "rollout",
    "You fill the whole window with the last prediction.",
)
def fills_the_window(model, window, steps):
    return _rollout(model, window, steps, lambda window, value: value.expand_as(window))


@mistake(
    "rollout",
    "Your window turns round: the dropped value comes back at the end in place of the prediction.",
)
def turns_the_window(model, window, steps):
    return _rollout(model, window, steps, lambda window, value: window.roll(-1, 0))


@mistake("rollout", "You begin with a prediction that you do not return: your forecast is one step late.")
def begins_one_step_late(model, window, steps):
    return _rollout(model, window, steps + 1)[1:]


@mistake(
    "rollout", "Your forecast starts with the last value of the window; it starts with the first prediction."
)
def begins_with_the_last_value(model, window, steps):
    return torch.cat([window[-1], _rollout(model, window, steps)])[:steps]


@mistake("rollout", "You return the values of the window as well; return the predictions only.")
def returns_the_window_too(model, window, steps):
    return torch.cat([window[:, 0], _rollout(model, window, steps)])


@mistake("rollout", "You return the last window; return all predictions, (steps,).")
def returns_the_last_window(model, window, steps):
    joined = torch.cat([window[:, 0], _rollout(model, window, steps)])
    return joined[len(joined) - len(window) :]


@mistake("rollout", "You return the last prediction only; return all of them, (steps,).")
def returns_the_last_prediction(model, window, steps):
    return _rollout(model, window, steps)[-1:]


@mistake("rollout", "Your predictions are a column, (steps, 1); return (steps,).")
def predictions_as_a_column(model, window, steps):
    return _rollout(model, window, steps)[:, None]


@mistake("rollout", "You return a list; return a tensor.")
def returns_a_list(model, window, steps):
    return _rollout(model, window, steps).tolist()


@mistake("rollout", "You return a NumPy array; return a tensor.")
def returns_an_array(model, window, steps):
    return _rollout(model, window, steps).numpy()


@mistake("rollout", "No steps are a right wish, too: the result is an empty tensor then.")
def fails_without_steps(model, window, steps):
    if steps == 0:
        raise RuntimeError("stack expects a non-empty TensorList")
    return _rollout(model, window, steps)


@mistake("rollout", "You return None for no steps; return an empty tensor.")
def none_without_steps(model, window, steps):
    return _rollout(model, window, steps) if steps else None


@mistake("rollout", "You make one prediction even if no steps are asked for.")
def at_least_one_step(model, window, steps):
    return _rollout(model, window, max(steps, 1))


@mistake(
    "rollout", "`squeeze` without an axis makes a single prediction a number without an axis; return (1,)."
)
def squeezes_one_step(model, window, steps):
    return _rollout(model, window, steps).squeeze()


@mistake(
    "rollout",
    "You leave the model in eval mode; a model that was in train mode has to be in it again.",
)
def leaves_eval_mode(model, window, steps):
    return _rollout(model, window, steps, finish=lambda was_training: model.eval())


@mistake(
    "rollout",
    "You switch to train mode at the end; a model that was in eval mode has to be in it again.",
)
def leaves_train_mode(model, window, steps):
    return _rollout(model, window, steps, finish=lambda was_training: model.train())


@mistake(
    "rollout",
    "You do not switch to eval mode, so Dropout drops while you predict.",
)
def forgets_eval_mode(model, window, steps):
    return _rollout(model, window, steps, before=False)


@mistake(
    "rollout",
    "You return before the mode is as it was, when there are no steps.",
)
def forgets_the_mode_without_steps(model, window, steps):
    was_training = model.training
    result = _rollout(model, window, steps)
    model.train(was_training and steps > 0)
    return result


@mistake(
    "rollout",
    "You set `model.training` itself, which leaves the layers inside in eval mode; `model.train(…)` reaches "
    "them all.",
)
def sets_the_attribute(model, window, steps):
    def finish(was_training):
        model.training = was_training

    return _rollout(model, window, steps, finish=finish)


@mistake(
    "rollout",
    "Gradients are tracked while you predict. Eval mode does not switch that off; `torch.no_grad()` does.",
)
def tracks_gradients(model, window, steps):
    was_training = model.training
    model.eval()
    predictions = []
    for _ in range(steps):
        predictions.append(_predict(model, window))
        window = _slide(window, predictions[-1])
    model.train(was_training)
    return torch.stack(predictions) if predictions else torch.zeros(0)


@mistake(
    "rollout",
    "You take `requires_grad` from the model's parameters, so that it cannot be trained any more; use `with "
    "torch.no_grad():`.",
)
def freezes_the_model(model, window, steps):
    return _rollout(model.requires_grad_(False), window, steps)


@mistake(
    "rollout",
    "Your forecast still tracks gradients; the passes belong under `torch.no_grad()`.",
)
def forecast_with_gradients(model, window, steps):
    was_training = model.training
    model.eval()
    predictions = []
    for _ in range(steps):
        predictions.append(model(window[None])[0])
        window = _slide(window, predictions[-1])
    model.train(was_training)
    return torch.stack(predictions) if predictions else torch.zeros(0)


@mistake(
    "rollout",
    "You write the predictions into the window that you were given; work on a copy (`clone()`).",
)
def writes_into_the_window(model, window, steps):
    result = _rollout(model, window, steps)
    joined = torch.cat([window[:, 0], result])
    window[:, 0] = joined[len(joined) - len(window) :]
    return result


@mistake("rollout", "You round the predictions before they are fed back in.")
def rounds_predictions(model, window, steps):
    return _rollout(model, window, steps, lambda window, value: _slide(window, value.round(decimals=1)))


@mistake(
    "rollout",
    "You add the prediction to the last value, as if the model predicted differences.",
)
def adds_up_predictions(model, window, steps):
    return window[-1] + _rollout(model, window, steps).cumsum(0)
