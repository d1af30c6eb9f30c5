"""CelebV-HQ's info file in small, as its README shows it."""

from typing import Any

HEAD = {"meta_info": {"appearance_mapping": ["Blurry", "5'o clock"], "action_mapping": ["talk"]}}


def entry(video: str = "M2Ohb0FAaJU", emotion: Any = None) -> dict[str, Any]:
    """An entry of `clips`."""
    return {
        "ytb_id": video,
        "duration": {"start_sec": 81.62, "end_sec": 86.17},
        "bbox": {"top": 0.0, "bottom": 0.8815, "left": 0.1964, "right": 0.6922},
        "attributes": {
            "appearance": [0, 1],
            "action": [1],
            "emotion": emotion or {"sep_flag": False, "labels": "neutral"},
        },
        "version": "v0.1",
    }
