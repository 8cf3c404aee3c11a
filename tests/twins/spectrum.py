"""One slot on the air, radio by radio."""

from collections.abc import Sequence

from tertius.environments.spectrum import SpectrumSettings
from tertius.stats.draws import WORLD, Stream


def slot(
    chosen: Sequence[str], own: SpectrumSettings, *, key: int, number: int, busy: bool
) -> tuple[list[float], bool, bool]:
    """Return each radio's net share, whether the licensed one sends, and whether it is disturbed.

    Powers are whole here, so that sums do not depend on their order.
    """
    sends = [None if one == "silent" else one.split("-") for one in chosen]
    powers = {"low": own.low, "high": own.high}
    on = [0.0] * (own.channels + 2)  # channels 1 to n; nobody sends on 0 and n + 1
    for send in sends:
        if send:
            on[int(send[0])] += powers[send[1]]
    net = []
    for send in sends:
        if not send:
            net.append(0.0)
            continue
        channel, power = int(send[0]), powers[send[1]]
        hears = own.same * (on[channel] - power)
        hears += own.beside * on[channel - 1]
        hears += own.beside * on[channel + 1]
        signal = power / (own.noise + hears)
        net.append(signal / (1.0 + signal) - own.cost * power)
    drawn = Stream(key, player=WORLD, step=number).unit("the licensed one switches")
    busy = busy != (drawn < own.switches)
    felt = on[1] + own.beside * on[2]
    return net, busy, busy and felt > own.limit
