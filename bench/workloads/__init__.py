"""The named workloads, in the order in which they run."""

from workloads import download, durable, idle, latency, requests, uploads

WORKLOADS = {**uploads.WORKLOADS, **requests.WORKLOADS, **durable.WORKLOADS, **idle.WORKLOADS, **latency.WORKLOADS, **download.WORKLOADS}
