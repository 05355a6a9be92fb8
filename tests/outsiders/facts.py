"""Published facts that the worlds build on."""

from __future__ import annotations

# Requests in each hour of a day of a campus service. BurstGPT (github HPMLL/BurstGPT, CC-BY-4.0, Wang et al.): means of
# 61 days, aggregated by github IsabellaLiu99/burstgpt_analysis, commit 745962c, rounded.
CAMPUS_BY_HOUR = (
    *(940, 893, 572, 513, 368, 342, 194, 153, 178, 416, 879, 1287),
    *(1744, 1501, 1796, 1401, 1476, 1356, 1181, 1568, 1353, 1175, 1129, 1026),
)
