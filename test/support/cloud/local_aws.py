"""moto as a local AWS, on the port that it is given.

Eight things of it are changed:
- its check of templates takes warnings of cfn-lint for errors: cfn-lint is run by itself;
- of a kind of resource that it does not model it makes nothing, so that references to one break: here a stand-in is
  made, which has a name and any attribute, and says when it is deleted;
- nor does it make the secrets of a template: here they lie in its Secrets Manager;
- it knows no protection of stacks from deletion;
- it does not keep what takes a deployment back: here a stack tells it when it is described;
- it tells of all resources of a stack at once: CloudFormation, of a hundred;
- it does not know that RetainExceptOnCreate keeps what was there before;
- it leaves route tables behind, and then refuses to delete their network.
"""

import json
import sys

from moto.cloudformation import models, parsing
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.common_models import CloudFormationModel
from moto.core.responses import ActionResult
from moto.ec2.models.route_tables import RouteTable
from moto.secretsmanager.models import secretsmanager_backends
from moto.server import main

models.validate_template_cfn_lint = lambda template: []


class StandIn(CloudFormationModel):
    # moto files its models under the second part of this.
    __module__ = "moto.stand_in.models"

    def __init__(self, name):
        self.name = name

    @property
    def physical_resource_id(self):
        return self.name

    @classmethod
    def has_cfn_attr(cls, attr):
        return True

    def get_cfn_attribute(self, attribute_name):
        return f"{self.name}.{attribute_name}".lower()

    @staticmethod
    def cloudformation_name_type():
        return ""

    @staticmethod
    def cloudformation_type():
        return ""

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        # A name that the template gives is the name, as it is of an alarm.
        properties = cloudformation_json.get("Properties", {})
        named = next((properties[key] for key in ("AlarmName", "KeyspaceName") if key in properties), None)
        return cls(named or resource_name)

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    ):
        return original_resource

    def delete(self, account_id, region_name):
        print(f"deleted {self.logical_resource_id}", flush=True)


class Secret(StandIn):
    __module__ = StandIn.__module__

    @staticmethod
    def backend(account_id, region_name):
        return secretsmanager_backends[account_id][region_name]

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        made = cls.backend(account_id, region_name).create_secret(
            name=resource_name,
            secret_string="drawn",
            description=cloudformation_json["Properties"]["Description"],
            secret_binary=None,
            tags=[],
            kms_key_id=None,
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )
        return cls(json.loads(made)["ARN"])

    def delete(self, account_id, region_name):
        super().delete(account_id, region_name)
        self.backend(account_id, region_name).delete_secret(self.name, None, True)


own = {"AWS::SecretsManager::Secret": Secret}
known = parsing.resource_class_from_type
parsing.resource_class_from_type = lambda resource_type: own.get(resource_type) or known(resource_type) or StandIn


def protect(self):
    stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
    stack.enable_termination_protection = self._get_bool_param("EnableTerminationProtection")
    return ActionResult({"StackId": stack.stack_id})


CloudFormationResponse.update_termination_protection = protect

update_stack = CloudFormationResponse.update_stack


def update(self):
    told = self._get_param("RollbackConfiguration")
    if told is not None:
        stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
        stack.rollback_configuration = told
    return update_stack(self)


CloudFormationResponse.update_stack = update

list_stack_resources = CloudFormationResponse.list_stack_resources
describe_stack_resources = CloudFormationResponse.describe_stack_resources


def next_hundred(self):
    # The token is how many were told before.
    told = int(self._get_param("NextToken") or 0)
    resources = list_stack_resources(self).result["StackResourceSummaries"]
    following = {"NextToken": str(told + 100)} if len(resources) > told + 100 else {}
    return ActionResult({"StackResourceSummaries": resources[told : told + 100], **following})


def first_hundred(self):
    return ActionResult({"StackResources": describe_stack_resources(self).result["StackResources"][:100]})


CloudFormationResponse.list_stack_resources = next_hundred
CloudFormationResponse.describe_stack_resources = first_hundred

delete_stack = parsing.ResourceMap.delete


def keeping(self):
    for resource in self._resource_json_map.values():
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
            resource["DeletionPolicy"] = "Retain"
    delete_stack(self)


parsing.ResourceMap.delete = keeping

RouteTable.delete = lambda self, account_id, region_name: self.ec2_backend.delete_route_table(self.id)

main(["-H", "127.0.0.1", "-p", sys.argv[1]])
