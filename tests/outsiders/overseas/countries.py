"""Countries that people live in: their codes, hours from UTC, shares and phone prefixes."""

from __future__ import annotations

import numpy as np

# code, hours from UTC, weight, phone prefix
COUNTRIES = (
    *(("US", -6, 30, "+1"), ("CA", -5, 4, "+1"), ("GB", 0, 8, "+44"), ("IE", 0, 1, "+353"), ("DE", 1, 8, "+49")),
    *(("FR", 1, 5, "+33"), ("ES", 1, 3, "+34"), ("IT", 1, 3, "+39"), ("NL", 1, 3, "+31"), ("PL", 1, 3, "+48")),
    *(("CZ", 1, 1, "+420"), ("PT", 0, 1, "+351"), ("TR", 3, 2, "+90"), ("EG", 2, 1, "+20"), ("KE", 3, 1.5, "+254")),
    *(("NG", 1, 1.5, "+234"), ("GH", 0, 0.7, "+233"), ("IN", 5.5, 11, "+91"), ("BD", 6, 1.2, "+880")),
    *(("LK", 5.5, 0.6, "+94"), ("PH", 8, 2.5, "+63"), ("ID", 7, 3, "+62"), ("VN", 7, 2, "+84"), ("TH", 7, 1, "+66")),
    *(("JP", 9, 5, "+81"), ("KR", 9, 3, "+82"), ("SG", 8, 1.5, "+65"), ("AU", 10, 3, "+61"), ("BR", -3, 5, "+55")),
    *(("MX", -6, 3, "+52"), ("CO", -5, 1.2, "+57"), ("AR", -3, 1.2, "+54")),
)
CODES, _HOURS, _WEIGHTS, PREFIXES = (np.array(column, object) for column in zip(*COUNTRIES, strict=True))
TZ = _HOURS.astype(float)
WEIGHT = _WEIGHTS.astype(float) / sum(_WEIGHTS)
NUMBER = {code: i for i, code in enumerate(CODES)}


def numbers(codes: str) -> list[int]:
    """Numbers of countries given as codes with spaces between them."""
    return [NUMBER[code] for code in codes.split()]
