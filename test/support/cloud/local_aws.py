"""moto as a local AWS, on the port that it is given.

Five things of it are changed:
- its check of templates takes warnings of cfn-lint for errors: cfn-lint is run by itself;
- of a kind of resource that it does not model it makes nothing, so that references to one break: here a stand-in is
  made, which has a name and any attribute, and says when it is deleted;
- it knows no protection of stacks from deletion;
- it does not know that RetainExceptOnCreate keeps what was there before;
- it leaves route tables behind, and then refuses to delete their network.
"""

import sys

from moto.cloudformation import models, parsing
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.common_models import CloudFormationModel
from moto.core.responses import ActionResult
from moto.ec2.models.route_tables import RouteTable
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


known = parsing.resource_class_from_type
parsing.resource_class_from_type = lambda resource_type: known(resource_type) or StandIn

delete_stack = parsing.ResourceMap.delete


def keeping(self):
    for resource in self._resource_json_map.values():
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
            resource["DeletionPolicy"] = "Retain"
    delete_stack(self)


parsing.ResourceMap.delete = keeping

CloudFormationResponse.update_termination_protection = lambda self: ActionResult(
    {"StackId": self._get_param("StackName")}
)

RouteTable.delete = lambda self, account_id, region_name: self.ec2_backend.delete_route_table(self.id)

main(["-H", "127.0.0.1", "-p", sys.argv[1]])
