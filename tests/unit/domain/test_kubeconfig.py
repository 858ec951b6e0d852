from __future__ import annotations

import string

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.domain.kubeconfig import kubeconfig

BASE64 = string.ascii_letters + string.digits + "+/="
# Names that YAML would read as something else, were they not quoted.
NAMES = st.from_regex(r"\A[0-9A-Za-z][A-Za-z0-9_-]{0,20}\Z") | st.sampled_from(["true", "null", "123", "1e5", "0x1F"])


@settings(max_examples=20)
@given(name=NAMES, authority=st.text(BASE64, max_size=20))
def test_a_kubeconfig_has_one_cluster_one_user_and_no_secret(name: str, authority: str) -> None:
    arn = f"arn:aws-cn:eks:cn-north-1:123456789012:cluster/{name}"
    text = kubeconfig(
        name=name, arn=arn, endpoint="https://A1.gr7.cn-north-1.eks.amazonaws.com.cn", authority=authority
    )
    assert yaml.safe_load(text) == {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": arn,
                "cluster": {
                    "server": "https://A1.gr7.cn-north-1.eks.amazonaws.com.cn",
                    "certificate-authority-data": authority,
                },
            }
        ],
        "contexts": [{"name": name, "context": {"cluster": arn, "user": arn}}],
        "current-context": name,
        "users": [
            {
                "name": arn,
                "user": {
                    "exec": {
                        "apiVersion": "client.authentication.k8s.io/v1beta1",
                        "command": "aws",
                        "args": [
                            "--region", "cn-north-1", "eks", "get-token", "--cluster-name", name, "--output", "json",
                        ],
                    }
                },
            }
        ],
    }  # fmt: skip
