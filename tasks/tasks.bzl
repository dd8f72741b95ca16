"""The one table of the tasks in the binary: registered name -> target. One line adds a task; tasks_test holds this table and the
registry equal. A task outside this repository is linked in by --//tasks:more=//their:target."""

TASKS = {
    "classification/cc_ccii": "//tasks/classification/cc_ccii",
    "classification/ct_rate": "//tasks/classification/ct_rate",
    "classification/inspect": "//tasks/classification/inspect",
    "classification/luna16": "//tasks/classification/luna16",
    "classification/rad_chestct": "//tasks/classification/rad_chestct",
    "classification/stoic": "//tasks/classification/stoic",
    "prognosis/inspect": "//tasks/prognosis/inspect",
    "prognosis/stoic": "//tasks/prognosis/stoic",
}
