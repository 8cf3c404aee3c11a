"""Steps a second of SocialJax's Cleanup; run by the peer's own Python, from its checkout.

Seven random players, actions drawn and views summed inside one compiled scan, which is how it is
meant to be used. Prints one JSON object: for each number of copies the steps in a second of the
processor, all its threads together, one for each round.
"""

import json
import sys
import time
from typing import Any

# Installed in the peer's virtual environment only.
import jax  # type: ignore[import-not-found]
import jax.numpy as jnp  # type: ignore[import-not-found]

sys.path.insert(0, ".")  # the checkout; it is no package that could be installed
from socialjax import make  # type: ignore[import-not-found]

PLAYERS, ROUNDS = 7, 3
SIZES = {1: 300, 64: 50}  # copies: steps of one scan


def rates(copies: int, steps: int) -> list[float]:
    env = make("clean_up", num_agents=PLAYERS)

    @jax.jit  # type: ignore[untyped-decorator]
    def play(key: Any, state: Any) -> Any:
        def one(carry: Any, _: Any) -> Any:
            key, state, total = carry
            key, drawn, stepped = jax.random.split(key, 3)
            actions = jax.random.randint(drawn, (copies, PLAYERS), 0, env.action_space(0).n)
            keys = jax.random.split(stepped, copies)
            views, state, *_ = jax.vmap(env.step)(keys, state, list(actions.T))
            return (key, state, total + sum(jnp.sum(view) for view in jax.tree.leaves(views))), None

        carry, _ = jax.lax.scan(one, (key, state, jnp.float32(0)), None, length=steps)
        return carry

    _, state = jax.vmap(env.reset)(jax.random.split(jax.random.PRNGKey(0), copies))
    jax.block_until_ready(play(jax.random.PRNGKey(1), state))  # compiles
    found = []
    for turn in range(ROUNDS):
        began = time.process_time()
        jax.block_until_ready(play(jax.random.PRNGKey(turn), state))
        found.append(copies * steps / (time.process_time() - began))
    return found


if __name__ == "__main__":
    print(json.dumps({copies: rates(copies, steps) for copies, steps in SIZES.items()}))
