import torch
from torch import nn

from ltlight.models.heads import NormalisedLinear
from ltlight.models.pretrained import FeatureHead, Pretrained


def test_features_are_standardised_before_the_head():
    net = FeatureHead(3, 2)
    features = torch.randn(50, 3, generator=torch.Generator().manual_seed(0)) * 4 + 1
    features[:, 2] = 7.0  # never varies: centred, not blown up
    net.standardise(features.mean(0), features.std(0, correction=0))
    scaled = (features - features.mean(0)) / torch.tensor([*features.std(0, correction=0)[:2], 1.0])
    torch.testing.assert_close(net(features), net.head(scaled))
    assert {"mean", "deviation", "head.weight", "head.bias"} == {*net.state_dict()}


def test_statistics_fold_into_the_head():
    net, features = FeatureHead(3, 2), torch.randn(50, 3) * 40 + 100
    net.standardise(features.mean(0), features.std(0))
    folded = net.folded()
    assert isinstance(folded, nn.Linear)
    torch.testing.assert_close(folded(features), net(features), rtol=1e-4, atol=1e-4)
    net.head = NormalisedLinear(3, 2)  # the length of what is standardised counts
    assert net.folded() is net


def test_backbone_and_head_are_one_network_whose_head_can_be_replaced():
    backbone, net = nn.Flatten(), FeatureHead(12, 2)
    whole = Pretrained(backbone, net)
    images = torch.randn(5, 3, 2, 2)
    torch.testing.assert_close(whole(images), net(images.flatten(1)))
    whole.head = nn.Linear(12, 4)
    assert whole(images).shape == (5, 4)
    assert net.head is whole.head


def backbone_of_blocks() -> nn.Module:
    net = nn.Module()
    net.first = nn.Sequential(nn.Linear(6, 6), nn.BatchNorm1d(6), nn.Dropout(0.5))
    net.second = nn.Sequential(nn.Linear(6, 6), nn.BatchNorm1d(6), nn.Dropout(0.5))
    net.forward = lambda x: net.second(net.first(x))
    return net


def modes(module: nn.Module) -> dict[str, bool]:
    return {name: m.training for name, m in module.named_modules() if name}


def test_what_is_frozen_stays_in_evaluation_mode():
    backbone = backbone_of_blocks()
    backbone.first.requires_grad_(False)
    net = Pretrained(backbone, FeatureHead(6, 2)).train()
    assert modes(backbone) == {
        **dict.fromkeys(("first", "first.0", "first.1", "first.2"), False),
        **dict.fromkeys(("second", "second.0", "second.1", "second.2"), True),
    }
    assert net.training
    before = backbone.first[1].running_mean.clone()
    net(torch.randn(8, 6) + 3)
    assert torch.equal(backbone.first[1].running_mean, before)
    assert not any(modes(net.eval()).values())


def test_fixed_statistics_don_t_move_and_their_scales_do():
    backbone = backbone_of_blocks()
    net = Pretrained(backbone, FeatureHead(6, 2), fixed_statistics=True).train()
    norms = [backbone.first[1], backbone.second[1]]
    assert [n for n, on in modes(backbone).items() if not on] == ["first.1", "second.1"]
    before = [{k: v.clone() for k, v in norm.state_dict().items()} for norm in norms]
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        net(torch.randn(8, 6) * 2 + 1).logsumexp(1).sum().backward()
        optimizer.step()
    for norm, was in zip(norms, before, strict=True):
        now = norm.state_dict()
        for name in ("running_mean", "running_var", "num_batches_tracked"):
            assert torch.equal(now[name], was[name])
        assert not torch.equal(now["weight"], was["weight"])
