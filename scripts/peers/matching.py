"""Sets times beside equal errors: each peer is compared with our fastest setting that is at least as exact."""

ROUNDING = 1e-12  # errors below are equal


def matched(ours, peer):
    """Our fastest line with no more error than the peer's; if there is none, our most exact."""
    exact = [line for line in ours if line.error <= max(peer.error, ROUNDING)]
    return min(exact, key=lambda line: line.cpu) if exact else min(ours, key=lambda line: line.error)


def hardest(ours, peers):
    """Of the peers the one that compares worst for us, with ours beside it."""
    pairs = [(matched(ours, peer), peer) for peer in peers]
    return max(pairs, key=lambda pair: pair[0].cpu / pair[1].cpu)
