"""GPUs for a service: whether the engine can give any, looked at before anything is built."""

from __future__ import annotations

from typing import Any

from docker.types import DeviceRequest

from gatekeeper.manifest.service import ALL_GPUS
from gatekeeper.model import Fault
from gatekeeper.ports import StartFailed, StartFailure


def gives_gpus(info: dict[str, Any]) -> bool:
    """Whether an engine says that it has a way to give a container GPUs: NVIDIA's runtime, or, as
    engines since 28.2 tell, devices that were discovered."""
    runtimes = info.get("Runtimes") or {}
    devices = info.get("DiscoveredDevices") or []
    return "nvidia" in runtimes or info.get("DefaultRuntime") == "nvidia" or any(
        str(one.get("ID") if isinstance(one, dict) else one).startswith("nvidia.com/gpu")
        for one in devices)


def look_for_gpus(info: dict[str, Any], wanted: int | str) -> None:
    """StartFailed where GPUs are declared and the engine has none to give: the machine lacks them,
    which is not the change's doing."""
    if wanted and not gives_gpus(info):
        raise StartFailed(StartFailure(
            f"`service.resources.gpus` is {wanted}, and this engine has no way to give GPUs (it "
            "knows no NVIDIA runtime) → look at `docker info`, and at NVIDIA's container toolkit",
            Fault.WORLD))


def device_requests(wanted: int | str) -> list[DeviceRequest]:
    """What the engine is asked for."""
    if not wanted:
        return []
    count = -1 if wanted == ALL_GPUS else int(wanted)
    return [DeviceRequest(count=count, capabilities=[["gpu"]])]
