import numpy as np
import torch

from ltlight.data.augment import presets
from ltlight.training.build import head_training
from ltlight.training.build_model import build_model
from ltlight.training.nearest_mean import class_means, nearest_mean
from tests.parts import digits_module, small


def test_the_nearest_mean_by_cosine_is_predicted(digit_sets):
    """Against NumPy, of the features of the very network; the augmentation plays no part."""
    told = ("data.ratio=0.1", "method=nearest_mean", "method.augment=fig7")
    config, data = small(*told), digits_module(digit_sets, *told)
    torch.manual_seed(0)
    model = build_model(config, data)
    features: list[torch.Tensor] = []
    hook = model.net.head.register_forward_pre_hook(lambda _, given: features.append(given[0]))
    images = presets.none(torch.from_numpy(data.train_set.images))
    with torch.no_grad():
        model.net.eval()(images)
    hook.remove()
    [seen] = [f.double().numpy() for f in features]
    labels = data.train_set.labels
    means = np.stack([seen[labels == c].mean(0) for c in range(10)])
    np.testing.assert_allclose(class_means(model, head_training(config, data)), means, rtol=1e-4)
    spent = nearest_mean(model, head_training(config, data))
    with torch.no_grad():
        logits = model.net(images).numpy()
    directions = means / np.linalg.norm(means, axis=1, keepdims=True)
    np.testing.assert_allclose(logits, seen @ directions.T, rtol=1e-3, atol=1e-4)
    cosines = seen @ directions.T / np.linalg.norm(seen, axis=1)[:, None]
    chosen = np.take_along_axis(cosines, logits.argmax(1)[:, None], axis=1)[:, 0]
    np.testing.assert_allclose(chosen, cosines.max(1), atol=1e-4)  # of a fresh net they are close
    assert spent["second_stage/steps"] == 0
