"""The languages of espeak-ng.

Japanese and Chinese are left out: it spells their characters instead of reading them.
"""

from __future__ import annotations

from collections.abc import Mapping

VOICES: Mapping[str, str] = {
    "en-US": "en-us",
    "en-GB": "en",
    "de-DE": "de",
    "es-ES": "es",
    "es-MX": "es-419",
    "fr-FR": "fr",
    "fr-BE": "fr-be",
    "fr-CH": "fr-ch",
    "it-IT": "it",
    "pt-PT": "pt",
    "pt-BR": "pt-br",
    "nl-NL": "nl",
    "pl-PL": "pl",
    "cs-CZ": "cs",
    "sk-SK": "sk",
    "sl-SI": "sl",
    "hr-HR": "hr",
    "sr-RS": "sr",
    "bs-BA": "bs",
    "mk-MK": "mk",
    "bg-BG": "bg",
    "ro-RO": "ro",
    "hu-HU": "hu",
    "el-GR": "el",
    "tr-TR": "tr",
    "uk-UA": "uk",
    "ru-RU": "ru",
    "da-DK": "da",
    "sv-SE": "sv",
    "nb-NO": "nb",
    "is-IS": "is",
    "fi-FI": "fi",
    "et-EE": "et",
    "lv-LV": "lv",
    "lt-LT": "lt",
    "ca-ES": "ca",
    "eu-ES": "eu",
    "ga-IE": "ga",
    "cy-GB": "cy",
    "sq-AL": "sq",
    "hi-IN": "hi",
    "id-ID": "id",
    "vi-VN": "vi",
    "ko-KR": "ko",
    "sw-KE": "sw",
    "eo": "eo",
}
"""BCP 47 -> espeak-ng's name; the first of a language stands for its other regions."""
