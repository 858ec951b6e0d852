"""A kubeconfig that gets its tokens from the AWS CLI, so that it holds no secret."""

import json

_TEMPLATE = """\
apiVersion: v1
kind: Config
clusters:
  - name: {arn}
    cluster:
      server: {endpoint}
      certificate-authority-data: {authority}
contexts:
  - name: {name}
    context:
      cluster: {arn}
      user: {arn}
current-context: {name}
users:
  - name: {arn}
    user:
      exec:
        apiVersion: client.authentication.k8s.io/v1beta1
        command: aws
        args: [--region, {region}, eks, get-token, --cluster-name, {name}, --output, json]
"""


def kubeconfig(*, name: str, arn: str, endpoint: str, authority: str) -> str:
    """YAML. ``authority`` is the base64 text that EKS gives."""
    region = arn.split(":")[3]
    values = {"name": name, "arn": arn, "endpoint": endpoint, "authority": authority, "region": region}
    return _TEMPLATE.format(**{key: json.dumps(value) for key, value in values.items()})
