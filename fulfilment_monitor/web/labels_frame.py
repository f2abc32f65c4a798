"""The names of what every page can show: lights, kinds of notice."""

from .labels import Words

LABELS: dict[str, Words] = {
    "light": {
        "none": ("未到提醒期", "Not near yet"),
        "yellow": ("黄灯", "Yellow light"),
        "orange": ("橙灯", "Orange light"),
        "red": ("红灯", "Red light"),
        "done": ("已办结", "Done"),
    },
    "notice": {
        "info": ("提示", "Note"),
        "good": ("成功", "Done"),
        "warn": ("注意", "Attention"),
        "error": ("错误", "Error"),
    },
    "theme": {
        "system": ("跟随系统", "As the system"),
        "light": ("浅色", "Light"),
        "dark": ("深色", "Dark"),
    },
    "text": {
        "normal": ("标准字号", "Standard text"),
        "large": ("大字版", "Large text"),
    },
}
