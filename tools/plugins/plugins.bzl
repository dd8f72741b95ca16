"""What is linked into the tools beside datasets (datasets/datasets.bzl) and tasks (tasks/tasks.bzl): registered name -> target. One
line adds a plug-in; plugins_test holds these tables and the registries equal."""

ENCODERS = {
    "asap": "//modules/vit3d:encoder",
    "global_contrastive": "//modules/vit3d:encoder",
    "mae": "//modules/vit3d:encoder",
    "random": "//modules/vit3d:encoder",
    "simcrop": "//modules/vit3d:encoder",
}

LOSSES = {
    "alignment": "//modules/asap",
    "global": "//modules/asap",
    "image": "//modules/asap",
    "injection": "//modules/asap",
    "report": "//modules/asap",
}

def targets(*tables):
    """The targets of tables, each once, sorted."""
    return sorted({target: None for table in tables for target in table.values()}.keys())
