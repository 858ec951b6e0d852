"""Wrong fields, one after the other, and what is said about them."""

from collections.abc import Mapping

import pytest

from lambdas.domain.admission import admit_object
from lambdas.domain.refusal import Refused

GROUP = {"nodegroupName": "g"}
LONG = "x" * 300


@pytest.mark.parametrize(
    ("members", "where", "detail", "remedy"),
    [
        ({"name": "-a"}, "/name", "name: '-a' is not a cluster name.", "simple-bank"),
        ({"name": "a" * 101}, "/name", "more than 100 characters", "Shorten it"),
        ({"name": "a\n"}, "/name", "is not a cluster name", "simple-bank"),
        ({"version": 1.3}, "/version", "version: 1.3 is not a string.", "YAML reads 1.30"),
        ({"version": 2}, "/version", "version: 2 is not a string.", 'quotes: "2"'),
        ({"version": []}, "/version", "[] is not a string", "Give a string"),
        ({"version": "v1.35"}, "/version", "not a Kubernetes minor version", "1.35"),
        ({"Version": "1.35"}, "/Version", "there is no such field", "Did you mean version?"),
        ({"VERSION": "1.35"}, "/VERSION", "there is no such field", "Did you mean version?"),
        ({"nodeGroups": []}, "/nodeGroups", "there is no such field", "Did you mean nodegroups?"),
        ({"zzz": 1}, "/zzz", "there is no such field", "The fields here are name, version"),
        ({"computeConfig": {}}, "/computeConfig", "EKS Auto Mode is not offered", "Leave it out."),
        ({"accessConfig": {}}, "/accessConfig", "accessEntries", "Leave it out."),
        ({"deletionProtection": 1}, "/deletionProtection", "1 is not true or false", "true or false"),
        ({"nodegroups": {}}, "/nodegroups", "{} is not a list", "Give a list"),
        ({"tags": []}, "/tags", "[] is not an object of names", "object of names and values"),
        ({"vpc": "vpc-12345678"}, "/vpc", '"vpc-12345678" is not an object', "Give an object"),
        ({"nodegroups": [GROUP] * 31}, "/nodegroups", "more than 30 entries", "at most 30"),
        ({"nodegroups": [{}]}, "/nodegroups/0/nodegroupName", "nodegroupName: it is missing", '"general-purpose"'),
        ({"nodegroups": [GROUP | {"diskSize": 0}]}, "/nodegroups/0/diskSize", "0 is below 1", "1 or more"),
        ({"nodegroups": [GROUP | {"diskSize": 20000}]}, "/nodegroups/0/diskSize", "above 16384", "16384 or less"),
        ({"nodegroups": [GROUP | {"diskSize": "20"}]}, "/nodegroups/0/diskSize", "not a whole number", "whole number"),
        (
            {"nodegroups": [GROUP | {"capacityType": "spot"}]},
            "/nodegroups/0/capacityType",
            '"spot" is not one of ON_DEMAND, SPOT, CAPACITY_BLOCK',
            "Did you mean SPOT?",
        ),
        (
            {"nodegroups": [GROUP | {"capacityType": "x"}]},
            "/nodegroups/0/capacityType",
            "is not one of",
            "Choose one of ON_DEMAND, SPOT, CAPACITY_BLOCK.",
        ),
        (
            {"nodegroups": [GROUP | {"labels": {"a/b~c": "d"}}]},
            "/nodegroups/0/labels/a~1b~0c",
            "is not a Kubernetes label key",
            "bank.example/tier",
        ),
        ({"nodegroups": [GROUP | {"labels": {"a": ""}}]}, "/nodegroups/0/labels/a", "too short", "longer"),
        ({"tags": {"aws:a": "b"}}, "/tags/aws:a", "not a tag key that is free", "aws: and slipway/ are reserved"),
        ({"tags": {"AWS:a": "b"}}, "/tags/AWS:a", "not a tag key that is free", "reserved"),
        ({"tags": {"slipway/run": "b"}}, "/tags/slipway~1run", "not a tag key that is free", "reserved"),
        ({"tags": {"a": "<b>"}}, "/tags/a", "not a tag value", "Letters"),
        ({"tags": {f"k{n}": "" for n in range(46)}}, "/tags", "more than 45", "at most 45"),
        ({"tags": {"k": LONG}}, "/tags/k", "more than 256 characters", "Shorten"),
        (
            {"resourcesVpcConfig": {"subnetIds": ["subnet-12345678"] * 2}},
            "/resourcesVpcConfig/subnetIds",
            "'subnet-12345678' is in the list twice",
            "once",
        ),
        (
            {"resourcesVpcConfig": {"publicAccessCidrs": ["203.0.113.7/24"]}},
            "/resourcesVpcConfig/publicAccessCidrs/0",
            "is not how the block 203.0.113.0/24 is written",
            "Write 203.0.113.0/24.",
        ),
        (
            {"resourcesVpcConfig": {"publicAccessCidrs": ["office"]}},
            "/resourcesVpcConfig/publicAccessCidrs/0",
            "is not a CIDR block",
            "203.0.113.0/24",
        ),
        (
            {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/25"}},
            "/kubernetesNetworkConfig/serviceIpv4Cidr",
            "not of a size between /12 and /24",
            "172.20.0.0/16",
        ),
        (
            {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "176.22.0.0/16"}},
            "/kubernetesNetworkConfig/serviceIpv4Cidr",
            "outside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16",
            "172.20.0.0/16",
        ),
        (
            {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "fd00::/108"}},
            "/kubernetesNetworkConfig/serviceIpv4Cidr",
            "only IPv4 is possible here",
            "172.20.0.0/16",
        ),
        ({"roleArn": "arn:aws:sts::123456789012:assumed-role/a/b"}, "/roleArn", "not the ARN of an IAM role", "path"),
        ({"encryptionConfig": [{"provider": {"keyArn": "k"}}]}, "/encryptionConfig/0/provider/keyArn", "KMS", "kms"),
        (
            {"accessEntries": [{"principalArn": "arn:aws:iam::123456789012:role/a", "username": "system:admin"}]},
            "/accessEntries/0/username",
            "free to use",
            "reserved",
        ),
        (
            {"podIdentityAssociations": [{**dict.fromkeys(["namespace", "serviceAccount"], "a"), "policy": "[]"}]},
            "/podIdentityAssociations/0/policy",
            "not a JSON object",
            "as an object",
        ),
        ({"logging": {"clusterLogging": [{"types": []}]}}, "/logging/clusterLogging/0/types", "0 entries", "Add"),
        (
            {"nodegroups": [GROUP | {"launchTemplate": {"id": "lt-12345678", "version": "$Latest"}}]},
            "/nodegroups/0/launchTemplate/version",
            "not the number of a launch template version",
            "$Latest and $Default",
        ),
    ],
)
def test_a_wrong_field_is_told_in_words(members: Mapping[str, object], where: str, detail: str, remedy: str) -> None:
    with pytest.raises(Refused) as caught:
        admit_object({"name": "a", **members})
    refused = caught.value
    assert refused.status == 422
    error = next(error for error in refused.errors if error.pointer == where)
    assert detail in error.detail
    assert remedy in error.remedy
