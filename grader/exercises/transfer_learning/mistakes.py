"""Wrong answers to 05-transfer-learning that students really give, in each exercise the subtle ones first."""

import copy

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - as the notebook has it

from grader.checking import mistake

# ---------------------------------------------------------------- replace_head


def _linear(model, num_classes, **options):
    """A right new head."""
    old = model.fc
    return nn.Linear(
        old.in_features, num_classes, device=old.weight.device, dtype=old.weight.dtype, **options
    )


def _replace_head(model, num_classes):
    model.fc = _linear(model, num_classes)
    return model


@mistake(
    "replace_head",
    "You take device and dtype from some parameter of the model; the old head's own are what counts: ask "
    "`model.fc.weight`.",
)
def like_the_first_parameter(model, num_classes):
    first = next(model.parameters())
    model.fc = nn.Linear(model.fc.in_features, num_classes, device=first.device, dtype=first.dtype)
    return model


@mistake(
    "replace_head",
    "You move the new head to the old one's device, but not to its dtype: a float64 model then meets a "
    "float32 head and stops.",
)
def forgets_the_dtype(model, num_classes):
    model.fc = nn.Linear(model.fc.in_features, num_classes).to(model.fc.weight.device)
    return model


@mistake(
    "replace_head",
    "You give the new head the old one's dtype, but leave it on the CPU: on a GPU the first pass would stop.",
)
def forgets_the_device(model, num_classes):
    model.fc = nn.Linear(model.fc.in_features, num_classes, dtype=model.fc.weight.dtype)
    return model


@mistake(
    "replace_head",
    "A new nn.Linear is made on the CPU in float32, and yours stays so. Give it the old head's device and "
    "dtype.",
)
def forgets_device_and_dtype(model, num_classes):
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    return model


@mistake(
    "replace_head",
    "You move the whole model to fit the new head; only the head is to change, and it has to fit the model.",
)
def moves_the_model(model, num_classes):
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    return model.to("cpu", torch.float32)


@mistake(
    "replace_head",
    "You copy rows of the old head into the new one; the new classes have nothing to do with the old ones.",
)
def copies_old_rows(model, num_classes):
    new = _linear(model, num_classes)
    rows = min(num_classes, model.fc.out_features)
    with torch.no_grad():
        new.weight[:rows] = model.fc.weight[:rows]
        new.bias[:rows] = model.fc.bias[:rows]
    model.fc = new
    return model


@mistake(
    "replace_head",
    "You leave the head alone where it has the right size already: as many classes are not the same classes.",
)
def keeps_a_head_that_fits(model, num_classes):
    return model if model.fc.out_features == num_classes else _replace_head(model, num_classes)


@mistake(
    "replace_head",
    "You change the old layer instead of putting a new one into its place: whoever holds the old layer finds "
    "it changed.",
)
def changes_the_old_layer(model, num_classes):
    new = _linear(model, num_classes)
    model.fc.weight, model.fc.bias, model.fc.out_features = new.weight, new.bias, num_classes
    return model


@mistake("replace_head", "Your new head has no bias.")
def without_bias(model, num_classes):
    model.fc = _linear(model, num_classes, bias=False)
    return model


@mistake(
    "replace_head",
    "You freeze the rest of the model as well; that is another exercise. Here all else stays as it is.",
)
def freezes_as_well(model, num_classes):
    model.requires_grad_(False)
    return _replace_head(model, num_classes)


@mistake("replace_head", "You switch the model to eval mode; everything but the head stays as it is.")
def switches_to_eval_mode(model, num_classes):
    return _replace_head(model, num_classes).eval()


@mistake("replace_head", "You switch the model to train mode; everything but the head stays as it is.")
def switches_to_train_mode(model, num_classes):
    return _replace_head(model, num_classes).train()


@mistake(
    "replace_head",
    "You draw new numbers for other layers, too: what the network has learned before is gone.",
)
def forgets_what_was_learned(model, num_classes):
    for module in model.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    return _replace_head(model, num_classes)


@mistake(
    "replace_head", "You put the new layer behind the old head; it has to stand in its place (one nn.Linear)."
)
def appends_to_the_old_head(model, num_classes):
    model.fc = nn.Sequential(model.fc, nn.Linear(model.fc.out_features, num_classes))
    return model


@mistake("replace_head", "You make the head a Sequential with more in it; one nn.Linear is asked for.")
def adds_dropout(model, num_classes):
    model.fc = nn.Sequential(nn.Dropout(0.5), _linear(model, num_classes))
    return model


@mistake(
    "replace_head",
    "You type the number of features in (512, as in ResNet-18) instead of asking the old head for it.",
)
def takes_512_features(model, num_classes):
    old = model.fc.weight
    model.fc = nn.Linear(512, num_classes, device=old.device, dtype=old.dtype)
    return model


@mistake(
    "replace_head",
    "You ask for the old head's `out_features`; the new head receives what the old one received.",
)
def takes_the_outputs_for_inputs(model, num_classes):
    model.fc = nn.Linear(model.fc.out_features, num_classes)
    return model


@mistake("replace_head", "You give nn.Linear its arguments in the wrong order: inputs first, then outputs.")
def swaps_inputs_and_outputs(model, num_classes):
    model.fc = nn.Linear(num_classes, model.fc.in_features)
    return model


@mistake(
    "replace_head",
    "You set the attribute `out_features` of the old head: that changes what it prints, not its weights.",
)
def sets_an_attribute_only(model, num_classes):
    model.fc.out_features = num_classes
    return model


@mistake(
    "replace_head", "You put the new layer under another name than `fc`, where the forward pass never looks."
)
def uses_another_name(model, num_classes):
    model.classifier = _linear(model, num_classes)
    return model


@mistake("replace_head", "You work on a copy of the model; change the one that you are given, and return it.")
def replaces_in_a_copy(model, num_classes):
    return _replace_head(copy.deepcopy(model), num_classes)


@mistake("replace_head", "You return the new head; the model is what has to be returned.")
def returns_the_head(model, num_classes):
    return _replace_head(model, num_classes).fc


@mistake("replace_head", "You change the model but return nothing.")
def returns_no_model(model, num_classes):
    _replace_head(model, num_classes)


# ---------------------------------------------------------------- freeze_backbone


def _freeze(model):
    model.requires_grad_(False)
    model.fc.requires_grad_(True)
    return model


def _require(model, wanted):
    """Let the parameters require gradients whose name `wanted` accepts."""
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(wanted(name))
    return model


@mistake(
    "freeze_backbone",
    'You look for names that begin with "fc"; a layer called fc_in does, too. Compare with "fc." or, better, '
    "go by `model.fc.parameters()`.",
)
def keeps_names_that_begin_with_fc(model):
    return _require(model, lambda name: name.startswith("fc"))


@mistake(
    "freeze_backbone",
    'You look for "fc" anywhere in the names; layers inside the backbone may have it in theirs (fc1, '
    "layer1.fc). Go by `model.fc.parameters()`.",
)
def keeps_names_with_fc(model):
    return _require(model, lambda name: "fc" in name)


@mistake(
    "freeze_backbone",
    "You freeze the backbone but count on the head being trainable already: it may have been frozen before.",
)
def leaves_the_head_as_it_was(model):
    for name, parameter in model.named_parameters():
        if not name.startswith("fc."):
            parameter.requires_grad_(False)
    return model


@mistake(
    "freeze_backbone",
    "You make the head trainable and freeze nothing, or count on the backbone being frozen already.",
)
def leaves_the_backbone_as_it_was(model):
    model.fc.requires_grad_(True)
    return model


@mistake(
    "freeze_backbone",
    "You take the last two parameters for the head; it may have no bias, and may not come last.",
)
def keeps_the_last_two_parameters(model):
    parameters = list(model.parameters())
    for index, parameter in enumerate(parameters):
        parameter.requires_grad_(index >= len(parameters) - 2)
    return model


@mistake("freeze_backbone", "You take the last layer for the head; ask for `model.fc`.")
def keeps_the_last_layer(model):
    model.requires_grad_(False)
    list(model.children())[-1].requires_grad_(True)
    return model


@mistake(
    "freeze_backbone",
    "You leave BatchNorm's scales and shifts trainable: they are parameters of the backbone like any other.",
)
def spares_batchnorm(model):
    _freeze(model)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.requires_grad_(True)
    return model


@mistake("freeze_backbone", "You freeze the weights but not the biases.")
def freezes_weights_only(model):
    _require(model, lambda name: not name.endswith("weight"))
    model.fc.requires_grad_(True)
    return model


@mistake(
    "freeze_backbone", "You freeze convolutions only; other layers of the backbone have parameters, too."
)
def freezes_convolutions_only(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            module.requires_grad_(False)
    model.fc.requires_grad_(True)
    return model


@mistake("freeze_backbone", "You freeze everything, the head included: nothing is left to train.")
def freezes_everything(model):
    return model.requires_grad_(False)


@mistake("freeze_backbone", "You freeze the head and train the backbone: it has to be the other way round.")
def freezes_the_head(model):
    model.requires_grad_(True)
    model.fc.requires_grad_(False)
    return model


@mistake(
    "freeze_backbone",
    "You set an attribute `requires_grad` on the model or its layers, which nobody reads: parameters have "
    "it, or use the method `requires_grad_`.",
)
def freezes_modules_not_parameters(model):
    for module in model.children():
        module.requires_grad = False
    model.fc.requires_grad = True
    return model


@mistake(
    "freeze_backbone",
    "You switch to eval mode; that changes what layers compute, not which parameters require gradients.",
)
def only_switches_the_mode(model):
    model.eval()
    model.fc.train()
    return model


@mistake("freeze_backbone", "You make a new head, and lose the values of the old one; it is to be kept here.")
def makes_a_new_head(model):
    _freeze(model)
    model.fc.reset_parameters()
    return model


@mistake(
    "freeze_backbone", "You freeze a copy of the model; change the one that you are given, and return it."
)
def freezes_a_copy(model):
    return _freeze(copy.deepcopy(model))


@mistake("freeze_backbone", "You freeze the backbone but return nothing.")
def freezes_and_returns_nothing(model):
    _freeze(model)


def _count(parameters):
    return sum(parameter.numel() for parameter in parameters)


def _trainable(model):
    return _count(parameter for parameter in model.parameters() if parameter.requires_grad)


@mistake(
    "freeze_backbone",
    "You count layer by layer, so a parameter that two layers share counts twice; `model.parameters()` has "
    "each once.",
    defines="trainable_summary",
)
def counts_shared_parameters_twice(model):
    every = [parameter for _, parameter in model.named_parameters(remove_duplicate=False)]
    return _count(parameter for parameter in every if parameter.requires_grad), _count(every)


@mistake(
    "freeze_backbone",
    "Your total includes buffers, such as BatchNorm's running statistics: those are not parameters.",
    defines="trainable_summary",
)
def counts_buffers(model):
    return _trainable(model), _count(model.state_dict().values())


@mistake("freeze_backbone", "The trainable ones come first, then the total.", defines="trainable_summary")
def total_first(model):
    return _count(model.parameters()), _trainable(model)


@mistake(
    "freeze_backbone",
    "Your second number counts what is frozen; it should be the total.",
    defines="trainable_summary",
)
def counts_the_frozen(model):
    trainable = _trainable(model)
    return trainable, _count(model.parameters()) - trainable


@mistake(
    "freeze_backbone",
    "You count tensors; a weight matrix of 6 × 4 counts 24 (`numel`).",
    defines="trainable_summary",
)
def counts_tensors(model):
    every = list(model.parameters())
    return sum(parameter.requires_grad for parameter in every), len(every)


@mistake(
    "freeze_backbone",
    "You count the head as what is trainable; look at each parameter's `requires_grad`.",
    defines="trainable_summary",
)
def takes_the_head_for_trainable(model):
    return _count(model.fc.parameters()), _count(model.parameters())


@mistake(
    "freeze_backbone",
    "You freeze the backbone before you count; a summary looks and changes nothing.",
    defines="trainable_summary",
)
def freezes_before_counting(model):
    return _trainable(_freeze(model)), _count(model.parameters())


@mistake("freeze_backbone", "You count weights and leave out biases.", defines="trainable_summary")
def counts_weights_only(model):
    weights = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    return _count(weight for weight in weights if weight.requires_grad), _count(weights)


@mistake(
    "freeze_backbone", "The numbers are floats; elements are counted in ints.", defines="trainable_summary"
)
def counts_in_floats(model):
    return float(_trainable(model)), float(_count(model.parameters()))


# ---------------------------------------------------------------- extract_features


def _features(model, images):
    """What the head receives, in whatever mode the model is."""
    received = []
    handle = model.fc.register_forward_pre_hook(lambda module, inputs: received.append(inputs[0]))
    model(images)
    handle.remove()
    return received[0]


def _restoring(model, images, find):
    """`find(model, images)` in eval mode; the mode is as before afterwards."""
    was = model.training
    model.eval()
    with torch.no_grad():
        found = find(model, images)
    model.train(was)
    return found


@mistake(
    "extract_features",
    "You detach the result, but the forward pass has tracked gradients and kept every layer's activations: "
    "use torch.no_grad().",
)
def detaches_afterwards(model, images):
    was = model.training
    model.eval()
    found = _features(model, images).detach()
    model.train(was)
    return found


@mistake(
    "extract_features",
    "You track gradients, and the result drags the whole graph along: use torch.no_grad().",
)
def tracks_gradients(model, images):
    was = model.training
    model.eval()
    found = _features(model, images)
    model.train(was)
    return found


@mistake(
    "extract_features",
    "You make the pass in train mode where the model is in it: dropout drops, and BatchNorm uses the batch.",
)
def passes_in_train_mode(model, images):
    with torch.no_grad():
        return _features(model, images)


@mistake("extract_features", "You switch to eval mode and do not switch back.")
def stays_in_eval_mode(model, images):
    model.eval()
    with torch.no_grad():
        return _features(model, images)


@mistake(
    "extract_features",
    "You always end in train mode; a model that came in eval mode has to leave in eval mode.",
)
def ends_in_train_mode(model, images):
    found = _restoring(model, images, _features)
    model.train()
    return found


@mistake(
    "extract_features",
    "You take the model apart with children() and drop the last one. That works where the head is registered "
    "last and all else is a chain of modules; the forward pass may do more, or use modules in another order.",
)
def drops_the_last_child(model, images):
    def find(model, images):
        return nn.Sequential(*list(model.children())[:-1])(images).flatten(1)

    return _restoring(model, images, find)


@mistake(
    "extract_features",
    "You take the model apart with children(): what the forward pass does between modules, such as flatten, "
    "is lost.",
)
def drops_the_last_child_and_flatten(model, images):
    return _restoring(
        model, images, lambda model, images: nn.Sequential(*list(model.children())[:-1])(images)
    )


@mistake("extract_features", "You put nn.Identity() into the head's place and leave it there.")
def leaves_an_identity(model, images):
    def find(model, images):
        model.fc = nn.Identity()
        return model(images)

    return _restoring(model, images, find)


@mistake(
    "extract_features",
    "You make a new head afterwards; the old one with its weights has to be put back.",
)
def makes_another_head(model, images):
    def find(model, images):
        old, model.fc = model.fc, nn.Identity()
        found = model(images)
        model.fc = nn.Linear(old.in_features, old.out_features)
        return found

    return _restoring(model, images, find)


@mistake(
    "extract_features",
    "You put a copy of the head back; it has to be the same object, or whoever holds the head (an optimizer, "
    "say) holds the wrong one.",
)
def puts_a_copy_back(model, images):
    def find(model, images):
        old, model.fc = copy.deepcopy(model.fc), nn.Identity()
        found = model(images)
        model.fc = old
        return found

    return _restoring(model, images, find)


@mistake("extract_features", "Your hook stays on the head; call `remove()` on its handle.")
def leaves_the_hook(model, images):
    received = []
    model.fc.register_forward_hook(lambda module, inputs, output: received.append(inputs[0]))
    _restoring(model, images, lambda model, images: model(images))
    return received[0]


@mistake(
    "extract_features",
    "You return the tuple of inputs that the hook receives; the features are its first element.",
)
def returns_the_hooks_tuple(model, images):
    return _restoring(model, images, lambda model, images: (_features(model, images),))


@mistake("extract_features", "You return the logits, or what the head gives; asked for is what it receives.")
def returns_logits(model, images):
    return _restoring(model, images, lambda model, images: model(images))


@mistake("extract_features", "You squeeze the result: a batch of one image loses its first dimension.")
def squeezes(model, images):
    return _restoring(model, images, _features).squeeze()


@mistake("extract_features", "You average over the batch; each image has features of its own.")
def averages_the_batch(model, images):
    return _restoring(model, images, _features).mean(0)


@mistake("extract_features", "You scale the features to length one; return them as the head receives them.")
def normalises_the_features(model, images):
    return F.normalize(_restoring(model, images, _features))


@mistake("extract_features", "You normalise the images first; the model is to see them as they are.")
def normalises_the_images(model, images):
    return _restoring(model, (images - images.mean()) / images.std(), _features)


# ---------------------------------------------------------------- fine_tuning


@mistake(
    "fine_tuning",
    "You go by the beginning of names: layer1 is also the beginning of layer10. Ask for the submodule "
    "itself.",
    defines="unfreeze",
)
def unfreezes_names_that_begin_so(model, layer):
    for name, parameter in model.named_parameters():
        if name.startswith(layer):
            parameter.requires_grad_(True)
    return model


@mistake(
    "fine_tuning",
    "You look for the layer's name anywhere in the parameters' names: conv1 is also inside every block. Ask "
    "for the submodule itself.",
    defines="unfreeze",
)
def unfreezes_names_with_it(model, layer):
    for name, parameter in model.named_parameters():
        if layer in name:
            parameter.requires_grad_(True)
    return model


@mistake(
    "fine_tuning",
    "getattr knows no names with dots, such as layer3.0: `get_submodule` does.",
    defines="unfreeze",
)
def unfreezes_by_getattr(model, layer):
    getattr(model, layer).requires_grad_(True)
    return model


@mistake(
    "fine_tuning",
    "You take only the first part of the name: for layer3.0, all of layer3 is unfrozen.",
    defines="unfreeze",
)
def unfreezes_the_first_part(model, layer):
    getattr(model, layer.split(".")[0]).requires_grad_(True)
    return model


@mistake(
    "fine_tuning",
    "You switch the model to train mode: unfreezing changes `requires_grad`, and nothing else.",
    defines="unfreeze",
)
def unfreezes_in_train_mode(model, layer):
    model.get_submodule(layer).requires_grad_(True)
    return model.train()


@mistake(
    "fine_tuning",
    "You also freeze what is not in the named layer; what was trainable before stays trainable.",
    defines="unfreeze",
)
def freezes_the_others(model, layer):
    model.requires_grad_(False)
    model.get_submodule(layer).requires_grad_(True)
    return model


@mistake(
    "fine_tuning",
    "You make the head trainable, too; only the named layer is to change.",
    defines="unfreeze",
)
def unfreezes_the_head_as_well(model, layer):
    model.get_submodule(layer).requires_grad_(True)
    model.fc.requires_grad_(True)
    return model


@mistake(
    "fine_tuning",
    "You unfreeze all layers from the named one on; only that one is to change.",
    defines="unfreeze",
)
def unfreezes_all_from_there(model, layer):
    found = False
    for name, parameter in model.named_parameters():
        found = found or name.startswith(layer + ".")
        if found:
            parameter.requires_grad_(True)
    return model


@mistake(
    "fine_tuning",
    "You reverse `requires_grad`: what was trainable already in the layer is frozen afterwards.",
    defines="unfreeze",
)
def reverses(model, layer):
    for parameter in model.get_submodule(layer).parameters():
        parameter.requires_grad_(not parameter.requires_grad)
    return model


@mistake(
    "fine_tuning",
    "You leave BatchNorm's scales and shifts in the layer frozen; all its parameters are to be trained.",
    defines="unfreeze",
)
def leaves_batchnorm_frozen(model, layer):
    part = model.get_submodule(layer)
    norms = [each for each in part.modules() if isinstance(each, nn.BatchNorm2d)]
    kept = {id(parameter) for norm in norms for parameter in norm.parameters()}
    for parameter in part.parameters():
        if id(parameter) not in kept:
            parameter.requires_grad_(True)
    return model


@mistake(
    "fine_tuning",
    "You set an attribute `requires_grad` on the layer, which nobody reads: parameters have it, or use the "
    "method `requires_grad_`.",
    defines="unfreeze",
)
def unfreezes_a_module_not_parameters(model, layer):
    model.get_submodule(layer).requires_grad = True
    return model


@mistake("fine_tuning", "You unfreeze the whole model, not the named layer only.", defines="unfreeze")
def unfreezes_everything(model, layer):
    return model.requires_grad_(True)


@mistake("fine_tuning", "You return the layer; the model has to be returned.", defines="unfreeze")
def returns_the_layer(model, layer):
    return model.get_submodule(layer).requires_grad_(True)


@mistake("fine_tuning", "You unfreeze the layer but return nothing.", defines="unfreeze")
def unfreezes_and_returns_nothing(model, layer):
    model.get_submodule(layer).requires_grad_(True)


def _groups(model, head_lr, backbone_lr):
    """The right groups."""
    head = [each for each in model.fc.parameters() if each.requires_grad]
    backbone = [
        each for name, each in model.named_parameters() if each.requires_grad and not name.startswith("fc.")
    ]
    groups = [{"params": head, "lr": head_lr}, {"params": backbone, "lr": backbone_lr}]
    return groups if backbone else groups[:1]


@mistake(
    "fine_tuning",
    "You hand over all of the head's parameters; one that is frozen belongs into no group.",
    defines="make_optimizer",
)
def takes_a_frozen_part_of_the_head(model, head_lr, backbone_lr):
    groups = _groups(model, head_lr, backbone_lr)
    groups[0]["params"] = list(model.fc.parameters())
    return torch.optim.Adam(groups)


@mistake(
    "fine_tuning",
    "You make a group for the backbone even if all of it is frozen: leave an empty group out.",
    defines="make_optimizer",
)
def makes_an_empty_group(model, head_lr, backbone_lr):
    groups = _groups(model, head_lr, backbone_lr)
    empty = {"params": [], "lr": backbone_lr}
    return torch.optim.Adam(groups if len(groups) == 2 else [*groups, empty])


@mistake(
    "fine_tuning",
    'You tell the head by "fc" in the name, or at its beginning; layers of the backbone may be called fc1.',
    defines="make_optimizer",
)
def takes_namesakes_for_the_head(model, head_lr, backbone_lr):
    trainable = [(name, each) for name, each in model.named_parameters() if each.requires_grad]
    head = [each for name, each in trainable if "fc" in name]
    backbone = [each for name, each in trainable if "fc" not in name]
    groups = [{"params": head, "lr": head_lr}, {"params": backbone, "lr": backbone_lr}]
    return torch.optim.Adam(groups if backbone else groups[:1])


@mistake(
    "fine_tuning",
    'You tell the head by names that begin with "fc"; a layer of the backbone may be called fc_in.',
    defines="make_optimizer",
)
def takes_beginnings_for_the_head(model, head_lr, backbone_lr):
    trainable = [(name, each) for name, each in model.named_parameters() if each.requires_grad]
    head = [each for name, each in trainable if name.startswith("fc")]
    backbone = [each for name, each in trainable if not name.startswith("fc")]
    groups = [{"params": head, "lr": head_lr}, {"params": backbone, "lr": backbone_lr}]
    return torch.optim.Adam(groups if backbone else groups[:1])


@mistake(
    "fine_tuning",
    "You make a group of its own for each parameter; two are asked for, head and backbone.",
    defines="make_optimizer",
)
def makes_a_group_for_each(model, head_lr, backbone_lr):
    groups = _groups(model, head_lr, backbone_lr)
    return torch.optim.Adam(
        [{"params": [each], "lr": group["lr"]} for group in groups for each in group["params"]]
    )


@mistake(
    "fine_tuning",
    "You use AdamW, which also shrinks the weights at every step; plain Adam is asked for.",
    defines="make_optimizer",
)
def uses_adamw(model, head_lr, backbone_lr):
    return torch.optim.AdamW(_groups(model, head_lr, backbone_lr))


@mistake("fine_tuning", "You add weight decay; plain Adam is asked for.", defines="make_optimizer")
def adds_weight_decay(model, head_lr, backbone_lr):
    return torch.optim.Adam(_groups(model, head_lr, backbone_lr), weight_decay=1e-4)


@mistake("fine_tuning", "You use SGD; Adam is asked for.", defines="make_optimizer")
def uses_sgd(model, head_lr, backbone_lr):
    return torch.optim.SGD(_groups(model, head_lr, backbone_lr), momentum=0.9)


@mistake(
    "fine_tuning",
    "You mix up the learning rates: the head trains at head_lr.",
    defines="make_optimizer",
)
def swaps_the_rates(model, head_lr, backbone_lr):
    return torch.optim.Adam(_groups(model, backbone_lr, head_lr))


@mistake(
    "fine_tuning",
    "Your groups have no learning rates of their own, or not all have: a group without one gets the "
    "optimizer's.",
    defines="make_optimizer",
)
def gives_all_the_heads_rate(model, head_lr, backbone_lr):
    return torch.optim.Adam(_groups(model, head_lr, head_lr))


@mistake(
    "fine_tuning",
    "You put all trainable parameters into one group; the backbone needs one with its own learning rate.",
    defines="make_optimizer",
)
def makes_one_group(model, head_lr, backbone_lr):
    return torch.optim.Adam([each for each in model.parameters() if each.requires_grad], lr=head_lr)


@mistake(
    "fine_tuning",
    "You hand over frozen parameters; choose those that require gradients.",
    defines="make_optimizer",
)
def takes_frozen_parameters(model, head_lr, backbone_lr):
    backbone = [each for name, each in model.named_parameters() if not name.startswith("fc.")]
    return torch.optim.Adam(
        [{"params": model.fc.parameters(), "lr": head_lr}, {"params": backbone, "lr": backbone_lr}]
    )


@mistake(
    "fine_tuning",
    "You leave out the backbone; what is trainable there belongs into a group of its own.",
    defines="make_optimizer",
)
def optimizes_the_head_only(model, head_lr, backbone_lr):
    return torch.optim.Adam(_groups(model, head_lr, backbone_lr)[:1])


@mistake(
    "fine_tuning",
    "You return the list of groups; an optimizer made of it is asked for.",
    defines="make_optimizer",
)
def returns_the_groups(model, head_lr, backbone_lr):
    return _groups(model, head_lr, backbone_lr)


# ---------------------------------------------------------------- train_head


def _modes(model, kinds=(nn.BatchNorm1d, nn.BatchNorm2d)):
    """Train mode, but not for frozen BatchNorm layers."""
    model.train()
    for module in model.modules():
        if isinstance(module, kinds) and not any(each.requires_grad for each in module.parameters()):
            module.eval()


def _adam(model, lr):
    return torch.optim.Adam([each for each in model.parameters() if each.requires_grad], lr=lr)


def _epoch(model, loader, optimizer, device, criterion=F.cross_entropy, zero=True, moved=(True, True)):
    """One epoch; returns the loss and the size of each batch. moved: whether images and labels are."""
    figures = []
    for images, labels in loader:
        images = images.to(device) if moved[0] else images
        labels = labels.to(device) if moved[1] else labels
        if zero:
            optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        figures.append((loss.item(), len(labels)))
    return figures


def _mean(figures):
    return sum(loss * size for loss, size in figures) / sum(size for _, size in figures)


def _train(model, loader, epochs, lr, device, modes=_modes, adam=_adam, mean=_mean, **options):
    model.to(device)
    optimizer = adam(model, lr)
    losses = []
    for _ in range(epochs):
        modes(model)
        losses.append(mean(_epoch(model, loader, optimizer, device, **options)))
    return losses


@mistake(
    "train_head",
    "You look for BatchNorm2d only; BatchNorm1d layers have running statistics as well, and yours drift.",
)
def spares_batchnorm2d_only(model, loader, epochs=5, lr=1e-2, device="cpu"):
    return _train(model, loader, epochs, lr, device, modes=lambda model: _modes(model, nn.BatchNorm2d))


@mistake(
    "train_head",
    "You look for BatchNorm among the model's direct children; most of it is inside blocks: use `modules()`.",
)
def spares_direct_children_only(model, loader, epochs=5, lr=1e-2, device="cpu"):
    def modes(model):
        model.train()
        for module in model.children():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
                module.eval()

    return _train(model, loader, epochs, lr, device, modes=modes)


@mistake(
    "train_head",
    "You stop BatchNorm's running mean and variance with momentum 0, but its count of batches goes on, and "
    "the layers still use the batch: put frozen BatchNorm layers into eval mode.",
)
def sets_momentum_to_zero(model, loader, epochs=5, lr=1e-2, device="cpu"):
    def modes(model):
        model.train()
        for module in model.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
                module.momentum = 0.0

    return _train(model, loader, epochs, lr, device, modes=modes)


@mistake(
    "train_head",
    "Your frozen backbone is not the same afterwards: in train mode BatchNorm updates its running mean and "
    "variance whether its parameters are frozen or not. Put it into eval mode, "
    "and see that no model.train() in the loop switches it back.",
)
def lets_batchnorm_drift(model, loader, epochs=5, lr=1e-2, device="cpu"):
    return _train(model, loader, epochs, lr, device, modes=nn.Module.train)


@mistake(
    "train_head",
    "You train the head only; a layer of the backbone that requires gradients is to be trained, too.",
)
def trains_the_head_only(model, loader, epochs=5, lr=1e-2, device="cpu"):
    adam = lambda model, lr: torch.optim.Adam(model.fc.parameters(), lr=lr)  # noqa: E731
    return _train(model, loader, epochs, lr, device, adam=adam)


@mistake(
    "train_head",
    "You freeze the backbone yourself; what requires gradients is the caller's decision, and is to be "
    "trained.",
)
def freezes_before_training(model, loader, epochs=5, lr=1e-2, device="cpu"):
    return _train(_freeze(model), loader, epochs, lr, device)


@mistake(
    "train_head",
    "You take the features without gradients and train the head on them: right for a frozen backbone, but "
    "an unfrozen layer learns nothing.",
)
def trains_on_fixed_features(model, loader, epochs=5, lr=1e-2, device="cpu"):
    def epoch():
        figures = []
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            with torch.no_grad():
                features = _features(model, images)
            optimizer.zero_grad()
            loss = F.cross_entropy(model.fc(features), labels)
            loss.backward()
            optimizer.step()
            figures.append((loss.item(), len(labels)))
        return _mean(figures)

    model.to(device).eval()
    optimizer = torch.optim.Adam(model.fc.parameters(), lr=lr)
    model.fc.requires_grad_(True)
    return [epoch() for _ in range(epochs)]


@mistake(
    "train_head",
    "You make everything trainable; what is frozen when the model comes has to stay as it is.",
)
def trains_everything(model, loader, epochs=5, lr=1e-2, device="cpu"):
    return _train(model.requires_grad_(True), loader, epochs, lr, device)


@mistake(
    "train_head",
    "You take the mean of the batches' losses: a smaller last batch then weighs as much as the others. Weigh "
    "each by its size.",
)
def averages_batches(model, loader, epochs=5, lr=1e-2, device="cpu"):
    mean = lambda figures: sum(loss for loss, _ in figures) / len(figures)  # noqa: E731
    return _train(model, loader, epochs, lr, device, mean=mean)


@mistake(
    "train_head", "Your loss of an epoch is the sum over the batches; the mean over samples is asked for."
)
def sums_batches(model, loader, epochs=5, lr=1e-2, device="cpu"):
    return _train(model, loader, epochs, lr, device, mean=lambda figures: sum(loss for loss, _ in figures))


@mistake(
    "train_head",
    "You divide a sum of batch means by the number of samples: multiply each by its batch's size first.",
)
def divides_means_by_samples(model, loader, epochs=5, lr=1e-2, device="cpu"):
    mean = lambda figures: sum(loss for loss, _ in figures) / sum(size for _, size in figures)  # noqa: E731
    return _train(model, loader, epochs, lr, device, mean=mean)


@mistake("train_head", "Your loss of an epoch is that of its last batch; take the mean over all samples.")
def keeps_the_last_loss(model, loader, epochs=5, lr=1e-2, device="cpu"):
    return _train(model, loader, epochs, lr, device, mean=lambda figures: figures[-1][0])


@mistake(
    "train_head",
    "Your running total is not set to zero at the beginning of an epoch: losses add up from epoch to epoch.",
)
def never_resets_the_total(model, loader, epochs=5, lr=1e-2, device="cpu"):
    losses = _train(model, loader, epochs, lr, device)
    return [sum(losses[: count + 1]) for count in range(len(losses))]


@mistake("train_head", "You return a loss for each batch; one for each epoch is asked for.")
def returns_a_loss_a_batch(model, loader, epochs=5, lr=1e-2, device="cpu"):
    losses = _train(model, loader, epochs, lr, device, mean=lambda figures: [loss for loss, _ in figures])
    return [loss for epoch in losses for loss in epoch]


@mistake("train_head", "You return the last loss only; a list with one an epoch is asked for.")
def returns_the_last_loss(model, loader, epochs=5, lr=1e-2, device="cpu"):
    return _train(model, loader, epochs, lr, device)[-1]


@mistake("train_head", "You train the model but do not return the losses.")
def returns_no_losses(model, loader, epochs=5, lr=1e-2, device="cpu"):
    _train(model, loader, epochs, lr, device)


@mistake(
    "train_head",
    "You put softmax before cross-entropy, which applies it itself: it takes logits.",
)
def applies_softmax_first(model, loader, epochs=5, lr=1e-2, device="cpu"):
    criterion = lambda logits, labels: F.cross_entropy(logits.softmax(1), labels)  # noqa: E731
    return _train(model, loader, epochs, lr, device, criterion=criterion)


@mistake(
    "train_head",
    "You never call zero_grad(): each step uses the gradients of all batches so far.",
)
def never_clears_gradients(model, loader, epochs=5, lr=1e-2, device="cpu"):
    return _train(model, loader, epochs, lr, device, zero=False)


@mistake(
    "train_head",
    "You make a new optimizer in every step, and Adam forgets what it knows of the gradients: make one, "
    "before the epochs.",
)
def makes_an_optimizer_a_step(model, loader, epochs=5, lr=1e-2, device="cpu"):
    class Fresh:
        def zero_grad(self):
            self.optimizer = _adam(model, lr)
            self.optimizer.zero_grad()

        def step(self):
            self.optimizer.step()

    return _train(model, loader, epochs, lr, device, adam=lambda model, lr: Fresh())


@mistake(
    "train_head",
    "You make a new optimizer in every epoch, and Adam forgets what it knows of the gradients: make one, "
    "before the epochs.",
)
def makes_an_optimizer_an_epoch(model, loader, epochs=5, lr=1e-2, device="cpu"):
    return [_train(model, loader, 1, lr, device)[0] for _ in range(epochs)]


@mistake(
    "train_head",
    "You train on the first batch of an epoch and leave it there: a `return` or `break` too early?",
)
def trains_on_the_first_batch(model, loader, epochs=5, lr=1e-2, device="cpu"):
    class First:
        def __iter__(self):
            return iter([next(iter(loader))])

    return _train(model, First(), epochs, lr, device)


@mistake("train_head", "You ignore `lr`: pass it to the optimizer.")
def ignores_the_learning_rate(model, loader, epochs=5, lr=1e-2, device="cpu"):
    return _train(model, loader, epochs, 1e-3, device)


@mistake("train_head", "You train one epoch only, whatever `epochs` says.")
def trains_one_epoch(model, loader, epochs=5, lr=1e-2, device="cpu"):
    return _train(model, loader, 1, lr, device) * epochs


@mistake("train_head", "You use SGD; Adam is asked for.")
def trains_with_sgd(model, loader, epochs=5, lr=1e-2, device="cpu"):
    adam = lambda model, lr: torch.optim.SGD(model.parameters(), lr=lr)  # noqa: E731
    return _train(model, loader, epochs, lr, device, adam=adam)


@mistake(
    "train_head",
    "You use AdamW, which also shrinks the weights at every step; Adam is asked for.",
)
def trains_with_adamw(model, loader, epochs=5, lr=1e-2, device="cpu"):
    adam = lambda model, lr: torch.optim.AdamW(  # noqa: E731
        [each for each in model.parameters() if each.requires_grad], lr=lr
    )
    return _train(model, loader, epochs, lr, device, adam=adam)


@mistake("train_head", "You never call optimizer.step(): nothing is trained.")
def never_steps(model, loader, epochs=5, lr=1e-2, device="cpu"):
    class Still(torch.optim.Adam):
        def step(self, closure=None):
            return None

    return _train(model, loader, epochs, lr, device, adam=lambda model, lr: Still(model.parameters(), lr=lr))


@mistake("train_head", "You do not move the model to the device.")
def leaves_the_model_where_it_is(model, loader, epochs=5, lr=1e-2, device="cpu"):
    optimizer = _adam(model, lr)
    losses = []
    for _ in range(epochs):
        _modes(model)
        losses.append(_mean(_epoch(model, loader, optimizer, device)))
    return losses


@mistake("train_head", "You move the model to the device, but not the batches.")
def leaves_the_batches_where_they_are(model, loader, epochs=5, lr=1e-2, device="cpu"):
    return _train(model, loader, epochs, lr, device, moved=(False, False))


@mistake("train_head", "You move the images to the device, but not their labels.")
def leaves_the_labels_where_they_are(model, loader, epochs=5, lr=1e-2, device="cpu"):
    return _train(model, loader, epochs, lr, device, moved=(True, False))
