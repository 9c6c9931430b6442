"""Wrong answers to 03-rnn that students really give, in each exercise the subtle ones first."""

import numpy as np

from grader.checking import mistake

# ---------------------------------------------------------------- rnn_cell


class _Cell:
    """A right cell; the mistakes change a part of it."""

    def __init__(self, input_size, hidden_size, output_size=1, rng=None):
        rng = self._generator(rng)
        self.hidden_size = hidden_size
        self.W_xh = self._draw(rng, (hidden_size, input_size))
        self.W_hh = self._draw(rng, (hidden_size, hidden_size))
        self.W_hy = self._draw(rng, (output_size, hidden_size))
        self.b_h = self._bias(rng, hidden_size)
        self.b_y = self._bias(rng, output_size)

    def _generator(self, rng):
        return np.random.default_rng() if rng is None else rng

    def _draw(self, rng, shape):
        return rng.normal(0, 0.1, shape)

    def _bias(self, rng, size):
        return np.zeros(size)

    def step(self, x, h):
        return np.tanh(self.W_xh @ x + self.W_hh @ h + self.b_h)

    def forward_sequence(self, xs, h0=None):
        states = [np.zeros(self.hidden_size) if h0 is None else np.array(h0, np.float64)]
        for x in xs:
            states.append(self.step(x, states[-1]))
        return np.array(states)

    def outputs(self, states):
        return states[1:] @ self.W_hy.T + self.b_y


@mistake(
    "rnn_cell",
    "You add into the bias itself: `z = self.b_h` is a second name for the same array, and `z += …` changes "
    "it, so every later step has another bias.",
    defines="SimpleRNNCell",
)
class AddsIntoTheBias(_Cell):
    def step(self, x, h):
        z = self.b_h
        z += self.W_xh @ x + self.W_hh @ h
        return np.tanh(z)


@mistake(
    "rnn_cell",
    "The state of the last sequence is still there when the next one begins. Without h0, every sequence "
    "starts from zeros.",
    defines="SimpleRNNCell",
)
class RemembersTheLastSequence(_Cell):
    last = None

    def forward_sequence(self, xs, h0=None):
        states = super().forward_sequence(xs, self.last if h0 is None else h0)
        self.last = states[-1]
        return states


@mistake(
    "rnn_cell",
    "Your steps overwrite the array that came as h0; work on a copy.",
    defines="SimpleRNNCell",
)
class OverwritesH0(_Cell):
    def forward_sequence(self, xs, h0=None):
        states = super().forward_sequence(xs, h0)
        if h0 is not None and h0.dtype == np.float64:
            h0[:] = states[-1]
        return states


@mistake(
    "rnn_cell",
    "You ask whether h0 is true (`h0 or …`, `if h0:`), which NumPy does not answer for arrays; ask whether "
    "it `is None`.",
    defines="SimpleRNNCell",
)
class AsksWhetherH0IsTrue(_Cell):
    def forward_sequence(self, xs, h0=None):
        return super().forward_sequence(xs, h0 or np.zeros(self.hidden_size))


@mistake(
    "rnn_cell",
    "You ignore h0: every sequence starts from zeros.",
    defines="SimpleRNNCell",
)
class IgnoresH0(_Cell):
    def forward_sequence(self, xs, h0=None):
        return super().forward_sequence(xs)


@mistake(
    "rnn_cell",
    "You put h0 into states[0], but the first step starts from zeros all the same.",
    defines="SimpleRNNCell",
)
class StoresH0Only(_Cell):
    def forward_sequence(self, xs, h0=None):
        states = super().forward_sequence(xs)
        states[0] = 0 if h0 is None else h0
        return states


@mistake(
    "rnn_cell",
    "states[0] is zero although h0 was given: it is used for the first step, but belongs to the states, too.",
    defines="SimpleRNNCell",
)
class StatesBeginWithZeros(_Cell):
    def forward_sequence(self, xs, h0=None):
        states = super().forward_sequence(xs, h0)
        states[0] = 0
        return states


@mistake(
    "rnn_cell",
    "Every step starts from h0 instead of the state before: nothing is carried from step to step.",
    defines="SimpleRNNCell",
)
class CarriesNoState(_Cell):
    def forward_sequence(self, xs, h0=None):
        first = super().forward_sequence(xs[:0], h0)
        return np.vstack([first, *(self.step(x, first[0]) for x in xs)])


@mistake(
    "rnn_cell",
    "The first state is missing: T inputs give T + 1 states, and states[0] is h0 or zeros.",
    defines="SimpleRNNCell",
)
class LeavesTheFirstStateOut(_Cell):
    def forward_sequence(self, xs, h0=None):
        return super().forward_sequence(xs, h0)[1:]


@mistake(
    "rnn_cell",
    "You return the last state only; all of them are asked for.",
    defines="SimpleRNNCell",
)
class ReturnsTheLastState(_Cell):
    def forward_sequence(self, xs, h0=None):
        return super().forward_sequence(xs, h0)[-1]


@mistake(
    "rnn_cell",
    "Your last state is never computed: the loop stops one input too early.",
    defines="SimpleRNNCell",
)
class StopsOneStepEarly(_Cell):
    def forward_sequence(self, xs, h0=None):
        states = super().forward_sequence(xs, h0)
        states[-1] = 0
        return states


@mistake(
    "rnn_cell",
    "Your steps use the input that comes one place too early (x_{t−1}; at the beginning, xs[-1] is the last "
    "one): states[t + 1] follows from xs[t] and states[t].",
    defines="SimpleRNNCell",
)
class UsesTheInputBefore(_Cell):
    def forward_sequence(self, xs, h0=None):
        return super().forward_sequence(np.roll(xs, 1, axis=0), h0)


@mistake(
    "rnn_cell",
    "You read the sequence from its end.",
    defines="SimpleRNNCell",
)
class ReadsBackwards(_Cell):
    def forward_sequence(self, xs, h0=None):
        return super().forward_sequence(xs[::-1], h0)


@mistake(
    "rnn_cell",
    "You make the states with the dtype of the input (np.zeros_like, or dtype=xs.dtype), which cuts off "
    "fractions where the input holds integers; make them float64.",
    defines="SimpleRNNCell",
)
class StatesLikeTheInput(_Cell):
    def forward_sequence(self, xs, h0=None):
        states = np.zeros((len(xs) + 1, self.hidden_size), xs.dtype)
        states[0] = 0 if h0 is None else h0
        for t, x in enumerate(xs):
            states[t + 1] = self.step(x, states[t])
        return states


@mistake(
    "rnn_cell",
    "You return a list of states; make it one array.",
    defines="SimpleRNNCell",
)
class ReturnsAListOfStates(_Cell):
    def forward_sequence(self, xs, h0=None):
        return list(super().forward_sequence(xs, h0))


@mistake(
    "rnn_cell",
    "You use W_hh transposed.",
    defines="SimpleRNNCell",
)
class TransposesWhh(_Cell):
    def step(self, x, h):
        return np.tanh(self.W_xh @ x + h @ self.W_hh + self.b_h)


@mistake(
    "rnn_cell",
    "The bias b_h is missing in your step.",
    defines="SimpleRNNCell",
)
class ForgetsTheBias(_Cell):
    def step(self, x, h):
        return np.tanh(self.W_xh @ x + self.W_hh @ h)


@mistake(
    "rnn_cell",
    "You add the bias after tanh; it belongs inside.",
    defines="SimpleRNNCell",
)
class AddsTheBiasOutside(_Cell):
    def step(self, x, h):
        return np.tanh(self.W_xh @ x + self.W_hh @ h) + self.b_h


@mistake(
    "rnn_cell",
    "You take tanh of the input's part only; it is taken of the whole sum.",
    defines="SimpleRNNCell",
)
class AddsTheStateOutside(_Cell):
    def step(self, x, h):
        return np.tanh(self.W_xh @ x + self.b_h) + self.W_hh @ h


@mistake(
    "rnn_cell",
    "You add the state before to the result; it comes in through W_hh only.",
    defines="SimpleRNNCell",
)
class AddsTheStateItself(_Cell):
    def step(self, x, h):
        return h + super().step(x, h)


@mistake(
    "rnn_cell",
    "Your step does not use the state before: W_hh h is missing.",
    defines="SimpleRNNCell",
)
class ForgetsTheState(_Cell):
    def step(self, x, h):
        return np.tanh(self.W_xh @ x + self.b_h)


@mistake(
    "rnn_cell",
    "You multiply W_hh and the state entry by entry (`*`); a matrix times a vector is `@`.",
    defines="SimpleRNNCell",
)
class MultipliesEntries(_Cell):
    def step(self, x, h):
        return np.tanh(self.W_xh @ x + np.diag(self.W_hh * h) + self.b_h)


@mistake(
    "rnn_cell",
    "Your step lacks tanh.",
    defines="SimpleRNNCell",
)
class ForgetsTanh(_Cell):
    def step(self, x, h):
        return self.W_xh @ x + self.W_hh @ h + self.b_h


@mistake(
    "rnn_cell",
    "Your step uses the logistic function; this cell uses tanh.",
    defines="SimpleRNNCell",
)
class UsesTheLogisticFunction(_Cell):
    def step(self, x, h):
        z = self.W_xh @ x + self.W_hh @ h + self.b_h
        return 0.5 * (1 + np.tanh(z / 2))


@mistake(
    "rnn_cell",
    "Your step uses ReLU; this cell uses tanh.",
    defines="SimpleRNNCell",
)
class UsesRelu(_Cell):
    def step(self, x, h):
        return np.maximum(self.W_xh @ x + self.W_hh @ h + self.b_h, 0)


@mistake(
    "rnn_cell",
    "You compute tanh from exponentials that overflow for large sums: infinity by infinity is NaN. np.tanh "
    "does not overflow.",
    defines="SimpleRNNCell",
)
class OverflowingTanh(_Cell):
    def step(self, x, h):
        z = self.W_xh @ x + self.W_hh @ h + self.b_h
        return (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))


@mistake(
    "rnn_cell",
    "Your step returns a pair; it returns the next state only. The outputs have a method of their own.",
    defines="SimpleRNNCell",
)
class StepReturnsAPair(_Cell):
    def step(self, x, h):
        h = super().step(x, h)
        return h, self.W_hy @ h + self.b_y

    def forward_sequence(self, xs, h0=None):
        states = super().forward_sequence(xs[:0], h0)
        for x in xs:
            states = np.vstack([states, self.step(x, states[-1])[0]])
        return states


@mistake(
    "rnn_cell",
    "You compute in float32, which loses half of the digits; use float64.",
    defines="SimpleRNNCell",
)
class SinglePrecision(_Cell):
    def step(self, x, h):
        return super().step(x, h).astype(np.float32)

    def forward_sequence(self, xs, h0=None):
        return super().forward_sequence(xs, h0).astype(np.float32)

    def outputs(self, states):
        return super().outputs(states).astype(np.float32)


@mistake(
    "rnn_cell",
    "The bias b_y is missing in your outputs.",
    defines="SimpleRNNCell",
)
class ForgetsTheOutputBias(_Cell):
    def outputs(self, states):
        return states[1:] @ self.W_hy.T


@mistake(
    "rnn_cell",
    "Your outputs begin with one for states[0], which comes before any input: T + 1 states give T outputs.",
    defines="SimpleRNNCell",
)
class OutputsForTheFirstState(_Cell):
    def outputs(self, states):
        return states @ self.W_hy.T + self.b_y


@mistake(
    "rnn_cell",
    "You leave the last state out instead of the first: the outputs belong to states[1:].",
    defines="SimpleRNNCell",
)
class OutputsWithoutTheLastState(_Cell):
    def outputs(self, states):
        return states[:-1] @ self.W_hy.T + self.b_y


@mistake(
    "rnn_cell",
    "You return the last output only; there is one for each step.",
    defines="SimpleRNNCell",
)
class LastOutputOnly(_Cell):
    def outputs(self, states):
        return self.W_hy @ states[-1] + self.b_y


@mistake(
    "rnn_cell",
    "With one output, your result has the shape (T,); it is (T, output_size), here (T, 1).",
    defines="SimpleRNNCell",
)
class FlattensOneOutput(_Cell):
    def outputs(self, states):
        outputs = super().outputs(states)
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs


@mistake(
    "rnn_cell",
    "Outputs are linear in the state, without tanh.",
    defines="SimpleRNNCell",
)
class SquashesOutputs(_Cell):
    def outputs(self, states):
        return np.tanh(super().outputs(states))


@mistake(
    "rnn_cell",
    "A weight matrix has its sides swapped: rows belong to what comes out, columns to what goes in, as in "
    "`W_xh @ x`.",
    defines="SimpleRNNCell",
)
class TransposedWeights(_Cell):
    def __init__(self, input_size, hidden_size, output_size=1, rng=None):
        super().__init__(input_size, hidden_size, output_size, rng)
        self.W_xh, self.W_hy = self.W_xh.T, self.W_hy.T


@mistake(
    "rnn_cell",
    "Your biases are columns, (n, 1). Added to a vector of n numbers they make a matrix; make them (n,).",
    defines="SimpleRNNCell",
)
class ColumnBiases(_Cell):
    def _bias(self, rng, size):
        return np.zeros((size, 1))


@mistake(
    "rnn_cell",
    "Biases are zero at the beginning; yours are not.",
    defines="SimpleRNNCell",
)
class BiasesNotZero(_Cell):
    def _bias(self, rng, size):
        return rng.normal(0, 0.1, size)


@mistake(
    "rnn_cell",
    "The cell does not keep its size: store it as `hidden_size`.",
    defines="SimpleRNNCell",
)
class KeepsNoSize(_Cell):
    def __init__(self, input_size, hidden_size, output_size=1, rng=None):
        super().__init__(input_size, hidden_size, output_size, rng)
        del self.hidden_size

    def forward_sequence(self, xs, h0=None):
        return super().forward_sequence(xs, np.zeros(len(self.b_h)) if h0 is None else h0)


@mistake(
    "rnn_cell",
    "You ignore output_size, as if there were always one output.",
    defines="SimpleRNNCell",
)
class OneOutput(_Cell):
    def __init__(self, input_size, hidden_size, output_size=1, rng=None):
        super().__init__(input_size, hidden_size, 1, rng)


@mistake(
    "rnn_cell",
    "Your cell works with the weights that it had at the beginning: it keeps copies, or functions of them. "
    "The attributes are the weights; when they change, so does the cell.",
    defines="SimpleRNNCell",
)
class WorksWithOldWeights(_Cell):
    def __init__(self, input_size, hidden_size, output_size=1, rng=None):
        super().__init__(input_size, hidden_size, output_size, rng)
        self.both = np.hstack([self.W_xh, self.W_hh])

    def step(self, x, h):
        return np.tanh(self.both @ np.concatenate([x, h]) + self.b_h)


@mistake(
    "rnn_cell",
    "Some of your weights are copies of others: the same seed is used again, or one draw for several "
    "weights.",
    defines="SimpleRNNCell",
)
class DrawsTheSameNumbers(_Cell):
    def _generator(self, rng):
        return int(super()._generator(rng).integers(2**31))

    def _draw(self, rng, shape):
        return np.random.default_rng(rng).normal(0, 0.1, shape)


@mistake(
    "rnn_cell",
    "Your weights are uniformly distributed (rng.random, rng.uniform); draw them with rng.normal.",
    defines="SimpleRNNCell",
)
class UniformWeights(_Cell):
    def _draw(self, rng, shape):
        return rng.uniform(-0.1, 0.1, shape)


@mistake(
    "rnn_cell",
    "You take 0.1 for the variance: the scale of a normal distribution is its standard deviation.",
    defines="SimpleRNNCell",
)
class VarianceForScale(_Cell):
    def _draw(self, rng, shape):
        return rng.normal(0, np.sqrt(0.1), shape)


@mistake(
    "rnn_cell",
    "Your weights are ten times too large: scale them by 0.1.",
    defines="SimpleRNNCell",
)
class ScaleOfOne(_Cell):
    def _draw(self, rng, shape):
        return rng.standard_normal(shape)


@mistake(
    "rnn_cell",
    "Your weights are ten times too small: the scale is 0.1, applied once.",
    defines="SimpleRNNCell",
)
class ScaleSquared(_Cell):
    def _draw(self, rng, shape):
        return 0.1 * rng.normal(0, 0.1, shape)


@mistake(
    "rnn_cell",
    "You scale weights by 1/√hidden_size; a good choice, but here the scale is 0.1 for all sizes.",
    defines="SimpleRNNCell",
)
class ScaleBySize(_Cell):
    def _draw(self, rng, shape):
        return rng.standard_normal(shape) / np.sqrt(self.hidden_size)


@mistake(
    "rnn_cell",
    "Your weights do not come from the generator that is given: call the methods of `rng`.",
    defines="SimpleRNNCell",
)
class IgnoresTheGenerator(_Cell):
    def _generator(self, rng):
        return np.random.default_rng()


@mistake(
    "rnn_cell",
    "You make a generator with a seed of your own even where one is given: all cells are the same.",
    defines="SimpleRNNCell",
)
class SeedsItself(_Cell):
    def _generator(self, rng):
        return np.random.default_rng(0)


@mistake(
    "rnn_cell",
    "Without `rng` your generator always has the same seed: np.random.default_rng() without a seed makes a "
    "fresh one.",
    defines="SimpleRNNCell",
)
class SeededByDefault(_Cell):
    def _generator(self, rng):
        return np.random.default_rng(42) if rng is None else rng


@mistake(
    "rnn_cell",
    "You seed NumPy's global generator (np.random.seed), which changes the random numbers of everybody "
    "else; make a generator of your own, without a seed.",
    defines="SimpleRNNCell",
)
class SeedsTheGlobalGenerator(_Cell):
    def _generator(self, rng):
        if rng is None:
            np.random.seed(0)
        return np.random if rng is None else rng


@mistake(
    "rnn_cell",
    "You draw from a global generator (np.random.normal, np.random.randn), which changes the random numbers "
    "of everybody else; make one of your own with np.random.default_rng().",
    defines="SimpleRNNCell",
)
class DrawsFromTheGlobalGenerator(_Cell):
    def _generator(self, rng):
        return np.random if rng is None else rng


@mistake(
    "rnn_cell",
    "`rng` may be left out: it is None then, and has no methods. Make a generator in that case.",
    defines="SimpleRNNCell",
)
class NeedsAGenerator(_Cell):
    def _generator(self, rng):
        return rng


# ---------------------------------------------------------------- bptt


def _slopes(states):
    """The derivatives of tanh at each step."""
    return 1 - np.asarray(states[1:], np.float64) ** 2


def _back(direct, slopes, W_hh, reach=None):
    """The gradients before tanh; each direct one goes back `reach` steps, or all."""
    steps = len(direct)
    deltas = np.zeros(slopes.shape)
    for start in range(steps):
        arriving = direct[start].astype(np.float64)
        last = 0 if reach is None else max(start - reach + 1, 0)
        for t in range(start, last - 1, -1):
            delta = slopes[t] * arriving
            deltas[t] += delta
            arriving = W_hh.T @ delta
    return deltas


def _sums(deltas, xs, states):
    """Each step's part of the gradients, added up."""
    return {"W_xh": deltas.T @ xs, "W_hh": deltas.T @ states[:-1], "b_h": deltas.sum(0)}


def _gradients(cell, xs, states, grad_states):
    return _sums(_back(grad_states, _slopes(states), cell.W_hh), xs, states)


@mistake(
    "bptt",
    "You add the gradients up in grad_states itself (`grad_states[t] += …`); the values are right, but the "
    "input is changed. Carry them in an array of your own.",
)
def overwrites_grad_states(cell, xs, states, grad_states):
    grads = _gradients(cell, xs, states, grad_states)
    if grad_states.dtype == np.float64:
        for t in range(len(xs) - 1, 0, -1):
            grad_states[t - 1] += cell.W_hh.T @ ((1 - states[t + 1] ** 2) * grad_states[t])
    return grads


@mistake(
    "bptt",
    "You change the cell's weights; return the gradients, and leave the step to the caller.",
)
def takes_a_step(cell, xs, states, grad_states):
    grads = _gradients(cell, xs, states, grad_states)
    for name, each in grads.items():
        setattr(cell, name, getattr(cell, name) - 0.01 * each)
    return grads


@mistake(
    "bptt",
    "You clip the gradients on the way. That comes later, and over all of them together: it has an exercise "
    "of its own.",
)
def clips_on_the_way(cell, xs, states, grad_states):
    return {name: np.clip(each, -5, 5) for name, each in _gradients(cell, xs, states, grad_states).items()}


@mistake(
    "bptt",
    "You treat states[0] as if it were always zero; it is h0, and W_hh meets it in the first step.",
)
def first_state_zero(cell, xs, states, grad_states):
    deltas = _back(grad_states, _slopes(states), cell.W_hh)
    return _sums(deltas, xs, np.vstack([0 * states[:1], states[1:]]))


@mistake(
    "bptt",
    "The first step is missing: your loop ends before t = 0 (range stops one earlier).",
)
def leaves_the_first_step_out(cell, xs, states, grad_states):
    deltas = _back(grad_states, _slopes(states), cell.W_hh)
    return _sums(deltas[1:], xs[1:], states[1:])


@mistake(
    "bptt",
    "You stop some steps back in time (truncated back-propagation). Here gradients go back to the beginning.",
)
def stops_after_some_steps(cell, xs, states, grad_states):
    return _sums(_back(grad_states, _slopes(states), cell.W_hh, reach=10), xs, states)


@mistake(
    "bptt",
    "Gradients do not travel back through time at all: each step only gets its own direct one. What h_t "
    "does to h_{t+1} is missing.",
)
def does_not_go_back(cell, xs, states, grad_states):
    return _sums(_back(grad_states, _slopes(states), cell.W_hh, reach=1), xs, states)


@mistake(
    "bptt",
    "You use the direct gradient of the last step only; each step may have its own, which is added where "
    "the way back passes by.",
)
def ignores_inner_direct_gradients(cell, xs, states, grad_states):
    direct = np.zeros(grad_states.shape)
    direct[-1] = grad_states[-1]
    return _sums(_back(direct, _slopes(states), cell.W_hh), xs, states)


@mistake(
    "bptt",
    "The direct gradient of the last step is missing.",
)
def ignores_the_last_direct_gradient(cell, xs, states, grad_states):
    direct = grad_states.astype(np.float64)
    direct[-1] = 0
    return _sums(_back(direct, _slopes(states), cell.W_hh), xs, states)


@mistake(
    "bptt",
    "Direct gradients are counted twice: once where a step begins, and once more in what is handed back.",
)
def counts_direct_gradients_twice(cell, xs, states, grad_states):
    slopes, carry = _slopes(states), np.zeros(cell.hidden_size)
    deltas = np.zeros(slopes.shape)
    for t in range(len(xs) - 1, -1, -1):
        deltas[t] = slopes[t] * (grad_states[t] + carry)
        carry = cell.W_hh.T @ deltas[t] + (grad_states[t - 1] if t else 0)
    return _sums(deltas, xs, states)


@mistake(
    "bptt",
    "grad_states is taken one place off: its row t belongs to h_{t+1}, since there is none for h_0.",
)
def direct_gradients_one_off(cell, xs, states, grad_states):
    direct = np.vstack([grad_states[1:], 0 * grad_states[:1]])
    return _sums(_back(direct, _slopes(states), cell.W_hh), xs, states)


@mistake(
    "bptt",
    "What is handed back lacks the derivative of tanh: multiply by it first, then by W_hh transposed.",
)
def hands_back_without_the_derivative(cell, xs, states, grad_states):
    slopes, carry = _slopes(states), np.zeros(cell.hidden_size)
    deltas = np.zeros(slopes.shape)
    for t in range(len(xs) - 1, -1, -1):
        arriving = grad_states[t] + carry
        deltas[t] = slopes[t] * arriving
        carry = cell.W_hh.T @ arriving
    return _sums(deltas, xs, states)


@mistake(
    "bptt",
    "The derivative of tanh is taken at the step before: the step from states[t] to states[t + 1] has 1 − "
    "states[t + 1]².",
)
def derivative_one_step_early(cell, xs, states, grad_states):
    slopes = 1 - np.asarray(states[:-1], np.float64) ** 2
    return _sums(_back(grad_states, slopes, cell.W_hh), xs, states)


@mistake(
    "bptt",
    "The derivative of tanh is 1 − h², you have 1 − h.",
)
def derivative_without_the_square(cell, xs, states, grad_states):
    return _sums(_back(grad_states, 1.0 - states[1:], cell.W_hh), xs, states)


@mistake(
    "bptt",
    "You use h (1 − h), the derivative of the logistic function; that of tanh is 1 − h².",
)
def derivative_of_the_logistic_function(cell, xs, states, grad_states):
    return _sums(_back(grad_states, states[1:] * (1.0 - states[1:]), cell.W_hh), xs, states)


@mistake(
    "bptt",
    "You take tanh once more: the states are its results already, so that its derivative is 1 − states².",
)
def derivative_at_the_state(cell, xs, states, grad_states):
    return _sums(_back(grad_states, 1 - np.tanh(states[1:]) ** 2, cell.W_hh), xs, states)


@mistake(
    "bptt",
    "The derivative of tanh is missing.",
)
def no_derivative(cell, xs, states, grad_states):
    return _sums(_back(grad_states, np.ones(grad_states.shape), cell.W_hh), xs, states)


@mistake(
    "bptt",
    "On the way back you multiply by W_hh itself; gradients go through its transpose.",
)
def not_transposed(cell, xs, states, grad_states):
    return _sums(_back(grad_states, _slopes(states), cell.W_hh.T), xs, states)


@mistake(
    "bptt",
    "For W_hh you use the state after the step; it is multiplied with the one before, states[t] for step t.",
)
def state_after_the_step(cell, xs, states, grad_states):
    deltas = _back(grad_states, _slopes(states), cell.W_hh)
    return {**_sums(deltas, xs, states), "W_hh": deltas.T @ states[1:]}


@mistake(
    "bptt",
    "Your inputs are one step off: step t, from states[t] to states[t + 1], reads xs[t].",
)
def inputs_one_off(cell, xs, states, grad_states):
    deltas = _back(grad_states, _slopes(states), cell.W_hh)
    return {**_sums(deltas, xs, states), "W_xh": deltas.T @ np.roll(xs, 1, axis=0)}


@mistake(
    "bptt",
    "Your gradient of W_hh is transposed: rows belong to the gradient before tanh, columns to the state "
    "before.",
)
def recurrent_gradient_transposed(cell, xs, states, grad_states):
    grads = _gradients(cell, xs, states, grad_states)
    return {**grads, "W_hh": grads["W_hh"].T}


@mistake(
    "bptt",
    "Your gradient of W_xh is transposed; it has the shape of W_xh.",
)
def input_gradient_transposed(cell, xs, states, grad_states):
    grads = _gradients(cell, xs, states, grad_states)
    return {**grads, "W_xh": grads["W_xh"].T}


@mistake(
    "bptt",
    "You average over time; the same weights are used in every step, and the parts add up.",
)
def averages_over_time(cell, xs, states, grad_states):
    return {name: each / len(xs) for name, each in _gradients(cell, xs, states, grad_states).items()}


@mistake(
    "bptt",
    "You keep the part of a single step (= instead of +=); the parts of all steps add up.",
)
def keeps_one_step(cell, xs, states, grad_states):
    deltas = _back(grad_states, _slopes(states), cell.W_hh)
    return _sums(deltas[:1], xs[:1], states[:2])


@mistake(
    "bptt",
    "You add up gradients from before the derivative of tanh; b_h is inside tanh, too.",
)
def bias_outside_tanh(cell, xs, states, grad_states):
    slopes, carry = _slopes(states), np.zeros(cell.hidden_size)
    arriving, deltas = np.zeros(slopes.shape), np.zeros(slopes.shape)
    for t in range(len(xs) - 1, -1, -1):
        arriving[t] = grad_states[t] + carry
        deltas[t] = slopes[t] * arriving[t]
        carry = cell.W_hh.T @ deltas[t]
    return {**_sums(deltas, xs, states), "b_h": arriving.sum(0)}


@mistake(
    "bptt",
    "Your loop runs forwards in time; what a state does to the loss is known from the end only.",
)
def runs_forwards(cell, xs, states, grad_states):
    slopes, carry = _slopes(states), np.zeros(cell.hidden_size)
    deltas = np.zeros(slopes.shape)
    for t in range(len(xs)):
        deltas[t] = slopes[t] * (grad_states[t] + carry)
        carry = cell.W_hh.T @ deltas[t]
    return _sums(deltas, xs, states)


@mistake(
    "bptt",
    "Your gradients have the wrong sign.",
)
def negative_gradients(cell, xs, states, grad_states):
    return {name: -each for name, each in _gradients(cell, xs, states, grad_states).items()}


@mistake(
    "bptt",
    "Your gradients have the dtype of the input (np.zeros_like keeps it), which cuts off fractions; make "
    "them float64.",
)
def gradients_like_the_input(cell, xs, states, grad_states):
    grads = _gradients(cell, xs, states, grad_states)
    return {name: each.astype(xs.dtype) for name, each in grads.items()}


@mistake(
    "bptt",
    "You carry gradients in an array with the dtype of grad_states, which cuts off fractions where that "
    "holds integers; make it float64.",
)
def carries_like_grad_states(cell, xs, states, grad_states):
    slopes, carry = _slopes(states), np.zeros(cell.hidden_size, grad_states.dtype)
    deltas = np.zeros(slopes.shape)
    for t in range(len(xs) - 1, -1, -1):
        deltas[t] = slopes[t] * (grad_states[t] + carry)
        carry[:] = (cell.W_hh.T @ deltas[t]).astype(carry.dtype)
    return _sums(deltas, xs, states)


@mistake(
    "bptt",
    "You compute in float32, which loses half of the digits; use float64.",
)
def gradients_in_single_precision(cell, xs, states, grad_states):
    grads = _gradients(cell, xs, states, grad_states)
    return {name: each.astype(np.float32) for name, each in grads.items()}


@mistake(
    "bptt",
    "Your keys have other names; they are those of the weights: W_xh, W_hh and b_h.",
)
def other_keys(cell, xs, states, grad_states):
    return {f"d{name}": each for name, each in _gradients(cell, xs, states, grad_states).items()}


@mistake(
    "bptt",
    "You return a tuple; a dict with the names of the weights is asked for.",
)
def returns_a_tuple(cell, xs, states, grad_states):
    return tuple(_gradients(cell, xs, states, grad_states).values())


# ---------------------------------------------------------------- gradient_norms


def _jacobians(cell, states):
    """∂h_{t+1}/∂h_t of every step."""
    return [slope[:, None] * cell.W_hh for slope in _slopes(states)]


def _products(jacobians):
    """∂h_T/∂h_t for every t."""
    found, product = [], np.eye(len(jacobians[0]))
    for each in reversed(jacobians):
        product = product @ each
        found.append(product)
    return found[::-1]


def _norms(matrices):
    return np.array([np.linalg.norm(each) for each in matrices])


@mistake(
    "gradient_norms",
    "You keep norms from falling below a small number; let them vanish.",
)
def keeps_norms_from_vanishing(cell, states):
    return np.maximum(_norms(_products(_jacobians(cell, states))), 1e-12)


@mistake(
    "gradient_norms",
    "The values are right, but you change the states on the way (`**=`, `*=` or `out=`); work on a copy.",
)
def overwrites_the_states(cell, states):
    norms = _norms(_products(_jacobians(cell, states)))
    states[...] = states**2
    return norms


@mistake(
    "gradient_norms",
    "The values are right, but you change the cell's W_hh; work on a copy.",
)
def overwrites_the_weights(cell, states):
    norms = _norms(_products(_jacobians(cell, states)))
    cell.W_hh *= norms[-1]
    return norms


@mistake(
    "gradient_norms",
    "You compute with the dtype of the states, which cuts off fractions where they are integers; make the "
    "result float64.",
)
def norms_like_the_states(cell, states):
    return _norms(_products(_jacobians(cell, states))).astype(states.dtype)


@mistake(
    "gradient_norms",
    "You divide by norms (or scale products to 1), which gives NaN or something else where nothing is left "
    "of the gradient; zero is a right answer.",
)
def divides_by_zero(cell, states):
    norms = _norms(_products(_jacobians(cell, states)))
    return norms / (norms > 0)


@mistake(
    "gradient_norms",
    "The derivative of tanh is on the wrong side of W_hh: it belongs to the state after the step and "
    "multiplies its rows.",
)
def derivative_on_the_wrong_side(cell, states):
    return _norms(_products([cell.W_hh * slope for slope in _slopes(states)]))


@mistake(
    "gradient_norms",
    "The derivative of tanh is taken at the step before: the step from states[t] to states[t + 1] has 1 − "
    "states[t + 1]².",
)
def norms_with_derivatives_one_early(cell, states):
    return _norms(_products([(1.0 - h**2)[:, None] * cell.W_hh for h in states[:-1]]))


@mistake(
    "gradient_norms",
    "The derivative of tanh is 1 − h², you have 1 − h.",
)
def norms_without_the_square(cell, states):
    return _norms(_products([(1.0 - h)[:, None] * cell.W_hh for h in states[1:]]))


@mistake(
    "gradient_norms",
    "The derivative of tanh is missing: you multiply by W_hh only.",
)
def norms_without_derivatives(cell, states):
    return _norms(_products([cell.W_hh for _ in states[1:]]))


@mistake(
    "gradient_norms",
    "You use W_hh transposed without turning the order of the factors, too.",
)
def norms_with_transposed_weights(cell, states):
    return _norms(_products([slope[:, None] * cell.W_hh.T for slope in _slopes(states)]))


@mistake(
    "gradient_norms",
    "You multiply the steps in the wrong order: a later step stands further left in the product.",
)
def wrong_order_of_factors(cell, states):
    found, product = [], np.eye(cell.hidden_size)
    for each in reversed(_jacobians(cell, states)):
        product = each @ product
        found.append(product)
    return _norms(found[::-1])


@mistake(
    "gradient_norms",
    "You multiply the norms of the steps. The norm of a product is at most that; build the product of the "
    "matrices and take its norm.",
)
def product_of_norms(cell, states):
    return np.cumprod(_norms(_jacobians(cell, states))[::-1])[::-1]


@mistake(
    "gradient_norms",
    "You take the norms of single steps, ∂h_{t+1}/∂h_t; the way goes on to h_T.",
)
def norms_of_single_steps(cell, states):
    return _norms(_jacobians(cell, states))


@mistake(
    "gradient_norms",
    "Your products start at the first state (∂h_t/∂h_0); each has to reach the last one, h_T.",
)
def starts_at_the_first_state(cell, states):
    found, product = [], np.eye(cell.hidden_size)
    for each in _jacobians(cell, states):
        product = each @ product
        found.append(product)
    return _norms(found)


@mistake(
    "gradient_norms",
    "Your norms are in reverse order: entry 0 belongs to h_0, which is farthest from h_T.",
)
def reversed_norms(cell, states):
    return _norms(_products(_jacobians(cell, states)))[::-1]


@mistake(
    "gradient_norms",
    "You add an entry for t = T, the derivative of h_T with respect to itself; t ends at T − 1.",
)
def adds_the_last_state(cell, states):
    norms = _norms(_products(_jacobians(cell, states)))
    return np.append(norms, np.sqrt(cell.hidden_size))


@mistake(
    "gradient_norms",
    "Everything is one place off: entry T − 1 is the norm of the last step's Jacobian, not of the identity.",
)
def starts_with_the_identity(cell, states):
    norms = _norms(_products(_jacobians(cell, states)))
    return np.append(norms[1:], np.sqrt(cell.hidden_size))


@mistake(
    "gradient_norms",
    "An entry is missing: T steps give T norms, the first of them for h_0.",
)
def leaves_the_first_norm_out(cell, states):
    return _norms(_products(_jacobians(cell, states)))[1:]


@mistake(
    "gradient_norms",
    "You take the spectral norm, the largest singular value (np.linalg.norm(…, 2)); the Frobenius norm is "
    "the root of the sum of all squares.",
)
def spectral_norms(cell, states):
    return np.array([np.linalg.norm(each, 2) for each in _products(_jacobians(cell, states))])


@mistake(
    "gradient_norms",
    "The square root is missing.",
)
def squared_norms(cell, states):
    return _norms(_products(_jacobians(cell, states))) ** 2


@mistake(
    "gradient_norms",
    "You divide by the size of the matrix, or take a mean; a norm is a root of a sum.",
)
def root_mean_squares(cell, states):
    return _norms(_products(_jacobians(cell, states))) / cell.hidden_size


@mistake(
    "gradient_norms",
    "You send a single vector back and take its norm; asked is the norm of the whole matrix ∂h_T/∂h_t.",
)
def norms_of_a_vector(cell, states):
    return _norms([np.ones(cell.hidden_size) @ each for each in _products(_jacobians(cell, states))])


@mistake(
    "gradient_norms",
    "You divide by the last norm; the norms themselves are asked for.",
)
def relative_norms(cell, states):
    norms = _norms(_products(_jacobians(cell, states)))
    return norms / norms[-1]


@mistake(
    "gradient_norms",
    "You return logarithms; the norms themselves are asked for.",
)
def logarithms_of_norms(cell, states):
    return np.log10(_norms(_products(_jacobians(cell, states))))


@mistake(
    "gradient_norms",
    "You return a list; make it an array.",
)
def list_of_norms(cell, states):
    return _norms(_products(_jacobians(cell, states))).tolist()


# ---------------------------------------------------------------- clip_by_global_norm


def _check(max_norm):
    if max_norm <= 0:
        raise ValueError("max_norm has to be positive")


def _global_norm(grads):
    return float(np.sqrt(sum(np.sum(each.astype(np.float64) ** 2) for each in grads.values())))


def _scale(grads, factor):
    return {name: factor * each.astype(np.float64) for name, each in grads.items()}


def _clip(grads, max_norm):
    _check(max_norm)
    norm = _global_norm(grads)
    return _scale(grads, max_norm / norm if norm > max_norm else 1.0), norm


@mistake(
    "clip_by_global_norm",
    "Your ValueError does not name the argument that is wrong.",
)
def error_without_a_name(grads, max_norm):
    try:
        return _clip(grads, max_norm)
    except ValueError:
        raise ValueError("must be positive") from None


@mistake(
    "clip_by_global_norm",
    "You add a small number to the norm before you divide (torch adds 1e-6). Beside small gradients it is "
    "not small: they come out too small. Where norm > max_norm, the norm is not zero, and nothing has to be "
    "added.",
)
def epsilon_as_in_torch(grads, max_norm):
    _, norm = _clip(grads, max_norm)
    return _scale(grads, min(1.0, max_norm / (norm + 1e-6))), norm


@mistake(
    "clip_by_global_norm",
    "What you return is right, but what came in is changed: its arrays (`*=`, `[...] =`) or the dict "
    "itself. Make new ones.",
)
def clips_in_place(grads, max_norm):
    clipped, norm = _clip(grads, max_norm)
    for name, each in clipped.items():
        grads[name][...] = each.astype(grads[name].dtype)
    return clipped, norm


@mistake(
    "clip_by_global_norm",
    "You put the scaled values into arrays of the input's dtype, which cuts off fractions where that is an "
    "integer's; make them float64.",
)
def clipped_like_the_input(grads, max_norm):
    clipped, norm = _clip(grads, max_norm)
    return {name: each.astype(grads[name].dtype) for name, each in clipped.items()}, norm


@mistake(
    "clip_by_global_norm",
    "All-zero gradients give NaN: 0/0. Divide only where there is something to scale.",
)
def zero_by_zero(grads, max_norm):
    clipped, norm = _clip(grads, max_norm)
    return (clipped if norm else {name: np.full(each.shape, np.nan) for name, each in clipped.items()}), norm


@mistake(
    "clip_by_global_norm",
    "All-zero gradients divide by zero and raise an error; zeros need no scaling.",
)
def zero_division(grads, max_norm):
    clipped, norm = _clip(grads, max_norm)
    return clipped, norm + 0 / norm


@mistake(
    "clip_by_global_norm",
    "You look at max_norm only when something has to be scaled; it is impossible whatever the gradients are.",
)
def checks_too_late(grads, max_norm):
    norm = _global_norm(grads)
    return _clip(grads, max_norm) if norm > 0 else (_scale(grads, 1.0), norm)


@mistake(
    "clip_by_global_norm",
    "max_norm = 0 has to be rejected, too: nothing could be scaled to it.",
)
def accepts_zero(grads, max_norm):
    return _clip(grads, max_norm) if max_norm else (_scale(grads, 0.0), _global_norm(grads))


@mistake(
    "clip_by_global_norm",
    "You do not reject a max_norm that is zero or negative.",
)
def accepts_everything(grads, max_norm):
    norm = _global_norm(grads)
    return _scale(grads, max_norm / norm if norm > max_norm else 1.0), norm


@mistake(
    "clip_by_global_norm",
    "You use `assert`, which raises AssertionError; raise ValueError yourself.",
)
def asserts(grads, max_norm):
    assert max_norm > 0, "max_norm has to be positive"
    return _clip(grads, max_norm)


@mistake(
    "clip_by_global_norm",
    "You return the norm after clipping; the one before is asked for.",
)
def norm_after_clipping(grads, max_norm):
    clipped, norm = _clip(grads, max_norm)
    return clipped, min(norm, float(max_norm))


@mistake(
    "clip_by_global_norm",
    "Gradients that are small enough are scaled up to max_norm; they are left as they are.",
)
def always_scales(grads, max_norm):
    _, norm = _clip(grads, max_norm)
    return _scale(grads, max_norm / norm if norm else 1.0), norm


@mistake(
    "clip_by_global_norm",
    "You clip each array by its own norm, which changes the gradient's direction; there is one norm for all "
    "of them together.",
)
def clips_each_array(grads, max_norm):
    _, norm = _clip(grads, max_norm)
    return {name: _clip({name: each}, max_norm)[0][name] for name, each in grads.items()}, norm


@mistake(
    "clip_by_global_norm",
    "You add the norms of the arrays; their squares add up, then comes the root.",
)
def sum_of_norms(grads, max_norm):
    _check(max_norm)
    norm = float(sum(np.linalg.norm(each.astype(np.float64)) for each in grads.values()))
    return _scale(grads, max_norm / norm if norm > max_norm else 1.0), norm


@mistake(
    "clip_by_global_norm",
    "You take the largest of the arrays' norms; the norm is over all of them together.",
)
def largest_norm(grads, max_norm):
    _check(max_norm)
    norm = float(max(np.linalg.norm(each.astype(np.float64)) for each in grads.values()))
    return _scale(grads, max_norm / norm if norm > max_norm else 1.0), norm


@mistake(
    "clip_by_global_norm",
    "The square root is missing: you compare the squared norm.",
)
def squared_norm(grads, max_norm):
    _check(max_norm)
    norm = _global_norm(grads) ** 2
    return _scale(grads, max_norm / norm if norm > max_norm else 1.0), norm


@mistake(
    "clip_by_global_norm",
    "You take the mean of the squares; a norm has their sum.",
)
def root_mean_square(grads, max_norm):
    _check(max_norm)
    norm = _global_norm(grads) / float(np.sqrt(sum(each.size for each in grads.values())))
    return _scale(grads, max_norm / norm if norm > max_norm else 1.0), norm


@mistake(
    "clip_by_global_norm",
    "You add up absolute values; the norm is the root of the sum of squares.",
)
def sum_of_absolute_values(grads, max_norm):
    _check(max_norm)
    norm = float(sum(np.abs(each.astype(np.float64)).sum() for each in grads.values()))
    return _scale(grads, max_norm / norm if norm > max_norm else 1.0), norm


@mistake(
    "clip_by_global_norm",
    "For matrices you take the spectral norm (np.linalg.norm(…, 2)); the sum of squares of all entries is "
    "needed.",
)
def spectral_norm_of_matrices(grads, max_norm):
    _check(max_norm)
    norms = [np.linalg.norm(each, 2) if each.ndim == 2 else np.linalg.norm(each) for each in grads.values()]
    norm = float(np.sqrt(sum(each**2 for each in norms)))
    return _scale(grads, max_norm / norm if norm > max_norm else 1.0), norm


@mistake(
    "clip_by_global_norm",
    "You count the weights only; biases are gradients like all others, whatever they are called.",
)
def norm_of_matrices_only(grads, max_norm):
    _check(max_norm)
    norm = _global_norm({name: each for name, each in grads.items() if each.ndim > 1})
    return _scale(grads, max_norm / norm if norm > max_norm else 1.0), norm


@mistake(
    "clip_by_global_norm",
    "You clip each entry to ±max_norm (np.clip), which changes the gradient's direction; scale all by one "
    "factor.",
)
def clips_entries(grads, max_norm):
    _, norm = _clip(grads, max_norm)
    return {name: np.clip(each.astype(np.float64), -max_norm, max_norm) for name, each in grads.items()}, norm


@mistake(
    "clip_by_global_norm",
    "You divide by the norm but do not multiply by max_norm: the result has norm 1.",
)
def scales_to_one(grads, max_norm):
    _, norm = _clip(grads, max_norm)
    return _scale(grads, 1 / norm if norm > max_norm else 1.0), norm


@mistake(
    "clip_by_global_norm",
    "Your factor is upside down: norm / max_norm makes large gradients larger.",
)
def factor_upside_down(grads, max_norm):
    _, norm = _clip(grads, max_norm)
    return _scale(grads, norm / max_norm if norm > max_norm else 1.0), norm


@mistake(
    "clip_by_global_norm",
    "You return the norm first; the order is clipped, norm.",
)
def norm_first(grads, max_norm):
    clipped, norm = _clip(grads, max_norm)
    return norm, clipped


@mistake(
    "clip_by_global_norm",
    "You return the clipped gradients only; the norm is asked for, too.",
)
def returns_no_norm(grads, max_norm):
    return _clip(grads, max_norm)[0]


@mistake(
    "clip_by_global_norm",
    "You return a list of arrays; a dict with the same keys is asked for.",
)
def returns_a_list(grads, max_norm):
    clipped, norm = _clip(grads, max_norm)
    return list(clipped.values()), norm
