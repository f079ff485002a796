"""The libraries whose attacks are measured; each is imported where its attacks are asked for."""

from models.conformance.adapters import advertorch, art, cleverhans, foolbox, ours, pyautoattack, secml, torchattacks
from models.conformance.attack import Library

RANDOM = "APGD always starts at random, and of its results the points of largest loss are taken"

LIBRARIES: dict[str, Library] = {
    library.name: library
    for library in (
        Library("advtheory", "advtheory", ours.attacks),
        Library("foolbox", "foolbox", foolbox.attacks, "the squared loss by overriding get_loss_fn"),
        Library("pyautoattack", "pyautoattack", pyautoattack.attacks, RANDOM),
        Library("art", "adversarial-robustness-toolbox", art.attacks),
        Library("secml-torch", "secml-torch", secml.attacks, secml.ONE_MORE),
        Library("cleverhans", "cleverhans", cleverhans.attacks),
        Library("torchattacks", "torchattacks", torchattacks.attacks, RANDOM),
        Library("advertorch", "advertorch", advertorch.attacks, advertorch.STAND_INS),
    )
}
