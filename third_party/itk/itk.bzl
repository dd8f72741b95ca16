"""Include path of Debian's ITK, for the few targets that include its headers."""

ITK_COPTS = ["-isystem/usr/include/ITK-5.2", "-isystem/usr/include/gdcm-3.0"]
