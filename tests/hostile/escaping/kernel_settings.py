"""Writes the kernel's settings: the handler of crashes, and its control groups.

says: nowhere
"""
for path in (
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/randomize_va_space",
    "/proc/sysrq-trigger",
    "/sys/kernel/uevent_helper",
    "/sys/fs/cgroup/cgroup.procs",
    "/proc/self/oom_score_adj",
):
    try:
        with open(path, "r+" if "oom" not in path else "w") as file:
            if "oom" in path:
                file.write("-1000")
    except OSError:
        continue
    raise Success(path)
raise LookupError("nowhere")
