"""What is linked into the tools: registered name -> target. One line adds a plug-in; plugins_test holds this table and the
registries equal."""

DATASETS = {
    "ct_rate": "//datasets/ct_rate",
    "luna16": "//datasets/luna16",
    "pairs": "//datasets/pairs",
    "phantom": "//datasets/phantom",
}

ENCODERS = {
    "asap": "//modules/vit3d:encoder",
}

LOSSES = {
    "alignment": "//modules/asap",
    "image": "//modules/asap",
    "injection": "//modules/asap",
    "report": "//modules/asap",
}

def targets(*tables):
    """The targets of tables, each once, sorted."""
    return sorted({target: None for table in tables for target in table.values()}.keys())
