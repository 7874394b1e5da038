import numpy as np

from components.figures.importance import swarm_offsets


def test_points_of_one_value_stand_side_by_side_and_alone_ones_on_the_line():
    values = np.array([0.0, 0.0, 0.0, 1.0])
    offsets = swarm_offsets(values)
    assert len(set(offsets[:3].tolist())) == 3
    assert offsets[3] == 0.0
    many = swarm_offsets(np.random.default_rng(0).normal(size=400))
    assert np.abs(many).max() <= 0.4 + 1e-9
    assert swarm_offsets(np.ones(5)).tolist() == [0.0] * 5
