"""The one table of the datasets in the binary: registered name -> target. One line adds a dataset; //tools/plugins:plugins_test
holds this table and the registry equal. The writers of the phantom in their layouts follow from it (//datasets:layouts). A dataset
outside this repository is linked in by --//datasets:more=//their:target."""

DATASETS = {
    "cc_ccii": "//datasets/cc_ccii",
    "ct_rate": "//datasets/ct_rate",
    "inspect": "//datasets/inspect",
    "luna16": "//datasets/luna16",
    "pairs": "//datasets/pairs",
    "phantom": "//datasets/phantom",
    "rad_chestct": "//datasets/rad_chestct",
    "rspect": "//datasets/rspect",
    "stoic": "//datasets/stoic",
}
