import torch
from torch import nn

from ltlight.models.pretrained import FeatureHead, Pretrained


def test_features_are_standardised_before_the_head():
    net = FeatureHead(3, 2)
    features = torch.randn(50, 3, generator=torch.Generator().manual_seed(0)) * 4 + 1
    features[:, 2] = 7.0  # never varies: centred, not blown up
    net.standardise(features.mean(0), features.std(0, correction=0))
    scaled = (features - features.mean(0)) / torch.tensor([*features.std(0, correction=0)[:2], 1.0])
    torch.testing.assert_close(net(features), net.head(scaled))
    assert {"mean", "deviation", "head.weight", "head.bias"} == {*net.state_dict()}


def test_backbone_and_head_are_one_network_whose_head_can_be_replaced():
    backbone, net = nn.Flatten(), FeatureHead(12, 2)
    whole = Pretrained(backbone, net)
    images = torch.randn(5, 3, 2, 2)
    torch.testing.assert_close(whole(images), net(images.flatten(1)))
    whole.head = nn.Linear(12, 4)
    assert whole(images).shape == (5, 4)
    assert net.head is whole.head
